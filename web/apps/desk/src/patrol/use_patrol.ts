import { ref, shallowRef } from "vue";
import { ask, client, type Schemas } from "@chengge/api";
import { locale } from "../i18n";

export type FindingKind = Schemas["FindingKind"];
export type Finding = Schemas["Finding"];
export type Lot = Schemas["Lot"];
export type Sample = Schemas["SampleDetail"];
export type Sheet = Schemas["SheetDetail"];

// The city's own kinds of findings, shifts and counting rules.
export const patrol_settings = shallowRef<Schemas["PatrolSettings"]>();
const loaded_for = ref<string>();
export async function load_patrol_settings(): Promise<void> {
  if (loaded_for.value === locale.value && patrol_settings.value) return;
  patrol_settings.value = await ask(client.GET("/api/v1/patrol/settings"));
  loaded_for.value = locale.value;
}

// 12345 → 123.45; whole cents from the server, never a sum of fractions.
export function money(cents: number): string {
  const size = Math.abs(cents);
  const whole = Math.floor(size / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${cents < 0 ? "−" : ""}${whole}.${(size % 100).toString().padStart(2, "0")}`;
}
export function cents_of(text: string): number | undefined {
  const match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text.trim());
  return match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0") || "0") : undefined;
}

const city_day = (at_ms: number): string => new Date(at_ms + 8 * 3_600_000).toISOString().slice(0, 10);
export const month_of = (at_ms: number): string => city_day(at_ms).slice(0, 7);
export const today_of = city_day;
export function month_before(month: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return number === 1 ? `${year - 1}-12` : `${year}-${(number - 1).toString().padStart(2, "0")}`;
}
