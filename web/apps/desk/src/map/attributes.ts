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

export type Definition = Schemas["RegistryLayerDefinition"];
export type Attributes = Readonly<Record<string, unknown>>;
// What a person fills in: neither the code nor what the registry fills in itself; the class only of something new.
export const asked_fields = (definition: Definition, is_new: boolean): Field[] =>
  definition.fields.filter((one) => one.name !== definition.id_field && !one.filled_with && (is_new || one.name !== definition.class_field));

export const texts_of = (definition: Definition, attributes: Attributes): Record<string, string> =>
  Object.fromEntries(definition.fields.map((one) => [one.name, text_of(attributes[one.name])]));
const text_of = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

// What differs from before, typed.
export function changed_attributes(fields: readonly Field[], values: Readonly<Record<string, string>>, before: Readonly<Record<string, string>>): Attributes {
  return Object.fromEntries(fields.filter((one) => (values[one.name] ?? "") !== (before[one.name] ?? "")).map((one) => [one.name, typed_value(one, values[one.name] ?? "")]));
}

// Whose a photograph is, and that it came from the street.
export const photo_source = (one: Schemas["FeaturePhoto"]): string => [one.made_by ?? one.organisation, one.proposal_id && t("feature.photo_from_street")].filter(Boolean).join(" · ");

// Classes under their major classes, in the order of their codes.
export function by_major(classes: readonly Schemas["FeatureClass"][]): { code: string; label: string; classes: Schemas["FeatureClass"][] }[] {
  const majors = new Map<string, { code: string; label: string; classes: Schemas["FeatureClass"][] }>();
  for (const one of classes) {
    const major = majors.get(one.major_code) ?? { code: one.major_code, label: one.major_label, classes: [] };
    major.classes.push(one);
    majors.set(one.major_code, major);
  }
  return [...majors.values()];
}
