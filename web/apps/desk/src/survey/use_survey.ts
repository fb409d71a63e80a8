// One survey on its way in: uploaded in pieces that go on after a break, followed until a person is needed.
import { onBeforeUnmount, ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { ask, client, uuid_v7 } from "@chengge/api";
import type { SurveyImport } from "@chengge/model";
import { sentence_of } from "../state/sentences";

const piece_bytes = 4 * 1024 * 1024;
const look_ms = 700;
const running = ["converting", "checking", "publishing"];

export interface Survey {
  shown: ShallowRef<SurveyImport | undefined>;
  fault: Ref<string | undefined>;
  is_sending: Ref<boolean>;
  is_running: () => boolean;
  open(import_id: string): Promise<void>;
  begin(file: File, layer: string, is_complete: boolean): Promise<string | undefined>;
  go_on(file: File): Promise<void>;
  act(what: "stop" | "resume" | "discard"): Promise<void>;
  change(body: SurveySettings): Promise<void>;
  publish(reason: string): Promise<boolean>;
  forget(): void;
}
export interface SurveySettings { crs?: string; encoding?: "auto" | "utf-8" | "gbk"; source_layer?: string; is_complete?: boolean; address_column?: string; mapping?: Record<string, string> }

export function useSurvey(): Survey {
  const shown = shallowRef<SurveyImport>();
  const fault = ref<string>();
  const is_sending = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let is_gone = false;

  const is_running = (): boolean => !!shown.value && running.includes(shown.value.state);
  function follow(): void {
    clearTimeout(timer);
    if (!is_gone && is_running()) timer = setTimeout(() => void look(), look_ms);
  }
  async function look(): Promise<void> {
    const now = shown.value;
    if (!now) return;
    try {
      const next = await ask(client.GET("/api/v1/survey/imports/{import_id}", { params: { path: { import_id: now.import_id } } }));
      if (shown.value?.import_id === next.import_id) shown.value = next;
      fault.value = undefined;
    } catch (error) {
      fault.value = sentence_of(error);
    }
    follow();
  }
  async function settle(answer: Promise<SurveyImport>): Promise<boolean> {
    try {
      shown.value = await answer;
      fault.value = undefined;
      follow();
      return true;
    } catch (error) {
      fault.value = sentence_of(error);
      void look();
      return false;
    }
  }
  async function send(file: File): Promise<void> {
    is_sending.value = true;
    try {
      while (!is_gone && shown.value?.state === "uploading") {
        const { import_id, received } = shown.value;
        const body = file.slice(received, received + piece_bytes);
        const answer = ask(client.PUT("/api/v1/survey/imports/{import_id}/content", {
          params: { path: { import_id }, query: { offset: received } }, body: body as unknown as string, bodySerializer: (piece: unknown) => piece as Blob, headers: { "Content-Type": "application/octet-stream" },
        }));
        if (!(await settle(answer))) break;
      }
    } finally {
      is_sending.value = false;
    }
  }
  async function open(import_id: string): Promise<void> {
    if (shown.value?.import_id === import_id) return;
    await settle(ask(client.GET("/api/v1/survey/imports/{import_id}", { params: { path: { import_id } } })));
  }
  async function begin(file: File, layer: string, is_complete: boolean): Promise<string | undefined> {
    const made = await settle(ask(client.POST("/api/v1/survey/imports", { body: { import_id: uuid_v7(), layer, file_name: file.name, bytes: file.size, is_complete } })));
    if (!made || !shown.value) return undefined;
    void send(file);
    return shown.value.import_id;
  }
  async function act(what: "stop" | "resume" | "discard"): Promise<void> {
    if (!shown.value) return;
    const params = { path: { import_id: shown.value.import_id } };
    await settle(ask(what === "stop" ? client.POST("/api/v1/survey/imports/{import_id}/stop", { params }) : what === "resume" ? client.POST("/api/v1/survey/imports/{import_id}/resume", { params }) : client.POST("/api/v1/survey/imports/{import_id}/discard", { params })));
  }
  async function change(body: SurveySettings): Promise<void> {
    if (shown.value) await settle(ask(client.POST("/api/v1/survey/imports/{import_id}/settings", { params: { path: { import_id: shown.value.import_id } }, body })));
  }
  async function publish(reason: string): Promise<boolean> {
    return !!shown.value && settle(ask(client.POST("/api/v1/survey/imports/{import_id}/publication", { params: { path: { import_id: shown.value.import_id } }, body: { reason } })));
  }
  function forget(): void {
    clearTimeout(timer);
    shown.value = undefined;
    fault.value = undefined;
  }
  onBeforeUnmount(() => {
    is_gone = true;
    clearTimeout(timer);
  });
  return { shown, fault, is_sending, is_running, open, begin, go_on: send, act, change, publish, forget };
}
