import { ref, watch } from "vue";

// What a person likes, kept in this browser.
type Theme = "light" | "dark";
type Density = "tight" | "standard" | "loose";

function kept<Value extends string>(name: string, values: readonly Value[], first: Value) {
  const key = `chengge.${name}`;
  const stored = localStorage.getItem(key);
  const state = ref(values.find((value) => value === stored) ?? first);
  watch(state, (value) => localStorage.setItem(key, value));
  return state;
}

const wants_dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
export const theme = kept<Theme>("theme", ["light", "dark"], wants_dark ? "dark" : "light");
export const density = kept<Density>("density", ["tight", "standard", "loose"], "standard");
export const sound = kept<"on" | "off">("sound", ["on", "off"], "on");
export const row_heights: Record<Density, number> = { tight: 44, standard: 63, loose: 72 };

export function apply_theme(): void {
  document.documentElement.dataset["theme"] = theme.value;
}
watch(theme, apply_theme);

// Phone width: list and case are pages of their own.
const narrow = window.matchMedia("(max-width: 760px)");
export const is_narrow = ref(narrow.matches);
narrow.addEventListener("change", (event) => (is_narrow.value = event.matches));
