import { defineStore } from "pinia";
import { ref } from "vue";
import { set_acting_for } from "@chengge/api";
import { useInbox } from "./inbox";

interface Person {
  person_id: string;
  name: string;
}

// Acting for somebody (代办): every request about cases says for whom; the server knows whether I may.
export const useActing = defineStore("acting", () => {
  const person = ref<Person>();

  async function turn(next: Person | undefined): Promise<void> {
    person.value = next;
    set_acting_for(next?.person_id);
    const inbox = useInbox();
    inbox.stop();
    await inbox.load();
  }
  const begin = (next: Person): Promise<void> => turn(next);
  const stop = (): Promise<void> => turn(undefined);
  // Another person has signed in, or nobody.
  function forget(): void {
    person.value = undefined;
    set_acting_for(undefined);
  }
  return { person, begin, stop, forget };
});
