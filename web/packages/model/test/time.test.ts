import { describe, expect, it } from "vitest";
import { day_title, light_now, light_text, short_time, span_text, wall_clock } from "../src/index";

const now = Date.parse("2026-11-20T11:49:00+08:00");

describe("spans", () => {
  it.each([
    [12 * 60_000, "12分", "12 min"],
    [135 * 60_000, "2小时15分", "2 h 15 min"],
    [120 * 60_000, "2小时", "2 h"],
    [28 * 3_600_000, "1天4小时", "1 d 4 h"],
    [75 * 3_600_000, "3天", "3 d"],
    [20_000, "不到1分", "under 1 min"],
  ])("%d", (ms, zh, en) => {
    expect(span_text(ms, "zh")).toBe(zh);
    expect(span_text(ms, "en")).toBe(en);
  });
});

describe("lights", () => {
  it("says what is left and what is over", () => {
    expect(light_text("yellow", "2026-11-20T11:51:00+08:00", now, "zh")).toBe("剩余 2分");
    expect(light_text("red", "2026-11-20T11:37:00+08:00", now, "zh")).toBe("已超 12分");
    expect(light_text("red", "2026-11-20T11:37:00+08:00", now, "en")).toBe("12 min late");
    expect(light_text("red", "2026-11-20T11:48:30+08:00", now, "zh")).toBe("刚超期");
    expect(light_text("paused", null, now, "zh")).toBe("已挂账");
    expect(light_text("none", null, now, "zh")).toBe("不计时");
  });
  it("turns red by itself when the deadline passes", () => {
    expect(light_now("yellow", "2026-11-20T11:48:00+08:00", now)).toBe("red");
    expect(light_now("green", "2026-11-20T11:50:00+08:00", now)).toBe("green");
    expect(light_now("paused", "2026-11-20T11:48:00+08:00", now)).toBe("paused");
  });
});

describe("wall clock", () => {
  it("is the city's, not the browser's", () => {
    expect(wall_clock("2026-11-20T23:30:00+08:00")).toMatchObject({ day: 20, hour: 23 });
    expect(wall_clock("2026-11-20T23:30:00Z")).toMatchObject({ day: 21, hour: 7 });
    expect(day_title(now, "zh")).toBe("11月20日 周五");
    expect(day_title(now, "en")).toBe("Fri 20 Nov");
  });
  it("drops what today makes plain", () => {
    expect(short_time("2026-11-20T09:12:00+08:00", now)).toBe("09:12");
    expect(short_time("2026-11-19T09:12:00+08:00", now)).toBe("11-19 09:12");
    expect(short_time("2025-11-19T09:12:00+08:00", now)).toBe("2025-11-19 09:12");
  });
});
