import { ref } from "vue";
import { FeedStream, type StreamEntry, type StreamState } from "@chengge/api";
import { now_ms } from "./clock";

// One stream for the whole page; whoever cares listens.
type Listener = (entry: StreamEntry) => void;
const listeners = new Set<Listener>();
export const feed_state = ref<StreamState>("closed");
export const heard_until_ms = ref(0); // when the connection was last known to be whole

const stream = new FeedStream({
  on_entry: (entry) => {
    heard_until_ms.value = now_ms.value;
    for (const listener of listeners) listener(entry);
  },
  on_state: (state) => {
    if (feed_state.value === "open" || state === "open") heard_until_ms.value = now_ms.value;
    feed_state.value = state;
  },
});

export function open_feed(after: string | undefined): void {
  stream.open(after);
}
export function close_feed(): void {
  stream.close();
}
export function on_feed(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
window.addEventListener("online", () => stream.try_now());
