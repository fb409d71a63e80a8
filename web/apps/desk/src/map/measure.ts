// Lengths and areas as people say them.
import { count_text, t } from "../i18n";

export type Corner = readonly [number, number];

const radius = 6_378_137;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

// On a local plane at the corners' latitude: good to 0.1 % at the size of a city.
function metres(corners: readonly Corner[]): [number, number][] {
  const [first] = corners;
  if (!first) return [];
  const scale = Math.cos(radians(first[1]));
  return corners.map(([lon, lat]) => [radians(lon - first[0]) * radius * scale, radians(lat - first[1]) * radius]);
}

export function length_m(corners: readonly Corner[]): number {
  const points = metres(corners);
  let sum = 0;
  points.forEach((point, index) => {
    const before = points[index - 1];
    if (before) sum += Math.hypot(point[0] - before[0], point[1] - before[1]);
  });
  return sum;
}

export function area_m2(corners: readonly Corner[]): number {
  const points = metres(corners);
  let twice = 0;
  points.forEach(([x, y], index) => {
    const next = points[(index + 1) % points.length];
    if (next) twice += x * next[1] - next[0] * y;
  });
  return Math.abs(twice) / 2;
}

export function length_text(value: number): string {
  return value < 1000 ? t("map.metres", { count: value < 10 ? value.toFixed(1) : count_text(Math.round(value)) }) : t("map.kilometres", { count: (value / 1000).toFixed(2) });
}

export function area_text(value: number): string {
  return value < 1_000_000 ? t("map.square_metres", { count: count_text(Math.round(value)) }) : t("map.square_kilometres", { count: (value / 1_000_000).toFixed(2) });
}

// The longest round length that is not wider than so many dots.
export function scale_of(metres_per_dot: number, dots_most: number): { metres: number; dots: number } {
  const most = metres_per_dot * dots_most;
  const step = 10 ** Math.floor(Math.log10(most));
  const round = [5, 2, 1].map((factor) => factor * step).find((one) => one <= most) ?? step;
  return { metres: round, dots: round / metres_per_dot };
}
