import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { ask, client, is_worth_resending } from "@chengge/api";
import type { Case, NewReport, NewStep } from "@chengge/model";
import { now_ms } from "./clock";
import { say_refused } from "./sentences";
import { useSession } from "./session";
import { say } from "./toasts";

// An official act is 送达中 until the server has answered; the same id is sent until it does.
export interface Sending {
  id: string;
  title: string; // the act and the case, for people
  case_id: string;
  step?: NewStep;
  report?: NewReport;
  tries: number;
}

// Pages that show the case hear of it at once, before the feed comes round.
const listeners = new Set<(item: Case) => void>();
export function on_delivered(listener: (item: Case) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const waits_ms = [1000, 2000, 5000, 10_000, 20_000];

export const useOutbox = defineStore("outbox", () => {
  const sending = ref<Sending[]>([]);
  const delivered_at_ms = ref<number>();
  const is_waiting = computed(() => sending.value.some((one) => one.tries > 0));

  const storage_key = (): string => `chengge.outbox.${useSession().me?.person_id ?? ""}`;
  function keep(): void {
    if (sending.value.length > 0) localStorage.setItem(storage_key(), JSON.stringify(sending.value));
    else localStorage.removeItem(storage_key());
  }

  function post(act: Sending): Promise<Case> {
    if (act.report) return ask(client.POST("/api/v1/reports", { body: act.report }));
    if (!act.step) throw new Error("an act without a body");
    return ask(client.POST("/api/v1/cases/{case_id}/steps", { params: { path: { case_id: act.case_id } }, body: act.step }));
  }

  async function deliver(act: Sending): Promise<Case> {
    sending.value = [...sending.value.filter((one) => one.id !== act.id), act];
    keep();
    try {
      for (;;) {
        try {
          const answer = await post(act);
          delivered_at_ms.value = now_ms.value;
          for (const listener of listeners) listener(answer);
          return answer;
        } catch (error) {
          if (!is_worth_resending(error)) throw error;
          await pause(waits_ms[Math.min(act.tries, waits_ms.length - 1)] ?? 20_000);
          act = { ...act, tries: act.tries + 1 };
          sending.value = sending.value.map((one) => (one.id === act.id ? act : one));
        }
      }
    } finally {
      sending.value = sending.value.filter((one) => one.id !== act.id);
      keep();
    }
  }

  const perform = (case_id: string, title: string, step: NewStep): Promise<Case> =>
    deliver({ id: step.step_id, title, case_id, step, tries: 0 });
  const report = (title: string, body: NewReport): Promise<Case> =>
    deliver({ id: body.case_id, title, case_id: body.case_id, report: body, tries: 0 });

  // What a closed page left behind goes out when the person is back.
  function resume(): void {
    const left = JSON.parse(localStorage.getItem(storage_key()) ?? "[]") as Sending[];
    for (const act of left) {
      deliver({ ...act, tries: 0 })
        .then(() => say({ kind: "done", title: act.title }))
        .catch((error: unknown) => say_refused(act.title, error));
    }
  }

  return { sending, delivered_at_ms, is_waiting, perform, report, resume };
});

// Waits, or less when the network comes back.
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done);
  });
}
