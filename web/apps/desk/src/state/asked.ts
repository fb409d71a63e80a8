// What is asked of the server and shown: the newest question wins, a refusal becomes a sentence.
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { sentence_of } from "./sentences";

export interface Asked<Answer> {
  answer: ShallowRef<Answer | undefined>; // the last that was given, also while a newer question is on its way or was refused
  is_loading: Ref<boolean>;
  fault: Ref<string | undefined>;
  load(): Promise<void>;
  forget(): void; // also what is still on its way
}

export function useAsked<Answer>(question: () => Promise<Answer>): Asked<Answer> {
  const answer = shallowRef<Answer>();
  const is_loading = ref(false);
  const fault = ref<string>();
  let asking = 0;
  async function load(): Promise<void> {
    asking += 1;
    const mine = asking;
    is_loading.value = true;
    try {
      const found = await question();
      if (mine !== asking) return;
      answer.value = found;
      fault.value = undefined;
    } catch (error) {
      if (mine !== asking) return;
      fault.value = sentence_of(error);
    } finally {
      if (mine === asking) is_loading.value = false;
    }
  }
  function forget(): void {
    asking += 1;
    is_loading.value = false;
    answer.value = undefined;
    fault.value = undefined;
  }
  return { answer, is_loading, fault, load, forget };
}
