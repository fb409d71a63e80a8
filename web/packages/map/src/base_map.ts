import { ask, client } from "@chengge/api";
import type { Region } from "@chengge/model";

type Collection = GeoJSON.FeatureCollection;
const wide_layers = "road_main,water,green,rail,bridge";
const near_layers = "road,lane,block,building";
const tile_degrees = 0.02;

// The base map does not change while the page is open: each part is asked for once, by all maps together.
const parts = new Map<string, Promise<Collection>>();
function once(key: string, load: () => Promise<unknown>): Promise<Collection> {
  const known = parts.get(key);
  if (known) return known;
  const part = load().then((value) => value as Collection);
  parts.set(key, part);
  part.catch(() => parts.delete(key));
  return part;
}

export function wide_features(): Promise<Collection> {
  return once("wide", () => ask(client.GET("/api/v1/map/features", { params: { query: { layers: wide_layers } } })));
}

export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
}

// What all of them lie in; nothing of none.
export function bounds_of(features: readonly GeoJSON.Feature[]): Bounds | undefined {
  const all: Bounds = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  const take = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    const [lon, lat]: unknown[] = part;
    if (typeof lon === "number" && typeof lat === "number") {
      all.west = Math.min(all.west, lon);
      all.south = Math.min(all.south, lat);
      all.east = Math.max(all.east, lon);
      all.north = Math.max(all.north, lat);
    } else part.forEach(take);
  };
  for (const one of features) if (one.geometry.type !== "GeometryCollection") take(one.geometry.coordinates);
  return all.west > all.east ? undefined : all;
}

function tiles_of(bounds: Bounds): string[] {
  const tiles: string[] = [];
  const cut = (value: number): number => Math.floor(value / tile_degrees);
  for (let x = cut(bounds.west); x <= cut(bounds.east); x += 1) {
    for (let y = cut(bounds.south); y <= cut(bounds.north); y += 1) {
      const box = [x, y, x + 1, y + 1].map((at) => (at * tile_degrees).toFixed(4));
      tiles.push(box.join());
    }
  }
  return tiles.slice(0, 30);
}

async function joined(bounds: Bounds, kind: string, load: (bbox: string) => Promise<unknown>): Promise<Collection> {
  const tiles = await Promise.all(tiles_of(bounds).map((bbox) => once(`${kind} ${bbox}`, () => load(bbox))));
  return { type: "FeatureCollection", features: tiles.flatMap((tile) => tile.features) };
}

export function near_features(bounds: Bounds): Promise<Collection> {
  return joined(bounds, "near", (bbox) =>
    ask(client.GET("/api/v1/map/features", { params: { query: { layers: near_layers, bbox } } })),
  );
}

export function cells_in(bounds: Bounds): Promise<Collection> {
  return joined(bounds, "cells", (bbox) => ask(client.GET("/api/v1/grid/cells", { params: { query: { bbox } } })));
}

let regions: Promise<Region[]> | undefined;
export function all_regions(): Promise<Region[]> {
  regions ??= ask(client.GET("/api/v1/regions")).then((answer) => answer.items ?? []);
  regions.catch(() => (regions = undefined));
  return regions;
}

export function region_outlines(): Promise<Collection> {
  return once("outlines", () => ask(client.GET("/api/v1/regions", { params: { query: { outline: true } } })));
}

export async function cell_feature(cell_code: string): Promise<GeoJSON.Feature> {
  const answer = await ask(client.GET("/api/v1/grid/cells/{cell_code}", { params: { path: { cell_code } } }));
  return answer as unknown as GeoJSON.Feature;
}

// Another person may see another map; called when the session changes.
export function forget_base_map(): void {
  parts.clear();
  regions = undefined;
}
