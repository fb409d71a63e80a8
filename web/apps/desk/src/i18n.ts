import { ref } from "vue";
import { set_language } from "@chengge/api";
import type { Locale } from "@chengge/model";
import en from "./locales/en.json";
import zh from "./locales/zh.json";

export type Key = keyof typeof zh;

const stored = localStorage.getItem("chengge.locale");
export const locale = ref<Locale>(stored === "en" ? "en" : "zh");

const sentences: Record<Locale, Record<Key, string>> = { zh, en };

// A sentence of the locale files, its {holes} filled. The compiler knows every key.
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return sentences[locale.value][key].replace(/\{([a-z_]+)\}/g, (hole, name: string) => String(values[name] ?? hole));
}

export function has_key(key: string): key is Key {
  return key in zh;
}

export function use_locale(next: Locale): void {
  locale.value = next;
  localStorage.setItem("chengge.locale", next);
  apply_locale();
}

export function apply_locale(): void {
  set_language(locale.value);
  document.documentElement.lang = locale.value === "zh" ? "zh-CN" : "en";
}

// What stands between the words of a list, and around what is said by the way.
export const comma = (): string => (locale.value === "zh" ? "、" : ", ");
export const semicolon = (): string => (locale.value === "zh" ? "；" : "; ");
export const with_colon = (text: string): string => (locale.value === "zh" ? `${text}：` : `${text}: `);
export const bracketed = (text: string): string => (locale.value === "zh" ? `（${text}）` : ` (${text})`);

// 1,083: groups of three in both languages.
export const count_text = (count: number): string => count.toLocaleString("en-US");
