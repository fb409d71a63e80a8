// The layers of the registry on a map: which there are, which are shown, and that a change is seen at once.
import { computed, onBeforeUnmount, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import type { LayerSpecification } from "maplibre-gl";
import { ask, client, type Schemas } from "@chengge/api";
import type { Overlay } from "@chengge/map";
import { locale } from "../i18n";
import { sentence_of } from "../state/sentences";
import { theme } from "../state/settings";

export type MapLayer = Schemas["MapLayer"];

const kept_key = "map.layers";
const first_shown = ["regions", "cells", "components", "heritage_trees"];

interface Layers {
  layers: ShallowRef<MapLayer[]>;
  shown: Ref<string[]>;
  hidden_classes: Ref<Record<string, string[]>>;
  counts: ShallowRef<Record<string, Record<string, number>>>; // of the classes of a layer
  overlay: ComputedRef<Overlay | undefined>;
  fault: Ref<string | undefined>;
  is_late: Ref<boolean>; // the stream that tells of changes is broken
  load(): Promise<void>;
}

function read_kept(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(kept_key) ?? "null");
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === "string") : first_shown;
  } catch {
    return first_shown;
  }
}

export function useLayers(asked?: string[]): Layers {
  const layers = shallowRef<MapLayer[]>([]);
  const style = shallowRef<Overlay>();
  const shown = ref<string[]>(asked && asked.length > 0 ? asked : read_kept());
  const hidden_classes = ref<Record<string, string[]>>({});
  const fault = ref<string>();
  const is_late = ref(false);
  const counts = shallowRef<Record<string, Record<string, number>>>({});

  async function load(): Promise<void> {
    try {
      const [list, drawn] = await Promise.all([
        ask(client.GET("/api/v1/map/layers")),
        ask(client.GET("/api/v1/map/style.json", { params: { query: { theme: theme.value } } })),
      ]);
      layers.value = list.items;
      style.value = drawn as unknown as Overlay;
      fault.value = undefined;
      const with_classes = list.items.filter((one) => one.legend.some((entry) => entry.class_code));
      const definitions = await Promise.all(with_classes.map((one) => ask(client.GET("/api/v1/registry/layers/{layer}", { params: { path: { layer: one.id } } }))));
      counts.value = Object.fromEntries(definitions.map((one) => [one.id, Object.fromEntries(one.classes.map((item) => [item.code, item.count]))]));
    } catch (error) {
      fault.value = sentence_of(error);
    }
  }

  // Only what is shown; hidden classes are left out by the server, so that the counts of gathered points are of what is shown.
  const overlay = computed<Overlay | undefined>(() => {
    if (!style.value) return undefined;
    const sources: Overlay["sources"] = {};
    const drawn: LayerSpecification[] = [];
    for (const one of style.value.layers) {
      const source = "source" in one && typeof one.source === "string" ? one.source : "";
      if (!shown.value.includes(source) || !style.value.sources[source]) continue;
      const hidden = hidden_classes.value[source] ?? [];
      // The base map has sources called cells and regions too.
      const own = `layer/${source}`;
      const whole = style.value.sources[source];
      const without = hidden.length > 0 ? `?without=${[...hidden].sort().join()}` : "";
      sources[own] = "tiles" in whole && whole.tiles ? { ...whole, tiles: whole.tiles.map((tile) => tile + without) } : whole;
      drawn.push({ ...one, source: own } as LayerSpecification);
    }
    return { sources, layers: drawn };
  });

  watch(shown, (next) => localStorage.setItem(kept_key, JSON.stringify(next)), { deep: true });
  watch([locale, theme], () => void load(), { immediate: true });

  let pausing: ReturnType<typeof setTimeout> | undefined;
  const stream = new EventSource("/api/v1/map/changes");
  stream.onmessage = () => {
    clearTimeout(pausing);
    pausing = setTimeout(() => void load(), 150);
  };
  stream.onopen = () => {
    // What came into force while nobody listened.
    if (is_late.value) void load();
    is_late.value = false;
  };
  stream.onerror = () => (is_late.value = true);
  onBeforeUnmount(() => {
    clearTimeout(pausing);
    stream.close();
  });
  return { layers, shown, hidden_classes, counts, overlay, fault, is_late, load };
}
