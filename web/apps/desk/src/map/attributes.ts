// Values of a layer's fields as people read and write them.
import type { Schemas } from "@chengge/api";
import { t } from "../i18n";

export type Field = Schemas["RegistryField"];

export function attribute_text(field: Field, value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  if (field.kind === "code") return field.codes.find((one) => one.code === value)?.label ?? String(value);
  if (field.kind === "flag") return t(value === true || value === 1 ? "yes" : "no");
  return String(value);
}

// Green: well; red: what has to be done about it.
export function state_tone(state: string): string {
  if (state === "intact") return "green";
  return state === "damaged" || state === "missing" ? "red" : "";
}

// What was typed as the field's own type; nothing typed is null, what does not fit is sent as it is: the server says why.
export function typed_value(field: Field, text: string): unknown {
  const plain = text.trim();
  if (!plain) return null;
  if (field.kind === "integer" || field.kind === "number") return Number.isFinite(Number(plain)) ? Number(plain) : plain;
  if (field.kind === "flag") return plain === "true";
  return plain;
}
