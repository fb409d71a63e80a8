import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Colours } from "./colours";

const font = ["Noto Sans CJK SC"];
const by_zoom = (...stops: (readonly [number, number])[]): ["interpolate", ["exponential", number], ["zoom"], ...number[]] => [
  "interpolate", ["exponential", 1.6], ["zoom"], ...stops.flat(),
];
const layer_is = (...names: string[]): ["in", ["get", string], ["literal", string[]]] => ["in", ["get", "layer"], ["literal", names]];

function ground(c: Colours): LayerSpecification[] {
  return [
    { id: "land", type: "background", paint: { "background-color": c["map-land"] } },
    { id: "green", type: "fill", source: "wide", filter: layer_is("green"), paint: { "fill-color": c["map-green"] } },
    { id: "block", type: "fill", source: "near", minzoom: 13, filter: layer_is("block"), paint: { "fill-color": c["map-block"] } },
    { id: "green-near", type: "fill", source: "near", minzoom: 13, filter: layer_is("green"), paint: { "fill-color": c["map-green"] } },
    { id: "water", type: "fill", source: "wide", filter: layer_is("water"), paint: { "fill-color": c["map-water"] } },
    { id: "building", type: "fill", source: "near", minzoom: 14.5, filter: layer_is("building"), paint: { "fill-color": c["map-building"] } },
    { id: "rail", type: "line", source: "wide", filter: layer_is("rail"),
      paint: { "line-color": c["map-label"], "line-width": 1, "line-dasharray": [6, 2, 1, 2], "line-opacity": 0.6 } },
  ];
}

function roads(c: Colours): LayerSpecification[] {
  const round = { "line-cap": "round", "line-join": "round" } as const;
  const main = layer_is("road_main", "bridge");
  return [
    { id: "lane-casing", type: "line", source: "near", minzoom: 14.5, filter: layer_is("lane"), layout: round,
      paint: { "line-color": c["map-casing"], "line-width": by_zoom([14, 1.5], [18, 12]) } },
    { id: "road-casing", type: "line", source: "near", minzoom: 13, filter: layer_is("road"), layout: round,
      paint: { "line-color": c["map-casing"], "line-width": by_zoom([13, 2.4], [18, 22]) } },
    { id: "main-casing", type: "line", source: "wide", filter: main, layout: round,
      paint: { "line-color": c["map-casing"], "line-width": by_zoom([10, 2], [14, 6], [18, 36]) } },
    { id: "lane", type: "line", source: "near", minzoom: 14.5, filter: layer_is("lane"), layout: round,
      paint: { "line-color": c["map-road"], "line-width": by_zoom([14, 0.8], [18, 10]) } },
    { id: "road", type: "line", source: "near", minzoom: 13, filter: layer_is("road"), layout: round,
      paint: { "line-color": c["map-road"], "line-width": by_zoom([13, 1.4], [18, 19]) } },
    { id: "main", type: "line", source: "wide", filter: main, layout: round,
      paint: { "line-color": c["map-road-main"], "line-width": by_zoom([10, 1.2], [14, 4.4], [18, 32]) } },
  ];
}

function grid(c: Colours): LayerSpecification[] {
  return [
    { id: "cells", type: "line", source: "cells", minzoom: 15,
      paint: { "line-color": c.brand, "line-opacity": 0.3, "line-width": 1, "line-dasharray": [3, 3] } },
    { id: "district-edge", type: "line", source: "regions", filter: ["in", ["get", "level"], ["literal", ["district"]]],
      paint: { "line-color": c["map-label"], "line-opacity": 0.55, "line-width": 1.2, "line-dasharray": [6, 2, 1, 2] } },
    { id: "area-fill", type: "fill", source: "areas", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": ["case", ["==", ["get", "is_open"], true], c["red-fill"], c.brand], "fill-opacity": ["case", ["==", ["get", "is_chosen"], true], 0.34, 0.1] } },
    { id: "area-line", type: "line", source: "areas", paint: { "line-color": ["case", ["==", ["get", "is_open"], true], c["red-fill"], c.brand], "line-width": ["case", ["==", ["get", "is_chosen"], true], 3, ["==", ["get", "place_kind"], "road"], 3, 1.4] } },
    { id: "cell-fill", type: "fill", source: "cell", paint: { "fill-color": c.brand, "fill-opacity": 0.13 } },
    { id: "cell-line", type: "line", source: "cell", paint: { "line-color": c.brand, "line-width": 2 } },
    { id: "outline-fill", type: "fill", source: "outline", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c["red-fill"], "fill-opacity": 0.14 } },
    { id: "outline-line", type: "line", source: "outline", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": c["red-fill"], "line-width": 2.4 } },
    { id: "outline-corner", type: "circle", source: "outline", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 4.5, "circle-color": c.surface, "circle-stroke-color": c["red-fill"], "circle-stroke-width": 2 } },
  ];
}

function names(c: Colours): LayerSpecification[] {
  const halo = { "text-halo-color": c["map-halo"], "text-halo-width": 1.4 };
  return [
    { id: "road-name", type: "symbol", source: "near", minzoom: 15, filter: ["all", layer_is("road"), ["has", "name"]],
      layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": font, "text-size": 12, "symbol-spacing": 400, "text-letter-spacing": 0.1 },
      paint: { "text-color": c["map-label"], ...halo } },
    { id: "main-name", type: "symbol", source: "wide", minzoom: 13, filter: ["all", layer_is("road_main", "bridge"), ["has", "name"]],
      layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": font, "text-size": 13, "symbol-spacing": 420, "text-letter-spacing": 0.15 },
      paint: { "text-color": c["map-label"], ...halo } },
    { id: "water-name", type: "symbol", source: "wide", filter: ["all", layer_is("water"), ["!=", ["get", "name"], ""], ["<=", ["get", "rank"], ["zoom"]]],
      layout: { "text-field": ["get", "name"], "text-font": font, "text-size": 14, "text-letter-spacing": 0.3 },
      paint: { "text-color": c["map-water-label"], "text-halo-color": c["map-water"], "text-halo-width": 1 } },
    { id: "district-name", type: "symbol", source: "places", maxzoom: 14,
      layout: { "text-field": ["get", "name"], "text-font": font, "text-size": 15, "text-letter-spacing": 0.15, "text-allow-overlap": true },
      paint: { "text-color": c.ink, "text-halo-color": c["map-halo"], "text-halo-width": 2 } },
  ];
}

function cases(c: Colours): LayerSpecification[] {
  const worst = ["case", [">", ["get", "red"], 0], "light-red", [">", ["get", "yellow"], 0], "light-yellow", [">", ["get", "green"], 0], "light-green", "light-none"] as const;
  return [
    { id: "cluster-ring", type: "circle", source: "cases", filter: ["has", "point_count"],
      paint: { "circle-color": c.surface, "circle-stroke-color": c.brand, "circle-stroke-width": 1.5,
        "circle-radius": ["interpolate", ["linear"], ["get", "point_count"], 2, 15, 100, 24] } },
    { id: "cluster-shape", type: "symbol", source: "cases", filter: ["has", "point_count"],
      layout: { "icon-image": worst as unknown as string, "icon-size": 0.28, "icon-offset": [0, -24], "icon-allow-overlap": true,
        "text-field": ["get", "point_count_abbreviated"], "text-font": font, "text-size": 12, "text-offset": [0, 0.35], "text-allow-overlap": true },
      paint: { "text-color": c.ink } },
    { id: "case", type: "symbol", source: "cases", filter: ["!", ["has", "point_count"]],
      layout: { "icon-image": ["concat", "light-", ["get", "light"]], "icon-size": ["interpolate", ["linear"], ["zoom"], 11, 0.34, 16, 0.5],
        "icon-allow-overlap": true, "icon-ignore-placement": true,
        "symbol-sort-key": ["match", ["get", "light"], "red", 3, "yellow", 2, 1] } },
  ];
}

const empty = { type: "FeatureCollection", features: [] } as const;
const collection = (): { type: "geojson"; data: GeoJSON.FeatureCollection } => ({ type: "geojson", data: { ...empty, features: [] } });

// A foreign base map: pictures over our own ground, so that one that is missing leaves ours to be seen.
export interface RasterBase {
  id: string;
  tiles: string;
  zoom_min: number;
  zoom_most: number;
  is_overlay: boolean;
}
const base_source = (base: RasterBase): string => `base/${base.id}`;

// How many cases lie in a square: one hue, the more the deeper; each step says from which number on it goes.
export interface HeatStep {
  from: number;
  opacity: number;
}
function heat_squares(c: Colours, steps: readonly HeatStep[]): LayerSpecification[] {
  const [first, ...rest] = steps;
  const opacity = first && rest.length > 0 ? ["step", ["get", "count"], first.opacity, ...rest.flatMap((one) => [one.from, one.opacity])] : (first?.opacity ?? 0.3);
  return [
    { id: "heat-fill", type: "fill", source: "heat", paint: { "fill-color": c["red-fill"], "fill-opacity": opacity as number, "fill-antialias": false } },
  ];
}
// On top of everything that is named: the numbers are what the map is asked for.
function heat_counts(c: Colours): LayerSpecification[] {
  return [
    { id: "heat-count", type: "symbol", source: "heat",
      layout: { "text-field": ["to-string", ["get", "count"]], "text-font": font, "text-size": 13, "text-allow-overlap": true, "text-ignore-placement": false },
      paint: { "text-color": c.ink, "text-halo-color": c["map-halo"], "text-halo-width": 1.8 } },
  ];
}

// What lies under the heat steps back: shapes become outlines, things become dots, names go.
const faint: Partial<Record<LayerSpecification["type"], Record<string, number>>> = {
  fill: { "fill-opacity": 0.06 },
  line: { "line-opacity": 0.3 },
  circle: { "circle-opacity": 0.22, "circle-stroke-opacity": 0.15 },
  symbol: { "icon-opacity": 0.25, "text-opacity": 0 },
};
function faded(layers: readonly LayerSpecification[]): LayerSpecification[] {
  return layers.map((one) => ({ ...one, paint: { ...one.paint, ...faint[one.type] } }) as LayerSpecification);
}

// Layers of the registry, as the server's style has them.
export interface Overlay {
  sources: StyleSpecification["sources"];
  layers: LayerSpecification[];
}

// What was chosen, whatever its shape.
function chosen(c: Colours): LayerSpecification[] {
  return [
    { id: "chosen-fill", type: "fill", source: "chosen", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c.brand, "fill-opacity": 0.13 } },
    { id: "chosen-line", type: "line", source: "chosen", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": c.brand, "line-width": 3 } },
    { id: "chosen-ring", type: "circle", source: "chosen", filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 13, "circle-color": c.brand, "circle-opacity": 0.13, "circle-stroke-color": c.brand, "circle-stroke-width": 2 } },
    { id: "measure-line", type: "line", source: "measure", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": c["brand-ink"], "line-width": 2, "line-dasharray": [2, 1.5] } },
    { id: "measure-fill", type: "fill", source: "measure", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c.brand, "fill-opacity": 0.1 } },
    { id: "measure-corner", type: "circle", source: "measure", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 4, "circle-color": c.surface, "circle-stroke-color": c["brand-ink"], "circle-stroke-width": 2 } },
  ];
}

// Base map and our own layers in one style. No glyph server: names are drawn with the reader's fonts.
export function map_style(c: Colours, options: { cluster: boolean; overlay?: Overlay | undefined; bases?: readonly RasterBase[]; heat?: readonly HeatStep[] }): StyleSpecification {
  const bases = options.bases ?? [];
  const overlay = options.overlay?.layers ?? [];
  const has_heat = (options.heat ?? []).length > 0;
  const rasters = (is_overlay: boolean): LayerSpecification[] => bases.filter((one) => one.is_overlay === is_overlay).map((one) => ({ id: base_source(one), type: "raster", source: base_source(one) }));
  return {
    version: 8,
    sources: {
      ...options.overlay?.sources,
      ...Object.fromEntries(bases.map((one) => [base_source(one), { type: "raster" as const, tiles: [one.tiles], tileSize: 256, minzoom: one.zoom_min, maxzoom: one.zoom_most }])),
      heat: collection(),
      chosen: collection(),
      measure: collection(),
      wide: collection(),
      near: collection(),
      cells: collection(),
      regions: collection(),
      places: collection(),
      cell: collection(),
      areas: collection(),
      outline: collection(),
      cases: {
        ...collection(),
        ...(options.cluster && {
          cluster: true,
          clusterRadius: 44,
          clusterMaxZoom: 14,
          clusterProperties: {
            red: ["+", ["case", ["==", ["get", "light"], "red"], 1, 0]],
            yellow: ["+", ["case", ["==", ["get", "light"], "yellow"], 1, 0]],
            green: ["+", ["case", ["==", ["get", "light"], "green"], 1, 0]],
          },
        }),
      },
    },
    layers: [
      ...ground(c), ...roads(c), ...rasters(false), ...(has_heat ? faded(overlay) : overlay), ...heat_squares(c, options.heat ?? []), ...grid(c),
      ...(bases.some((one) => one.is_overlay) ? rasters(true) : names(c)), ...chosen(c), ...cases(c), ...heat_counts(c),
    ],
  };
}
