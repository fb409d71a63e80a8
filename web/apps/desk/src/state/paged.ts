// A list that comes in pages; the next page is asked for once.
import { computed, type ComputedRef, type Ref } from "vue";
import { useAsked, type Asked } from "./asked";

export interface Page<Row> { items: Row[]; next_cursor?: string | null }
export interface Paged<Row> {
  rows: ComputedRef<Row[]>;
  is_loaded: ComputedRef<boolean>; // once, whatever became of later questions
  is_loading: Ref<boolean>;
  fault: Ref<string | undefined>;
  has_more: ComputedRef<boolean>;
  load(): Promise<void>;
  load_more(): Promise<void>;
  forget(): void;
}

export function usePaged<Row>(ask_page: (cursor?: string) => Promise<Page<Row>>): Paged<Row> {
  let cursor: string | undefined;
  const asked: Asked<{ rows: Row[]; next: string | undefined }> = useAsked(async () => {
    const before = cursor ? (asked.answer.value?.rows ?? []) : [];
    const page = await ask_page(cursor);
    return { rows: [...before, ...page.items], next: page.next_cursor ?? undefined };
  });
  const { answer, is_loading, fault, load, forget } = asked;
  const has_more = computed(() => answer.value?.next !== undefined);
  return {
    rows: computed(() => answer.value?.rows ?? []), is_loaded: computed(() => answer.value !== undefined), is_loading, fault, has_more, forget,
    load: () => {
      cursor = undefined;
      return load();
    },
    load_more: async () => {
      if (is_loading.value || !has_more.value) return;
      cursor = answer.value?.next;
      await load();
    },
  };
}
