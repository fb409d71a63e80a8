// The map reads the same tokens as the page; nothing here names a colour.
const names = [
  "map-land", "map-block", "map-building", "map-road", "map-road-main", "map-casing", "map-water", "map-green",
  "map-label", "map-water-label", "map-halo", "brand", "brand-ink", "on-brand", "green-fill", "yellow-fill", "red-fill",
  "paused-fill", "ink", "ink-3", "surface", "control",
] as const;
export type Colours = Record<(typeof names)[number], string>;

// As they are where the map is: a sheet of paper is light on a dark page too.
export function read_colours(place: Element): Colours {
  const style = getComputedStyle(place);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colours;
}
