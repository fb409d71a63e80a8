import { describe, expect, it } from "vitest";
import { clock_bar, merge_inbox, type InboxItem, type InboxRow, type StageClock } from "../src/index";

function item(id: string, version = 1): InboxItem {
  return {
    case: { case_id: id, version } as InboxItem["case"],
    work: { stage: "file", label: "立案", subject: { kind: "case", id }, light: "green", started_at: "" },
  };
}
const shown = (id: string): InboxRow => ({ ...item(id), is_gone: false });

describe("merge_inbox", () => {
  it("keeps the order, holds new rows back, marks what left", () => {
    const { rows, waiting } = merge_inbox([shown("b"), shown("a")], [item("c"), item("a", 2)], true);
    expect(rows.map((row) => [row.case.case_id, row.case.version, row.is_gone])).toEqual([["b", 1, true], ["a", 2, false]]);
    expect(waiting.map((row) => row.case.case_id)).toEqual(["c"]);
  });
  it("does not call a row gone when only a part of the list was read", () => {
    expect(merge_inbox([shown("b")], [], false).rows[0]?.is_gone).toBe(false);
  });
});

describe("clock_bar", () => {
  const clock = (over: Partial<StageClock>): StageClock => ({
    stage: "file", stage_label: "立案", started_at: "", light: "yellow", limit_ms: 100, used_ms: 90, ...over,
  });
  it("has a light only while it runs", () => {
    expect(clock_bar(clock({}))).toEqual({ share: 0.9, light: "yellow", over_ms: 0 });
    expect(clock_bar(clock({ stopped_at: "x" })).light).toBe("ended");
    expect(clock_bar(clock({ stopped_at: "x", used_ms: 130 }))).toEqual({ share: 1, light: "ended_late", over_ms: 30 });
  });
});
