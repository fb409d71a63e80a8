// How many cases were reported where: squares over the map, shaded by steps whose numbers stand in the legend.
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { ask, client, type Schemas } from "@chengge/api";
import type { HeatStep } from "@chengge/map";
import { sentence_of } from "../state/sentences";

export interface HeatChoice {
  days: number;
  problem: string; // "", "event/01" for a major class, "event/01001" for a class
  is_open: boolean;
}
interface Heat {
  is_on: Ref<boolean>;
  choice: Ref<HeatChoice>;
  squares: ShallowRef<GeoJSON.FeatureCollection | undefined>;
  steps: ComputedRef<HeatStep[]>;
  most: ComputedRef<number>; // in one square
  total: Ref<number>;
  is_complete: Ref<boolean>;
  fault: Ref<string | undefined>;
  load(box: { west: number; south: number; east: number; north: number }, zoom: number): Promise<void>;
  cases(bbox: string, cursor?: string): Promise<{ items: Schemas["CaseSummary"][]; next_cursor?: string | null }>; // of a square
  search(bbox: string): Record<string, string>; // the same as the address of the case search
}

const opacities = [0.14, 0.28, 0.42, 0.56, 0.7];

// From 1 to the most in at most five steps, each about as many times the one before.
export function heat_steps(most: number): HeatStep[] {
  const froms = new Set<number>();
  const parts = Math.min(opacities.length, most);
  for (let i = 0; i < parts; i += 1) froms.add(most <= opacities.length ? i + 1 : Math.max(i + 1, Math.round(most ** (i / parts))));
  return [...froms].sort((a, b) => a - b).map((from, i) => ({ from, opacity: opacities[i] ?? 0.7 }));
}

export function useHeat(asked: string): Heat {
  const [days = "", problem = "", open = ""] = asked.split(",");
  const is_on = ref(asked !== "");
  const choice = ref<HeatChoice>({ days: [7, 30, 90, 365].includes(Number(days)) ? Number(days) : 30, problem, is_open: open === "open" });
  const squares = shallowRef<GeoJSON.FeatureCollection>();
  const most = computed(() => Math.max(0, ...(squares.value?.features ?? []).map((one) => Number(one.properties?.["count"] ?? 0))));
  const steps = computed(() => heat_steps(most.value));
  const total = ref(0);
  const is_complete = ref(true);
  const fault = ref<string>();
  let asking = 0;
  let since = ""; // the instant from which on the squares count

  const filter = (): { kind?: "component" | "event"; class_code?: string; open?: boolean } => {
    const [kind, class_code] = choice.value.problem.split("/");
    return { ...((kind === "component" || kind === "event") && { kind }), ...(class_code && { class_code }), ...(choice.value.is_open && { open: true }) };
  };
  async function load(box: { west: number; south: number; east: number; north: number }, zoom: number): Promise<void> {
    asking += 1;
    const mine = asking;
    if (!is_on.value) {
      squares.value = undefined;
      return;
    }
    const bbox = [box.west, box.south, box.east, box.north].map((one) => one.toFixed(6)).join();
    try {
      const query = { bbox, zoom: Math.min(18, Math.max(6, Math.floor(zoom) - 1)), days: choice.value.days, ...filter() };
      const found = await ask(client.GET("/api/v1/map/heat", { params: { query } }));
      if (mine !== asking) return;
      fault.value = undefined;
      total.value = found.total;
      since = found.since;
      is_complete.value = found.is_complete;
      squares.value = {
        type: "FeatureCollection",
        features: found.items.map((one) => {
          const [west = 0, south = 0, east = 0, north = 0] = one.bbox;
          const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
          return { type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties: { count: one.count, bbox: one.bbox.join() } };
        }),
      };
    } catch (error) {
      if (mine === asking) fault.value = sentence_of(error);
    }
  }
  const cases = (bbox: string, cursor?: string): ReturnType<Heat["cases"]> =>
    ask(client.GET("/api/v1/cases", { params: { query: { bbox, ...(since && { from: since }), limit: 100, ...filter(), ...(cursor && { cursor }) } } }));
  function search(bbox: string): Record<string, string> {
    const { kind, class_code, open } = filter();
    return { bbox, ...(since && { since }), ...(kind && { kind }), ...(class_code && { class_code }), ...(open && { open: "yes" }) };
  }
  return { is_on, choice, squares, steps, most, total, is_complete, fault, load, cases, search };
}
