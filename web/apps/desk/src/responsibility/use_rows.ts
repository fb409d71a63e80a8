import { t } from "../i18n";
import type { Key } from "../i18n";

export const place_kinds = ["city", "district", "subdistrict", "community", "cell", "road", "area", "asset"] as const;
export type PlaceKind = (typeof place_kinds)[number];
export const place_kind_text = (kind: string): string => t(`responsibility.place_${kind}` as Key);
export const sides = ["", "east", "south", "west", "north"] as const;
export const side_text = (side: string): string => t(side ? (`responsibility.side_${side}` as Key) : "responsibility.side_both");
export const origin_text = (origin: string): string => t(`responsibility.origin_${origin}` as Key);
