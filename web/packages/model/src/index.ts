export type * from "./types";
export { main_action } from "./actions";
export { merge_inbox, row_key, type InboxRow } from "./inbox";
export {
  day_title, full_time, hour_minute, light_now, light_text, short_time, span_text, wall_clock, type WallClock,
} from "./time";
export { case_place, case_title, clock_bar, limit_words, short_no, stage_rows, type ClockBar, type StageRow } from "./timeline";
