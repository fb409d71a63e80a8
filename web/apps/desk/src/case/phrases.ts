import { locale } from "../i18n";

// 常用语: a person's own come first, kept in this browser; these are the start.
const first: Readonly<Record<string, readonly string[]>> = {
  zh: ["情况属实，同意。", "已按结案条件核对，同意结案。", "请尽快到场处置，注意安全围挡。", "已处置完毕，现场已清理。", "不属本单位职责，请改派。", "请补一张同角度的处置后照片。"],
  en: ["Confirmed, agreed.", "Checked against the closing condition; agreed.", "Please attend soon and fence it off.", "Done, the place has been cleaned.", "Not our duty; please give it to another unit.", "Please add an after-photo from the same angle."],
};
const key = "chengge.phrases";
const own = (): string[] => JSON.parse(localStorage.getItem(key) ?? "[]") as string[];

export const phrases = (): string[] => [...own(), ...(first[locale.value] ?? [])].slice(0, 9);

export function keep_phrase(text: string): void {
  localStorage.setItem(key, JSON.stringify([text, ...own().filter((one) => one !== text)].slice(0, 5)));
}
