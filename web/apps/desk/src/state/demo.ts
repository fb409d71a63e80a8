import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { ask, client, Refusal } from "@chengge/api";
import type { Demo } from "@chengge/model";
import { hear_server_time } from "./clock";

export type DemoPost = Demo["posts"][number];

// A real city answers 404: then none of this shows.
export const useDemo = defineStore("demo", () => {
  const demo = shallowRef<Demo>();
  const is_asked = ref(false);
  const is_demo = computed(() => demo.value !== undefined);

  async function load(): Promise<void> {
    try {
      const answer = await ask(client.GET("/api/v1/demo"));
      demo.value = answer;
      if (answer.now) hear_server_time(answer.now);
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 404) throw error;
    } finally {
      is_asked.value = true;
    }
  }
  return { demo, is_demo, is_asked, load };
});
