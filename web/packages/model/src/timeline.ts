import { span_text } from "./time";
import type { Case, Light, Locale, StageClock } from "./types";

export interface StageRow {
  code: string;
  label: string;
  state: "done" | "now" | "later";
  at: string | undefined;
  by: string | undefined;
  clocks: StageClock[];
  // The one whose bar is drawn: the running one, else the last.
  shown: StageClock | undefined;
}

export function stage_rows(item: Case): StageRow[] {
  return item.seven_stages.map((stage) => {
    const clocks = item.clocks.filter((clock) => clock.group === stage.code);
    return {
      code: stage.code,
      label: stage.label,
      state: stage.state,
      at: stage.at ?? undefined,
      by: stage.by ?? undefined,
      clocks,
      shown: clocks.find((clock) => !clock.stopped_at) ?? clocks.at(-1),
    };
  });
}

export interface ClockBar {
  share: number; // 0…1 of the limit, full when over
  light: Light | "ended" | "ended_late";
  over_ms: number;
}

// Only a running clock has a light; a finished one is neutral, red at its end when it was late.
export function clock_bar(clock: StageClock): ClockBar {
  const limit = clock.limit_ms ?? 0;
  const over_ms = limit > 0 ? Math.max(0, clock.used_ms - limit) : 0;
  const share = limit > 0 ? Math.min(1, clock.used_ms / limit) : 0;
  if (clock.stopped_at) return { share, light: over_ms > 0 ? "ended_late" : "ended", over_ms };
  return { share, light: clock.light, over_ms };
}

// A quarter of a working hour is said in minutes; longer limits in the rule's own words.
export function limit_words(clock: StageClock, locale: Locale): string {
  if (clock.limit_ms && (clock.limit_ms < 3_600_000 || !clock.limit_text)) return span_text(clock.limit_ms, locale);
  return clock.limit_text ?? "";
}

// The parts of a case's title: the thing and what is wrong with it.
export function case_title(item: { class_name?: string | null; description: string }): string {
  return item.class_name || item.description;
}

export function case_place(item: {
  district_name?: string;
  subdistrict_name?: string;
  address?: string;
  community_name?: string;
}): string {
  return [item.district_name, item.subdistrict_name, item.address || item.community_name].filter(Boolean).join(" ");
}

// The end of a case number is how people call it: 00318.
export function short_no(item: { case_no?: string | null; name: string }): string {
  return item.case_no ? (item.case_no.split("-").at(-1) ?? item.case_no) : item.name;
}
