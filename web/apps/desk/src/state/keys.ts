import { onBeforeUnmount, shallowRef } from "vue";
import type { Key } from "../i18n";

export interface KeyUse {
  keys: string[]; // as printed: ["Ctrl", "K"]
  label?: Key; // absent: not listed among all keys
  text?: string; // a label from the server
  run: () => void;
  in_fields?: boolean; // also while typing
}

type Layer = () => readonly KeyUse[];
// The last layer is asked first: a dialog before the page, the page before the frame.
const layers = shallowRef<readonly Layer[]>([]);
export const all_key_uses = (): readonly KeyUse[] => layers.value.flatMap((layer) => layer());

function is_field(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) && !(target instanceof HTMLInputElement && ["radio", "checkbox"].includes(target.type)));
}

function fits(event: KeyboardEvent, keys: readonly string[]): boolean {
  const main = keys.at(-1) ?? "";
  const wants = (name: string): boolean => keys.slice(0, -1).includes(name);
  if ((event.ctrlKey || event.metaKey) !== wants("Ctrl") || event.altKey !== wants("Alt")) return false;
  const pressed = event.key === " " ? "Space" : event.key === "Escape" ? "Esc" : event.key;
  if (wants("Shift") && !event.shiftKey) return false;
  if (event.altKey && event.code === `Key${main}`) return true;
  return pressed.length === 1 ? pressed.toUpperCase() === main.toUpperCase() : pressed === main;
}

window.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  const in_field = is_field(event.target);
  const on_control = event.target instanceof HTMLElement && event.target.closest("button, a, summary, [role=option]") !== null;
  if (on_control && (event.key === "Enter" || event.key === " ") && !event.ctrlKey) return;
  const dialog_is_open = document.querySelector("dialog[open]") !== null;
  for (const layer of [...layers.value].reverse()) {
    for (const use of layer()) {
      if (!fits(event, use.keys) || (in_field && !use.in_fields) || (dialog_is_open && !use.in_fields)) continue;
      event.preventDefault();
      use.run();
      return;
    }
  }
});

export function useKeys(layer: Layer): void {
  // In set-up order, so that a part of a page comes after the page and is asked before it.
  layers.value = [...layers.value, layer];
  onBeforeUnmount(() => (layers.value = layers.value.filter((one) => one !== layer)));
}
