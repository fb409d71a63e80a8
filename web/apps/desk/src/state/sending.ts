// One act of a form at a time: that it is under way, and what was refused in words.
import { ref, type Ref } from "vue";
import { Refusal, uuid_v7 } from "@chengge/api";
import { say_refused, sentence_of } from "./sentences";

export interface Sending {
  fault: Ref<string | undefined>;
  is_busy: Ref<boolean>;
  // Whether it was done; not when another is under way. With a title only the server's own no is a fault of the form,
  // anything else a toast.
  send(act: () => Promise<unknown>, title?: string): Promise<boolean>;
}

export function useSending(): Sending {
  const fault = ref<string>();
  const is_busy = ref(false);
  async function send(act: () => Promise<unknown>, title?: string): Promise<boolean> {
    if (is_busy.value) return false;
    is_busy.value = true;
    fault.value = undefined;
    try {
      await act();
      return true;
    } catch (error) {
      if (title === undefined || error instanceof Refusal) fault.value = sentence_of(error);
      else say_refused(title, error);
      return false;
    } finally {
      is_busy.value = false;
    }
  }
  return { fault, is_busy, send };
}

// The same words sent again, because no answer came, are the same thing: they keep their id until it is done.
export function useOwnId(): { of(words: unknown): string; renew(): void } {
  let known: string | undefined;
  let id = "";
  return {
    of: (words) => {
      const text = JSON.stringify(words);
      if (text !== known) id = uuid_v7();
      known = text;
      return id;
    },
    renew: () => (known = undefined),
  };
}
