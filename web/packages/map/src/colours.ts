// The map reads the same tokens as the page; nothing here names a colour.
const names = [
  "map-land", "map-block", "map-building", "map-road", "map-road-main", "map-casing", "map-water", "map-green",
  "map-label", "map-water-label", "map-halo", "brand", "brand-ink", "on-brand", "green-fill", "yellow-fill", "red-fill",
  "paused-fill", "ink", "ink-3", "surface", "control",
] as const;
export type Colours = Record<(typeof names)[number], string>;

export function read_colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colours;
}
