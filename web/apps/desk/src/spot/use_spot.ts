import { computed, onBeforeUnmount, onMounted, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { ask, client, is_worth_resending, upload_photo, uuid_v7, type Schemas } from "@chengge/api";
import type { CaseSummary, ProblemClass } from "@chengge/model";
import { now_ms } from "../state/clock";
import { sentence_of } from "../state/sentences";
import { useSession } from "../state/session";
import { drop_job, jobs_of, keep_job, type SpotJob, type SpotPhoto, type SpotPlace } from "./spot_store";

// Of today; waiting: for the archive, or drawn for a spot check.
export type SpotCounts = { handled: number; archived: number; checked: number };
const again_ms = 15_000;
const today = (at_ms: number): string => new Date(at_ms + 8 * 3_600_000).toISOString().slice(0, 10);
const fresh_photo = (bytes: Blob): SpotPhoto => ({ media_id: uuid_v7(), bytes, is_sent: false });

// 随手处置: what is under way, sent when there is a network, each id once.
export function useSpot(): {
  jobs: ShallowRef<SpotJob[]>;
  rule: ShallowRef<Schemas["SimpleProcedure"] | undefined>;
  counts: ComputedRef<SpotCounts>;
  unsent: ComputedRef<number>;
  fault: Ref<string | undefined>;
  begin: (what: { problem: ProblemClass; words: string; place: SpotPlace; address: string; photo: Blob }) => Promise<void>;
  finish: (job: SpotJob, photo: Blob, place: SpotPlace) => Promise<void>;
  give_up: (job: SpotJob, why: string) => Promise<void>;
  forget: (job: SpotJob) => Promise<void>;
  send_all: () => Promise<void>;
} {
  const session = useSession();
  const jobs = shallowRef<SpotJob[]>([]);
  const mine = shallowRef<CaseSummary[]>([]);
  const rule = shallowRef<Schemas["SimpleProcedure"]>();
  const fault = ref<string>();
  const person_id = (): string => session.me?.person_id ?? "";
  let is_sending = false;
  let is_wanted = false; // again: something came while others were being sent
  let timer: ReturnType<typeof setInterval> | undefined;

  const counts = computed<SpotCounts>(() => ({
    handled: mine.value.filter((one) => one.state === "self_handled" || one.state === "archived").length,
    archived: mine.value.filter((one) => one.state === "archived").length,
    checked: mine.value.filter((one) => one.state === "self_handled").length,
  }));
  const unsent = computed(() => jobs.value.filter((job) => !job.is_reported || job.after !== undefined).length);

  async function store(job: SpotJob): Promise<void> {
    await keep_job(job);
    jobs.value = jobs.value.some((one) => one.case_id === job.case_id) ? jobs.value.map((one) => (one.case_id === job.case_id ? job : one)) : [...jobs.value, job];
  }
  async function forget(job: SpotJob): Promise<void> {
    await drop_job(job.case_id);
    jobs.value = jobs.value.filter((one) => one.case_id !== job.case_id);
  }

  async function send_photo(photo: SpotPhoto): Promise<SpotPhoto> {
    if (photo.is_sent || !photo.bytes) return photo;
    await upload_photo(photo.bytes, photo.media_id, () => undefined);
    return { ...photo, is_sent: true };
  }
  async function report(job: SpotJob): Promise<SpotJob> {
    if (job.is_reported || !job.before) return job;
    const before = await send_photo(job.before);
    await store({ ...job, before });
    const made = await ask(client.POST("/api/v1/reports", { body: {
      case_id: job.case_id, ...job.place, ...(job.address && { address: job.address }), description: job.words || job.class_name, edition: "2026", kind: job.kind === "component" ? "component" : "event", class_code: job.class_code,
      media: [before.media_id], source: "collector", simple: true, observed_at: new Date(job.begun_at_ms).toISOString(),
    } }));
    const next = { ...job, before, is_reported: true, reported_at_ms: Date.parse(made.reported_at), fault: undefined };
    await store(next);
    return next;
  }
  async function handle(job: SpotJob): Promise<void> {
    if (!job.after || !job.after_place) return;
    const after = await send_photo(job.after);
    await store({ ...job, after });
    const now = await ask(client.GET("/api/v1/cases/{case_id}", { params: { path: { case_id: job.case_id } } }));
    // An answer that was lost: it had been handled.
    if (now.state === "self_found") await ask(client.POST("/api/v1/cases/{case_id}/steps", { params: { path: { case_id: job.case_id } }, body: { step_id: job.step_id, action: "handle_simple", version: now.version, media: [after.media_id], place: job.after_place } }));
    await forget(job);
  }
  async function send(job: SpotJob): Promise<boolean> {
    try {
      await handle(await report(job));
      return true;
    } catch (error) {
      if (is_worth_resending(error)) return false;
      const kept = jobs.value.find((one) => one.case_id === job.case_id) ?? job;
      // The after photo is taken anew; what was reported stays.
      await store({ ...kept, fault: sentence_of(error), ...(kept.is_reported && { after: undefined, after_place: undefined, step_id: uuid_v7() }) });
      return true;
    }
  }
  async function send_all(): Promise<void> {
    is_wanted = true;
    if (is_sending) return;
    is_sending = true;
    try {
      while (is_wanted) {
        is_wanted = false;
        for (const job of jobs.value)
          if (!job.fault && (!job.is_reported || job.after)) if (!(await send(job))) return;
        await look();
      }
    } finally {
      is_sending = false;
    }
  }
  // Today's own cases, and those under way that this device does not know.
  async function look(): Promise<void> {
    try {
      const page = await ask(client.GET("/api/v1/cases", { params: { query: { mine: true, simple: true, from: `${today(now_ms.value)}T00:00:00+08:00`, limit: 200 } } }));
      mine.value = page.items;
      fault.value = undefined;
      for (const one of page.items) {
        if (one.state !== "self_found" || jobs.value.some((job) => job.case_id === one.case_id)) continue;
        jobs.value = [...jobs.value, {
          case_id: one.case_id, person_id: person_id(), begun_at_ms: Date.parse(one.reported_at), kind: one.kind, class_code: one.class_code ?? "", class_name: one.class_name ?? "", words: one.description,
          place: { lon: one.lon, lat: one.lat, coord_type: "cgcs2000" }, before: one.photo ? { media_id: one.photo, bytes: undefined, is_sent: true } : undefined, is_reported: true, reported_at_ms: Date.parse(one.reported_at),
          after: undefined, after_place: undefined, step_id: uuid_v7(), fault: undefined,
        }];
      }
      // Taken over by the centre meanwhile.
      const over = jobs.value.filter((job) => job.is_reported && !job.after && page.items.some((one) => one.case_id === job.case_id && one.state !== "self_found"));
      for (const job of over) await forget(job);
    } catch (error) {
      fault.value = sentence_of(error);
    }
  }

  async function begin(what: { problem: ProblemClass; words: string; place: SpotPlace; address: string; photo: Blob }): Promise<void> {
    await store({
      case_id: uuid_v7(), person_id: person_id(), begun_at_ms: now_ms.value, kind: what.problem.kind, class_code: what.problem.code, class_name: what.problem.name, words: what.words, place: what.place, ...(what.address && { address: what.address }),
      before: fresh_photo(what.photo), is_reported: false, reported_at_ms: undefined, after: undefined, after_place: undefined, step_id: uuid_v7(), fault: undefined,
    });
    void send_all();
  }
  async function finish(job: SpotJob, photo: Blob, place: SpotPlace): Promise<void> {
    await store({ ...job, after: fresh_photo(photo), after_place: place, fault: undefined });
    void send_all();
  }
  async function give_up(job: SpotJob, why: string): Promise<void> {
    try {
      const now = await ask(client.GET("/api/v1/cases/{case_id}", { params: { path: { case_id: job.case_id } } }));
      await ask(client.POST("/api/v1/cases/{case_id}/steps", { params: { path: { case_id: job.case_id } }, body: { step_id: uuid_v7(), action: "simple_to_ordinary", version: now.version, opinion: why } }));
      await forget(job);
      await look();
    } catch (error) {
      await store({ ...job, fault: sentence_of(error) });
    }
  }

  const online = (): void => void send_all();
  onMounted(async () => {
    jobs.value = await jobs_of(person_id()).catch(() => []);
    const kept = localStorage.getItem("chengge.simple_procedure");
    if (kept) rule.value = JSON.parse(kept) as Schemas["SimpleProcedure"];
    void ask(client.GET("/api/v1/rules/simple-procedure")).then((answer) => {
      rule.value = answer;
      localStorage.setItem("chengge.simple_procedure", JSON.stringify(answer));
    }).catch((error: unknown) => (fault.value = sentence_of(error)));
    window.addEventListener("online", online);
    timer = setInterval(() => unsent.value > 0 && void send_all(), again_ms);
    await send_all();
  });
  onBeforeUnmount(() => {
    window.removeEventListener("online", online);
    clearInterval(timer);
  });
  return { jobs, rule, counts, unsent, fault, begin, finish, give_up, forget, send_all };
}
