// A text to be pasted elsewhere. A page that came without TLS has no clipboard of the browser's; there it is copied as a person would.
import { t } from "../i18n";
import { say } from "./toasts";

function copy_by_selection(text: string): void {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.cssText = "position: fixed; opacity: 0";
  const before = document.activeElement;
  (before?.closest("dialog") ?? document.body).append(area); // outside an open dialog nothing can be selected
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  if (!done) throw new Error("not copied");
}

// Says what became of it, as a toast.
export async function copy_text(text: string, told = t("copied")): Promise<void> {
  try {
    if (window.isSecureContext) await navigator.clipboard.writeText(text);
    else copy_by_selection(text);
    say({ kind: "done", title: told });
  } catch {
    say({ kind: "refused", title: t("not_copied"), text });
  }
}
