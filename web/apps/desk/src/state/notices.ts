import { defineStore } from "pinia";
import { ref } from "vue";
import { ask, client } from "@chengge/api";
import type { Notice } from "@chengge/model";
import { on_feed } from "./feed";
import { sentence_of } from "./sentences";

const page_size = 30;
const look_again_ms = 120_000; // where no stream comes, and after what a stream has missed

// 通知: what the bell shows. The stream brings how many are unread; the list is read when it is opened.
export const useNotices = defineStore("notices", () => {
  const unread = ref(0); // 100: as many or more
  const items = ref<Notice[]>([]);
  const next_cursor = ref<string | null>();
  const is_loaded = ref(false);
  const is_open = ref(false);
  const fault = ref<string>();
  let stop_listening: (() => void) | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;

  async function count(): Promise<void> {
    try {
      unread.value = (await ask(client.GET("/api/v1/notices/unread"))).unread;
    } catch {
      // The number stays as it was; opening the list says what is wrong.
    }
  }
  async function load(cursor?: string): Promise<void> {
    try {
      const page = await ask(client.GET("/api/v1/notices", { params: { query: { limit: page_size, ...(cursor && { cursor }) } } }));
      items.value = cursor ? [...items.value, ...page.items] : page.items;
      next_cursor.value = page.next_cursor;
      unread.value = page.unread;
      is_loaded.value = true;
      fault.value = undefined;
    } catch (error) {
      fault.value = sentence_of(error);
    }
  }
  function begin(): void {
    stop();
    void count();
    stop_listening = on_feed((entry) => {
      if (entry.kind !== "notice") return;
      unread.value = entry.version;
      if (is_open.value) void load();
    });
    timer = setInterval(() => void count(), look_again_ms);
  }
  function stop(): void {
    stop_listening?.();
    clearInterval(timer);
    unread.value = 0;
    items.value = [];
    is_loaded.value = false;
    is_open.value = false;
  }
  async function read(which: { notice_ids: string[] } | { all: true }): Promise<void> {
    const now = new Date().toISOString();
    try {
      unread.value = (await ask(client.POST("/api/v1/notices/read", { body: which }))).unread;
      items.value = items.value.map((one) => (one.read_at === null && ("all" in which || which.notice_ids.includes(one.notice_id)) ? { ...one, read_at: now } : one));
    } catch (error) {
      fault.value = sentence_of(error);
    }
  }
  return { unread, items, next_cursor, is_loaded, is_open, fault, count, load, begin, stop, read };
});
