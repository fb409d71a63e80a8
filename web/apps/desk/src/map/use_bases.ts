// Foreign base maps: which the city has, which is chosen, and that our own is shown when one fails.
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { ask, client, type Schemas } from "@chengge/api";
import type { RasterBase } from "@chengge/map";
import { locale, t } from "../i18n";

export type BaseMap = Schemas["BaseMap"];

interface Bases {
  bases: ShallowRef<BaseMap[]>;
  ground: Ref<string>; // the chosen base; empty: our own
  names: Ref<string[]>; // those that lie over it
  faults: Ref<Record<string, string>>; // a sentence for each that failed
  drawn: ComputedRef<RasterBase[]>;
  attribution: ComputedRef<string>;
  choose(id: string): void;
  toggle_names(id: string): void;
  failed(id: string, status: number, body: Blob | undefined): Promise<void>;
}

const kept_key = "map.base";

function read_kept(): { ground: string; names: string[] } {
  try {
    const kept = JSON.parse(localStorage.getItem(kept_key) ?? "null") as { ground?: unknown; names?: unknown } | null;
    const names = Array.isArray(kept?.names) ? kept.names.filter((one): one is string => typeof one === "string") : [];
    return { ground: typeof kept?.ground === "string" ? kept.ground : "", names };
  } catch {
    return { ground: "", names: [] };
  }
}

// The server's own sentence of a refused tile.
async function sentence_in(body: Blob | undefined): Promise<string> {
  try {
    const problem = JSON.parse((await body?.text()) ?? "") as { detail?: unknown };
    return typeof problem.detail === "string" ? problem.detail : "";
  } catch {
    return "";
  }
}

export function useBases(): Bases {
  const kept = read_kept();
  const bases = shallowRef<BaseMap[]>([]);
  const ground = ref(kept.ground);
  const names = ref<string[]>(kept.names);
  const faults = ref<Record<string, string>>({});

  // Without the list the map is as it always was.
  async function load(): Promise<void> {
    bases.value = (await ask(client.GET("/api/v1/map/bases")).catch(() => ({ items: [] }))).items;
  }
  const shown = computed(() => bases.value.filter((one) => (one.id === ground.value || names.value.includes(one.id)) && !(one.id in faults.value)));
  const drawn = computed<RasterBase[]>(() => shown.value.map((one) => ({ id: one.id, tiles: location.origin + one.tiles, zoom_min: one.zoom_min, zoom_most: one.zoom_most, is_overlay: one.is_overlay })));
  const attribution = computed(() => [...new Set(shown.value.map((one) => one.attribution))].join(" · "));
  const keep = (): void => localStorage.setItem(kept_key, JSON.stringify({ ground: ground.value, names: names.value }));

  function choose(id: string): void {
    const overlays = bases.value.filter((one) => one.is_overlay).map((one) => one.id);
    names.value = id === "" ? [] : names.value.length > 0 ? names.value : overlays;
    ground.value = id;
    faults.value = {}; // whoever chooses again wants it tried again
    keep();
  }
  function toggle_names(id: string): void {
    names.value = names.value.includes(id) ? names.value.filter((one) => one !== id) : [...names.value, id];
    faults.value = {};
    keep();
  }
  async function failed(id: string, status: number, body: Blob | undefined): Promise<void> {
    if (status === 404 || id in faults.value) return; // a place without a picture; or known already
    faults.value = { ...faults.value, [id]: t("map.base_failed") };
    const sentence = await sentence_in(body);
    if (sentence) faults.value = { ...faults.value, [id]: sentence };
    void load();
  }
  watch(locale, () => void load(), { immediate: true });
  return { bases, ground, names, faults, drawn, attribution, choose, toggle_names, failed };
}
