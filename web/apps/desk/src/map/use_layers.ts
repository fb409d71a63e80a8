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
  paper_overlay(): Promise<Overlay | undefined>; // the same in the light theme
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

  const style_of = async (wanted: typeof theme.value): Promise<Overlay> => (await ask(client.GET("/api/v1/map/style.json", { params: { query: { theme: wanted } } }))) as unknown as Overlay;
  const list_of = async (): Promise<MapLayer[]> => (await ask(client.GET("/api/v1/map/layers"))).items;
  let loads = 0;
  let loading = Promise.resolve();
  function load(): Promise<void> {
    loading = read_all((loads += 1));
    return loading;
  }
  async function read_all(mine: number): Promise<void> {
    try {
      const [list, drawn] = await Promise.all([list_of(), style_of(theme.value)]);
      if (mine !== loads) return; // asked again meanwhile: what came late may be old
      layers.value = list;
      style.value = drawn;
      fault.value = undefined;
      const with_classes = list.filter((one) => one.legend.some((entry) => entry.class_code));
      const definitions = await Promise.all(with_classes.map((one) => ask(client.GET("/api/v1/registry/layers/{layer}", { params: { path: { layer: one.id } } }))));
      if (mine !== loads) return;
      counts.value = Object.fromEntries(definitions.map((one) => [one.id, Object.fromEntries(one.classes.map((item) => [item.code, item.count]))]));
    } catch (error) {
      if (mine === loads) fault.value = sentence_of(error);
    }
  }
  // What came into force while nobody listened: after the list was read, before the stream was open, or while it was broken.
  async function catch_up(): Promise<void> {
    await loading;
    const versions = (list: MapLayer[]): string => list.map((one) => `${one.id} ${one.version}`).join();
    const now = await list_of().catch(() => undefined);
    if (!now || fault.value || versions(now) !== versions(layers.value)) await load();
  }

  // Only what is shown; hidden classes are left out by the server, so that the counts of gathered points are of what is shown.
  function shown_of(whole_style: Overlay): Overlay {
    const sources: Overlay["sources"] = {};
    const drawn: LayerSpecification[] = [];
    for (const one of whole_style.layers) {
      const source = "source" in one && typeof one.source === "string" ? one.source : "";
      const whole = whole_style.sources[source];
      if (!shown.value.includes(source) || !whole) continue;
      const hidden = hidden_classes.value[source] ?? [];
      // The base map has sources called cells and regions too.
      const own = `layer/${source}`;
      const without = hidden.length > 0 ? `?without=${[...hidden].sort().join()}` : "";
      sources[own] = "tiles" in whole && whole.tiles ? { ...whole, tiles: whole.tiles.map((tile) => tile + without) } : whole;
      drawn.push({ ...one, source: own } as LayerSpecification);
    }
    return { sources, layers: drawn };
  }
  const overlay = computed(() => style.value && shown_of(style.value));
  const paper_overlay = async (): Promise<Overlay | undefined> => (theme.value === "light" ? overlay.value : shown_of(await style_of("light")));

  watch(shown, (next) => localStorage.setItem(kept_key, JSON.stringify(next)), { deep: true });
  watch([locale, theme], () => void load(), { immediate: true });

  let pausing: ReturnType<typeof setTimeout> | undefined;
  const stream = new EventSource("/api/v1/map/changes");
  stream.onmessage = () => {
    clearTimeout(pausing);
    pausing = setTimeout(() => void load(), 150);
  };
  stream.onopen = () => {
    is_late.value = false;
    void catch_up();
  };
  stream.onerror = () => (is_late.value = true);
  onBeforeUnmount(() => {
    clearTimeout(pausing);
    stream.close();
  });
  return { layers, shown, hidden_classes, counts, overlay, paper_overlay, fault, is_late, load };
}
