// A list that comes in pages: the newest question wins, the next page is asked for once, a refusal becomes a sentence.
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { sentence_of } from "./sentences";

export interface Page<Row> { items: Row[]; next_cursor?: string | null }
export interface Paged<Row> {
  rows: ShallowRef<Row[]>;
  is_loaded: Ref<boolean>; // once, whatever became of later questions
  is_loading: Ref<boolean>;
  fault: Ref<string | undefined>;
  has_more: Ref<boolean>;
  load(): Promise<void>;
  load_more(): Promise<void>;
}

export function usePaged<Row>(ask_page: (cursor?: string) => Promise<Page<Row>>): Paged<Row> {
  const rows = shallowRef<Row[]>([]);
  const is_loaded = ref(false);
  const is_loading = ref(false);
  const fault = ref<string>();
  const has_more = ref(false);
  let next_cursor: string | undefined;
  let asking = 0;
  async function run(cursor?: string): Promise<void> {
    asking += 1;
    const mine = asking;
    is_loading.value = true;
    try {
      const page = await ask_page(cursor);
      if (mine !== asking) return;
      rows.value = cursor ? [...rows.value, ...page.items] : page.items;
      next_cursor = page.next_cursor ?? undefined;
      is_loaded.value = true;
      fault.value = undefined;
    } catch (error) {
      if (mine !== asking) return;
      fault.value = sentence_of(error);
    } finally {
      if (mine === asking) {
        is_loading.value = false;
        has_more.value = next_cursor !== undefined;
      }
    }
  }
  return {
    rows, is_loaded, is_loading, fault, has_more,
    load: () => {
      next_cursor = undefined;
      return run();
    },
    load_more: async () => {
      if (next_cursor && !is_loading.value) await run(next_cursor);
    },
  };
}
