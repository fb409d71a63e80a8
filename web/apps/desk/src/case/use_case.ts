import { onBeforeUnmount, ref, watch, type Ref } from "vue";
import { ask, client, is_worth_resending } from "@chengge/api";
import type { Case } from "@chengge/model";
import { locale } from "../i18n";
import { on_feed } from "../state/feed";
import { on_delivered } from "../state/outbox";
import { sentence_of } from "../state/sentences";

// One case, kept fresh by the feed. What is known stays on the page while the new is fetched.
export function useCase(case_id: () => string): {
  item: Ref<Case | undefined>;
  fault: Ref<string | undefined>;
  load: () => Promise<void>;
} {
  const item = ref<Case>();
  const fault = ref<string>();
  let asking = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(): Promise<void> {
    asking += 1;
    const mine = asking;
    try {
      const answer = await ask(client.GET("/api/v1/cases/{case_id}", { params: { path: { case_id: case_id() } } }));
      if (mine !== asking) return;
      item.value = answer;
      fault.value = undefined;
    } catch (error) {
      if (mine !== asking) return;
      fault.value = sentence_of(error);
      if (is_worth_resending(error)) timer = setTimeout(() => void load(), 5000);
    }
  }

  watch(
    [case_id, locale],
    ([next], [previous]) => {
      clearTimeout(timer);
      if (next !== previous) item.value = undefined;
      fault.value = undefined;
      void load();
    },
    { immediate: true },
  );
  const stop = on_feed((entry) => {
    if (item.value && entry.case_id === item.value.case_id && entry.version > item.value.version) void load();
  });
  const stop_hearing = on_delivered((next) => {
    if (item.value && next.case_id === item.value.case_id && next.version >= item.value.version) item.value = next;
  });
  onBeforeUnmount(() => {
    asking += 1;
    stop_hearing();
    clearTimeout(timer);
    stop();
  });
  return { item, fault, load };
}
