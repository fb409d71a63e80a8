import type { Light, Locale } from "./types";

const minute_ms = 60_000;
const hour_ms = 60 * minute_ms;
const day_ms = 24 * hour_ms;

export interface WallClock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: number; // 0 = Sunday
}

const city_offset_minutes = 8 * 60;

// The city's own wall clock, whatever zone the browser sits in: the offset of the text is used.
export function wall_clock(instant: string | number): WallClock {
  const offset = typeof instant === "string" ? offset_minutes(instant) : city_offset_minutes;
  const ms = typeof instant === "string" ? Date.parse(instant) : instant;
  const at = new Date(ms + offset * minute_ms);
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    weekday: at.getUTCDay(),
  };
}

function offset_minutes(instant: string): number {
  const match = /([+-])(\d{2}):(\d{2})$/.exec(instant);
  if (!match) return city_offset_minutes;
  const size = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === "-" ? -size : size;
}

const two = (value: number): string => String(value).padStart(2, "0");

export function hour_minute(instant: string | number): string {
  const at = wall_clock(instant);
  return `${two(at.hour)}:${two(at.minute)}`;
}

// 11:49 today, 11-20 09:12 this year, 2025-11-20 09:12 before.
export function short_time(instant: string, now_ms: number): string {
  const at = wall_clock(instant);
  const now = wall_clock(now_ms);
  const clock = `${two(at.hour)}:${two(at.minute)}`;
  if (at.year !== now.year) return `${at.year}-${two(at.month)}-${two(at.day)} ${clock}`;
  if (at.month === now.month && at.day === now.day) return clock;
  return `${two(at.month)}-${two(at.day)} ${clock}`;
}

export function full_time(instant: string): string {
  const at = wall_clock(instant);
  return `${at.year}-${two(at.month)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}`;
}

const weekdays = {
  zh: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
  en: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
} as const;
const months_en = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function day_title(now_ms: number, locale: Locale): string {
  const at = wall_clock(now_ms);
  if (locale === "zh") return `${at.month}月${at.day}日 ${weekdays.zh[at.weekday]}`;
  return `${weekdays.en[at.weekday]} ${at.day} ${months_en[at.month - 1]}`;
}

// Two units at most: 2小时15分, 3天, 1天4小时, 12分; days alone from three on.
export function span_text(ms: number, locale: Locale): string {
  const whole = Math.max(0, ms);
  const days = Math.floor(whole / day_ms);
  const hours = Math.floor((whole % day_ms) / hour_ms);
  const minutes = Math.floor((whole % hour_ms) / minute_ms);
  const unit = locale === "zh" ? { day: "天", hour: "小时", minute: "分" } : { day: " d", hour: " h", minute: " min" };
  const gap = locale === "zh" ? "" : " ";
  if (days >= 3) return `${days}${unit.day}`;
  if (days > 0) return hours > 0 ? `${days}${unit.day}${gap}${hours}${unit.hour}` : `${days}${unit.day}`;
  if (hours > 0) return minutes > 0 ? `${hours}${unit.hour}${gap}${minutes}${unit.minute}` : `${hours}${unit.hour}`;
  if (minutes > 0) return `${minutes}${unit.minute}`;
  return locale === "zh" ? "不到1分" : "under 1 min";
}

// What stands beside the light's shape.
export function light_text(light: Light, deadline_at: string | null | undefined, now_ms: number, locale: Locale): string {
  if (light === "paused") return locale === "zh" ? "已挂账" : "Suspended";
  if (!deadline_at || light === "none") return locale === "zh" ? "不计时" : "No clock";
  const left = Date.parse(deadline_at) - now_ms;
  const span = span_text(Math.abs(left), locale);
  if (left < 0 && left > -minute_ms) return locale === "zh" ? "刚超期" : "just late";
  if (left < 0) return locale === "zh" ? `已超 ${span}` : `${span} late`;
  return locale === "zh" ? `剩余 ${span}` : `${span} left`;
}

// A red clock stays red here even if the page has not heard from the server since it passed.
export function light_now(light: Light, deadline_at: string | null | undefined, now_ms: number): Light {
  if ((light === "green" || light === "yellow") && deadline_at && Date.parse(deadline_at) < now_ms) return "red";
  return light;
}
