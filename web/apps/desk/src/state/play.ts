import { defineStore } from "pinia";
import { computed, ref, watch, type Ref } from "vue";
import type { Router } from "vue-router";
import { ask, client, uuid_v7 } from "@chengge/api";
import { main_action, type AllowedAction, type Case, type Demo, type NewReport, type NewStep, type Receiver } from "@chengge/model";
import type { usePhotos } from "../case/use_photos";
import { has_key, t } from "../i18n";
import { useDemo, type DemoPost } from "./demo";
import { useOutbox } from "./outbox";
import { say_refused } from "./sentences";
import { useSession } from "./session";

// 走一遍案件: one case of one's own through all seven stages. Who acts next is read from the case's
// running clock, what to press is what the server allows: the workflow is not repeated here.
interface Kept {
  case_id: string; // empty until reported
  name: string;
  group: string; // where it stands on the time line
  stage: string;
  stage_label: string;
  organisation_name: string;
  person_name: string;
  is_over: boolean;
}

const who_by_stage: Readonly<Record<string, readonly string[]>> = {
  accept: ["intake_operator"],
  verify: ["collector", "inspector"],
  file_case: ["shift_leader"],
  city_dispatch: ["dispatcher"],
  district_dispatch: ["dispatcher"],
  decide_request: ["dispatcher"],
  sign: ["department_manager"],
  handle: ["handler", "department_manager"],
  review: ["department_manager"],
  gate: ["dispatcher"],
  send_check: ["intake_operator", "shift_leader"],
  check: ["inspector", "collector"],
  close: ["shift_leader"],
};
export const play_groups = ["collect", "file", "dispatch", "handle", "feed_back", "check_close", "evaluate"] as const;
const storage_key = "chengge.play";
const pace_ms = 1500;
const steps_max = 30;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const usePlay = defineStore("play", () => {
  const demo = useDemo();
  const session = useSession();
  const stored = sessionStorage.getItem(storage_key);
  const kept = ref<Kept | undefined>(stored ? (JSON.parse(stored) as Kept) : undefined);
  const is_auto = ref(false);
  watch(kept, (value) => (value ? sessionStorage.setItem(storage_key, JSON.stringify(value)) : sessionStorage.removeItem(storage_key)));

  const material = computed<Demo["play"] | undefined>(() => demo.demo?.play);
  const is_on = computed(() => kept.value !== undefined && demo.is_demo);

  const proposed_logins = computed(() => Object.values(material.value?.logins ?? {}));
  // The posts of the first page, and those the material names besides them.
  const posts = computed<DemoPost[]>(() => {
    const shown = demo.demo?.posts ?? [];
    const others = Object.entries(material.value?.logins ?? {}).filter(([, login]) => !shown.some((post) => post.login === login));
    return [
      ...shown,
      ...others.map(([part, login]) => {
        const role = part === "district_dispatcher" ? "dispatcher" : part;
        return { login, role, role_label: shown.find((post) => post.role === role)?.role_label ?? "", name: "", organisation_name: "" };
      }),
    ];
  });

  // Who may have the turn: those the clock names first, then those the material proposes.
  const tried = ref<string[]>([]); // logins that had nothing to do at this stage
  const candidates = computed<DemoPost[]>(() => {
    const now = kept.value;
    if (!now || now.is_over) return [];
    const roles = now.case_id ? (who_by_stage[now.stage] ?? []) : ["collector"];
    const fitting = posts.value.filter((post) => roles.includes(post.role));
    const rank = (post: DemoPost): number =>
      (now.person_name && post.name === now.person_name ? 0 : 4) +
      (post.organisation_name === now.organisation_name ? 0 : 2) + (proposed_logins.value.includes(post.login) ? 0 : 1);
    return [...fitting].sort((a, b) => rank(a) - rank(b)).filter((post) => !tried.value.includes(post.login));
  });
  const next_post = computed<DemoPost | undefined>(() => candidates.value[0]);
  const is_my_turn = computed(() => next_post.value !== undefined && session.me?.login === next_post.value.login);

  function start(): void {
    tried.value = [];
    kept.value = { case_id: "", name: "", group: "collect", stage: "report", stage_label: "", organisation_name: "", person_name: "", is_over: false };
  }
  function stop(): void {
    is_auto.value = false;
    kept.value = undefined;
  }

  // The case as somebody just saw it.
  function hear(item: Case): void {
    if (!kept.value || (kept.value.case_id && kept.value.case_id !== item.case_id)) return;
    const clock = item.clocks.find((one) => !one.stopped_at);
    const now = item.seven_stages.find((one) => one.state === "now");
    if (clock?.stage !== kept.value.stage) tried.value = [];
    kept.value = {
      case_id: item.case_id,
      name: item.name,
      group: clock?.group ?? now?.code ?? "evaluate",
      stage: clock?.stage ?? "",
      stage_label: clock?.stage_label ?? item.state_label,
      organisation_name: clock?.organisation_name ?? "",
      person_name: clock?.person_name ?? "",
      is_over: Boolean(item.closed_at) || item.state === "closed",
    };
  }
  const is_case = (case_id: string): boolean => is_on.value && kept.value?.case_id === case_id;

  const opinion_for = (action: string): string => {
    const key = `play.opinion.${action}`;
    return has_key(key) ? t(key) : "";
  };
  const photo_for = (action: AllowedAction): string | undefined =>
    action.stage === "check" || action.action.startsWith("check") ? material.value?.check_photo : material.value?.after_photo;

  // Fills what the guide knows; the person may change all of it.
  function prefill(action: AllowedAction, form: { opinion: Ref<string>; photos: ReturnType<typeof usePhotos>; props_item: Case }): void {
    if (!is_case(form.props_item.case_id)) return;
    if (!form.opinion.value.trim()) form.opinion.value = opinion_for(action.action);
    const photo = photo_for(action);
    if (action.needs.includes("media") && photo && form.photos.photos.value.length === 0) form.photos.add_known(photo);
  }
  // Given to somebody who can be played.
  function prefers_receiver(receiver: Receiver): boolean {
    const mine = posts.value.filter((post) => proposed_logins.value.includes(post.login));
    if (receiver.person_name && mine.some((post) => post.name === receiver.person_name)) return true;
    // In the demo a unit's contact signs in with the unit's code, its people with that code and a suffix.
    const code = receiver.organisation;
    if (code && mine.some((post) => post.login === code || post.login.startsWith(`${code}-handler`))) return true;
    return !receiver.person_name && mine.some((post) => post.organisation_name !== "" && post.organisation_name === receiver.organisation_name);
  }
  const points_at = (): boolean => is_on.value && is_my_turn.value && kept.value?.case_id !== "" && !kept.value?.is_over;

  function report_body(): NewReport | undefined {
    const play = material.value;
    if (!play || play.lon === undefined || play.lat === undefined) return undefined;
    return {
      case_id: uuid_v7(), lon: play.lon, lat: play.lat, coord_type: "cgcs2000", source: "collector",
      description: play.description ?? "", ...(play.address && { address: play.address }),
      ...(play.kind && play.class_code && { edition: "2026" as const, kind: play.kind as "component" | "event", class_code: play.class_code }),
      ...(play.before_photo && { media: [play.before_photo] }),
    };
  }

  // One act, filled from the material and the server's own suggestions.
  async function step_for(item: Case, action: AllowedAction): Promise<NewStep> {
    const step: NewStep = { step_id: uuid_v7(), action: action.action, version: item.version, subject: action.subject };
    const opinion = opinion_for(action.action);
    if (opinion) step.opinion = opinion;
    const photo = photo_for(action);
    if (action.needs.includes("media") && photo) step.media = [photo];
    if (action.needs.includes("receiver")) {
      const { items } = await ask(client.GET("/api/v1/cases/{case_id}/receivers", {
        params: { path: { case_id: item.case_id }, query: { action: action.action, subject_kind: action.subject.kind, subject_id: action.subject.id } },
      }));
      const receiver = items.find(prefers_receiver) ?? items.find((one) => one.is_suggested) ?? items[0];
      step.receiver = { ...(receiver?.organisation && { organisation: receiver.organisation }), ...(receiver?.person && { person: receiver.person }) };
    }
    if (action.needs.includes("filing_row") && item.class_code) {
      const { items } = await ask(client.GET("/api/v1/rules/filing-rows", { params: { query: { kind: item.kind, class_code: item.class_code } } }));
      const row = items.find((one) => one?.id === item.filing_row?.id) ?? items[0];
      if (row) step.filing_row = row.id;
    }
    return step;
  }

  // The same acts by themselves, slowly enough to be watched. Stops where the server says no.
  async function run_by_itself(router: Router): Promise<void> {
    if (is_auto.value) return;
    if (!kept.value || kept.value.is_over) start();
    is_auto.value = true;
    try {
      for (let count = 0; count < steps_max && is_auto.value && kept.value && !kept.value.is_over; count += 1) {
        await play_one(router);
      }
    } catch (error) {
      say_refused(t("play.stopped"), error);
    } finally {
      is_auto.value = false;
    }
  }

  async function play_one(router: Router): Promise<void> {
    const post = next_post.value;
    if (!post) {
      is_auto.value = false;
      return;
    }
    if (session.me?.login !== post.login) await session.sign_in_demo(post.login);
    const outbox = useOutbox();
    if (!kept.value?.case_id) {
      const body = report_body();
      if (!body) throw new Error("no material to play");
      await router.push("/inbox");
      await pause(pace_ms);
      hear(await outbox.report(t("play.reported"), body));
      return;
    }
    const case_id = kept.value.case_id;
    await router.push(`/cases/${case_id}`);
    await pause(pace_ms);
    const item = await ask(client.GET("/api/v1/cases/{case_id}", { params: { path: { case_id } } }));
    hear(item);
    const action = main_action(item.allowed_actions);
    if (!action) {
      if (kept.value?.is_over) return;
      tried.value = [...tried.value, post.login];
      return;
    }
    if (!is_auto.value) return;
    hear(await outbox.perform(case_id, `${action.label} ${item.name}`, await step_for(item, action)));
    await pause(pace_ms / 2);
  }

  return {
    kept, is_auto, is_on, material, next_post, is_my_turn, start, stop, hear, is_case, prefill, prefers_receiver, points_at, run_by_itself,
  };
});
