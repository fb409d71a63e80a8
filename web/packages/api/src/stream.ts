import type { components } from "./generated/contract";

export type StreamEntry = components["schemas"]["StreamEntry"];
export type StreamState = "closed" | "opening" | "open" | "waiting";

interface StreamEvents {
  on_entry(entry: StreamEntry): void;
  on_state(state: StreamState): void;
}

const waits_ms = [1000, 2000, 4000, 8000, 15000, 30000];

// The event stream with our own backoff: every reconnect goes on after the last position seen, so
// nothing is missed and nothing is asked twice.
export class FeedStream {
  private source: EventSource | undefined;
  private position: string | undefined;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly events: StreamEvents) {}

  open(after: string | undefined): void {
    this.close();
    this.position = after;
    this.connect();
  }

  close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
    this.failures = 0;
    this.events.on_state("closed");
  }

  // The network came back: do not sit out the rest of the wait.
  try_now(): void {
    if (this.timer === undefined || this.source?.readyState === EventSource.OPEN) return;
    clearTimeout(this.timer);
    this.connect();
  }

  private connect(): void {
    this.timer = undefined;
    this.events.on_state(this.failures === 0 ? "opening" : "waiting");
    const query = this.position === undefined ? "" : `?after=${encodeURIComponent(this.position)}`;
    const source = new EventSource(`/api/v1/stream${query}`);
    this.source = source;
    source.onopen = () => {
      this.failures = 0;
      this.events.on_state("open");
    };
    source.onmessage = (message: MessageEvent<string>) => {
      const entry = JSON.parse(message.data) as StreamEntry;
      this.position = entry.position;
      this.events.on_entry(entry);
    };
    source.onerror = () => {
      source.close();
      if (this.source !== source) return;
      const wait = waits_ms[Math.min(this.failures, waits_ms.length - 1)] ?? 30000;
      this.failures += 1;
      this.events.on_state("waiting");
      this.timer = setTimeout(() => this.connect(), wait);
    };
  }
}
