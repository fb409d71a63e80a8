import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { ask, client, Refusal } from "@chengge/api";
import { forget_base_map } from "@chengge/map/base";
import type { Me } from "@chengge/model";
import { locale } from "../i18n";
import { useActing } from "./acting";
import { forget_labels, label_text } from "./labels";

export const useSession = defineStore("session", () => {
  const me = ref<Me>();
  const is_known = ref(false); // asked at least once
  const must_change_password = ref(false);

  const roles = computed(() => new Set(me.value?.roles.map((role) => role.code) ?? []));
  const permissions = computed(() => new Set(me.value?.permissions ?? []));
  const role_label = computed(() => me.value?.roles.map(label_text).join(locale.value === "zh" ? "、" : ", ") ?? "");

  // Who is signed in. A server that is busy or away says nothing about that: it is asked again for a while, then the error is the caller's.
  async function load(): Promise<void> {
    for (const pause_s of [1, 2, 4, 0]) {
      try {
        me.value = await ask(client.GET("/api/v1/me"));
        is_known.value = true;
        return;
      } catch (error) {
        if (error instanceof Refusal && error.status < 500 && error.status !== 429) {
          must_change_password.value ||= error.code === "password_must_change";
          me.value = undefined;
          is_known.value = true;
          return;
        }
        if (pause_s === 0) throw error;
        await new Promise((resume) => setTimeout(resume, pause_s * 1000));
      }
    }
  }

  async function begin(given: { person: Me; must_change_password: boolean }): Promise<void> {
    forget_base_map();
    forget_labels();
    useActing().forget();
    must_change_password.value = given.must_change_password;
    me.value = given.person;
    is_known.value = true;
    if (!given.must_change_password) await load();
  }

  async function sign_in(name: string, password: string): Promise<void> {
    await begin(await ask(client.POST("/api/v1/sessions", { body: { name, password } })));
  }

  async function sign_in_demo(login: string): Promise<void> {
    await begin(await ask(client.POST("/api/v1/demo/sessions", { body: { login } })));
  }

  async function sign_out(): Promise<void> {
    await ask(client.DELETE("/api/v1/sessions/current"));
    forget();
  }

  function forget(): void {
    me.value = undefined;
    useActing().forget();
    forget_base_map();
    forget_labels();
  }

  const may = (permission: string): boolean => permissions.value.has(permission);
  const is_a = (role: string): boolean => roles.value.has(role);
  return { me, is_known, must_change_password, roles, permissions, role_label, load, sign_in, sign_in_demo, sign_out, forget, may, is_a };
});
