import { shallowRef, watch } from "vue";
import { ask, client } from "@chengge/api";
import type { HotlineSettings } from "@chengge/model";
import { locale } from "../i18n";

// The intake desk's words, script and shifts, asked once for a language.
export const hotline_settings = shallowRef<HotlineSettings>();
let asked: string | undefined;

export async function load_hotline_settings(): Promise<void> {
  if (asked === locale.value) return;
  asked = locale.value;
  try {
    hotline_settings.value = await ask(client.GET("/api/v1/hotline/settings"));
  } catch {
    asked = undefined; // the next page that needs it asks again
  }
}
watch(locale, () => asked !== undefined && void load_hotline_settings());
export const words_of = (list: string): { code: string; label: string }[] => hotline_settings.value?.labels[list] ?? [];
