import { computed, ref, watch, type Ref } from "vue";
import { now_ms } from "./clock";
import { useSession } from "./session";

// What was written but not sent survives a closed page. Per person, in this browser.
export function useDraft(name: () => string): { text: Ref<string>; saved_at_ms: Ref<number | undefined>; clear: () => void } {
  const session = useSession();
  const key = computed(() => `chengge.draft.${session.me?.person_id ?? ""}.${name()}`);
  const text = ref("");
  const saved_at_ms = ref<number>();
  let loading = false;

  watch(
    key,
    (next) => {
      loading = true;
      const kept = localStorage.getItem(next);
      const draft = kept ? (JSON.parse(kept) as { text: string; at: number }) : undefined;
      text.value = draft?.text ?? "";
      saved_at_ms.value = draft?.at;
      loading = false;
    },
    { immediate: true, flush: "sync" },
  );
  watch(
    text,
    (value) => {
      if (loading) return;
      if (value.trim() === "") {
        localStorage.removeItem(key.value);
        saved_at_ms.value = undefined;
        return;
      }
      saved_at_ms.value = now_ms.value;
      localStorage.setItem(key.value, JSON.stringify({ text: value, at: now_ms.value }));
    },
    { flush: "sync" },
  );
  return { text, saved_at_ms, clear: () => (text.value = "") };
}
