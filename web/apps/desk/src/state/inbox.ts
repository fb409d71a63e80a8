import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { ask, client } from "@chengge/api";
import { merge_inbox, row_key, type Inbox, type InboxItem, type InboxRow, type Light } from "@chengge/model";
import { hear_server_time } from "./clock";
import { close_feed, feed_state, on_feed, open_feed } from "./feed";
import { sentence_of } from "./sentences";
import { ring_softly } from "./sound";

const page_size = 100;
type LightFilter = Extract<Light, "green" | "yellow" | "red">;

export const useInbox = defineStore("inbox", () => {
  const rows = ref<InboxRow[]>([]);
  const waiting = ref<InboxItem[]>([]); // new ones, behind “3 条新案件”
  const counts = ref<Inbox["counts"]>({ all: 0, red: 0, yellow: 0, green: 0 });
  const by_stage = ref<Inbox["by_stage"]>([]);
  const stage = ref<string>();
  const light = ref<LightFilter>();
  const next_cursor = ref<string | null>();
  const is_loaded = ref(false);
  const fault = ref<string>();
  const is_running = ref(false);
  let stop_listening: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = 0;

  const stage_label = computed(() => by_stage.value.find((one) => one.stage === stage.value)?.label);

  function read(cursor?: string): Promise<Inbox> {
    const query = { limit: page_size, ...(stage.value && { stage: stage.value }), ...(light.value && { light: light.value }), ...(cursor && { cursor }) };
    return ask(client.GET("/api/v1/inbox", { params: { query } }));
  }

  function take_counts(inbox: Inbox): void {
    counts.value = inbox.counts;
    by_stage.value = inbox.by_stage;
    hear_server_time(inbox.now);
    fault.value = undefined;
  }

  // Everything anew: first visit, another filter, or the person asked for it.
  async function load(): Promise<void> {
    asking += 1;
    const mine = asking;
    try {
      const inbox = await read();
      if (mine !== asking) return;
      take_counts(inbox);
      rows.value = inbox.items.map((item) => ({ ...item, is_gone: false }));
      waiting.value = [];
      next_cursor.value = inbox.next_cursor;
      is_loaded.value = true;
      if (!is_running.value) begin(inbox.feed_position);
    } catch (error) {
      if (mine === asking) fault.value = sentence_of(error);
    }
  }

  // The feed spoke: rows change in place, new ones wait.
  async function refresh(): Promise<void> {
    asking += 1;
    const mine = asking;
    try {
      const inbox = await read();
      if (mine !== asking) return;
      take_counts(inbox);
      const merged = merge_inbox(rows.value, inbox.items, !inbox.next_cursor);
      if (merged.waiting.length > waiting.value.length) ring_softly();
      waiting.value = rows.value.length === 0 ? [] : merged.waiting;
      rows.value = rows.value.length === 0 ? inbox.items.map((item) => ({ ...item, is_gone: false })) : merged.rows;
    } catch (error) {
      if (mine === asking) fault.value = sentence_of(error);
    }
  }

  function begin(position: string): void {
    is_running.value = true;
    open_feed(position);
    stop_listening = on_feed((entry) => {
      if (entry.kind === "notice") return; // the bell's
      clearTimeout(timer);
      timer = setTimeout(() => void refresh(), 400);
    });
  }

  // Back after a gap: the list is read anew besides what the feed brings.
  watch(feed_state, (state, before) => {
    if (state === "open" && before === "waiting" && is_running.value) void refresh();
  });

  function stop(): void {
    stop_listening?.();
    clearTimeout(timer);
    close_feed();
    is_running.value = false;
    is_loaded.value = false;
    rows.value = [];
    waiting.value = [];
    counts.value = { all: 0, red: 0, yellow: 0, green: 0 };
    by_stage.value = [];
    stage.value = undefined;
    light.value = undefined;
  }

  async function load_more(): Promise<void> {
    const cursor = next_cursor.value;
    if (!cursor) return;
    next_cursor.value = undefined;
    try {
      const inbox = await read(cursor);
      const known = new Set(rows.value.map(row_key));
      rows.value = [...rows.value, ...inbox.items.filter((item) => !known.has(row_key(item))).map((item) => ({ ...item, is_gone: false }))];
      next_cursor.value = inbox.next_cursor;
    } catch (error) {
      next_cursor.value = cursor;
      fault.value = sentence_of(error);
    }
  }

  function show_waiting(): Promise<void> {
    return load();
  }

  // I have done it: the row may go at once.
  function drop(case_id: string): void {
    rows.value = rows.value.filter((row) => row.case.case_id !== case_id);
  }

  function use_filter(next: { stage?: string | undefined; light?: LightFilter | undefined }): void {
    stage.value = next.stage;
    light.value = next.light;
    rows.value = [];
    is_loaded.value = false;
    void load();
  }

  return {
    rows, waiting, counts, by_stage, stage, light, stage_label, next_cursor, is_loaded, fault, is_running,
    load, refresh, load_more, show_waiting, drop, use_filter, stop,
  };
});
