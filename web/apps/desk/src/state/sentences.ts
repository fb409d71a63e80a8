import { NoAnswer, Refusal } from "@chengge/api";
import { t } from "../i18n";
import { say } from "./toasts";

// The server's own sentence; ours only when nobody answered.
export function sentence_of(error: unknown): string {
  if (error instanceof Refusal) return error.message || t("error.server", { status: error.status });
  if (error instanceof NoAnswer) return t("error.no_answer");
  return t("error.page");
}

export function say_refused(title: string, error: unknown): void {
  const request_id = error instanceof Refusal ? error.problem.request_id : undefined;
  say({ kind: "refused", title, text: sentence_of(error), ...(request_id && { request_id }) });
  if (!(error instanceof Refusal) && !(error instanceof NoAnswer)) throw error;
}
