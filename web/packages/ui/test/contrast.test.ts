import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

type Tokens = Record<string, string>;

function tokens_of(selector: string): Tokens {
  const css = readFileSync(new URL("../src/tokens.css", import.meta.url), "utf8");
  const start = css.indexOf(`${selector} {`);
  if (start < 0) throw new Error(`no ${selector} in tokens.css`);
  const block = css.slice(start, css.indexOf("}", start));
  return Object.fromEntries([...block.matchAll(/--([a-z0-9-]+): (#[0-9A-F]{6});/g)].map((m) => [m[1], m[2]]));
}

const light = tokens_of(":root");
const dark = tokens_of(':root[data-theme="dark"]');

// WCAG 2.2 relative luminance.
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(tokens: Tokens, text: string, ground: string): number {
  const [a, b] = [tokens[text], tokens[ground]].map((hex) => {
    if (hex === undefined) throw new Error(`no token ${text} or ${ground}`);
    return luminance(hex);
  }) as [number, number];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
function worst(tokens: Tokens, text: string): number {
  return Math.min(...["paper", "surface", "raised", "sunken"].map((ground) => contrast(tokens, text, ground)));
}

// [what, light, dark]: the table of the visual language.
const on_any_surface: [string, number, number][] = [
  ["ink", 13.2, 12.7], ["ink-2", 6.8, 8.3], ["ink-3", 4.7, 5.7], ["brand", 6.4, 7.4],
  ["green", 5.4, 7.9], ["yellow", 5.8, 8.9], ["red", 6.0, 7.0], ["paused", 5.7, 7.6], ["control", 3.2, 3.8],
];
const on_one: [string, string, number, number][] = [
  ["ink-2", "brand-soft", 6.9, 7.2], ["brand-ink", "brand-soft", 8.8, 8.5], ["on-brand", "brand", 7.7, 8.2],
  ["green", "green-soft", 5.6, 7.5], ["yellow", "yellow-soft", 6.1, 8.3], ["red", "red-soft", 6.0, 7.2],
  ["paused", "paused-soft", 5.7, 6.7], ["green-fill", "surface", 4.0, 6.4], ["yellow-fill", "surface", 3.1, 8.2],
  ["red-fill", "surface", 5.1, 5.2],
];

describe("contrast", () => {
  it.each(on_any_surface)("%s on its worst surface", (text, in_light, in_dark) => {
    expect(Math.abs(worst(light, text) - in_light)).toBeLessThan(0.1);
    expect(Math.abs(worst(dark, text) - in_dark)).toBeLessThan(0.1);
    const least = text === "control" ? 3 : 4.5;
    expect(worst(light, text)).toBeGreaterThanOrEqual(least);
    expect(worst(dark, text)).toBeGreaterThanOrEqual(least);
  });
  it.each(on_one)("%s on %s", (text, ground, in_light, in_dark) => {
    expect(Math.abs(contrast(light, text, ground) - in_light)).toBeLessThan(0.1);
    expect(Math.abs(contrast(dark, text, ground) - in_dark)).toBeLessThan(0.1);
  });
  it("labels read on the map", () => {
    expect(contrast(light, "map-label", "map-land")).toBeGreaterThanOrEqual(4.5);
    expect(contrast(light, "map-water-label", "map-water")).toBeGreaterThanOrEqual(4.5);
    expect(contrast(dark, "map-label", "map-land")).toBeGreaterThanOrEqual(4.5);
    expect(contrast(dark, "map-water-label", "map-water")).toBeGreaterThanOrEqual(4.5);
  });
  it("both themes name the same colours", () => {
    expect(Object.keys(dark).sort()).toEqual(Object.keys(light).sort());
  });
});
