import { shallowRef } from "vue";
import { ask, client } from "@chengge/api";
import type { Label } from "@chengge/model";
import { locale } from "../i18n";

// The server's words for codes, in both languages.
const groups = shallowRef<Readonly<Record<string, readonly Label[]>>>({});
let asked: Promise<void> | undefined;

export function load_labels(): Promise<void> {
  asked ??= ask(client.GET("/api/v1/rules/labels")).then((answer) => {
    groups.value = answer;
  });
  asked.catch(() => (asked = undefined));
  return asked;
}

export function forget_labels(): void {
  asked = undefined;
  groups.value = {};
}

type Group = "case_states" | "stages" | "sources" | "levels" | "supervision_levels" | "return_reasons" | "responsible_kinds" | "roles" | "organisation_kinds";
export const labels_of = (group: Group): readonly Label[] => groups.value[group] ?? [];
export const label_text = (label: Label): string => (locale.value === "zh" ? label.zh : label.en);

export function label_of(code: string, group: Group): string {
  const label = labels_of(group).find((one) => one.code === code);
  return label ? label_text(label) : "";
}
