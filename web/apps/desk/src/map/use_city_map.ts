// A map of the city in a frame of the page: in the theme's colours, closed with the page.
import { onBeforeUnmount, shallowRef, watch, type ShallowRef } from "vue";
import { CityMap } from "@chengge/map";
import { all_regions } from "@chengge/map/base";
import { t } from "../i18n";
import { useSession } from "../state/session";
import { theme } from "../state/settings";

interface Start {
  at?: { lon?: number | null | undefined; lat?: number | null | undefined } | undefined; // absent: somewhere in the city
  zoom: number;
  cluster?: boolean;
}
interface OwnMap {
  map: Readonly<ShallowRef<CityMap | undefined>>;
  // Nothing when the frame is not there or has its map already.
  open(start: Start): CityMap | undefined;
  close(): void;
}

const somewhere = { lon: 110.36, lat: 21.27 };

export function useCityMap(frame: Readonly<ShallowRef<HTMLElement | null>>): OwnMap {
  const map = shallowRef<CityMap>();
  function open({ at, zoom, cluster = false }: Start): CityMap | undefined {
    if (!frame.value || map.value) return undefined;
    const words = { zoom_in: t("map.zoom_in"), zoom_out: t("map.zoom_out"), map: t("map.title") };
    map.value = new CityMap(frame.value, { center: [at?.lon ?? somewhere.lon, at?.lat ?? somewhere.lat], zoom, cluster, words });
    return map.value;
  }
  function close(): void {
    map.value?.close();
    map.value = undefined;
  }
  watch(theme, () => map.value?.use_theme());
  onBeforeUnmount(close);
  return { map, open, close };
}

// Where a map begins that has no place of its own: the person's district, else the first.
export async function home_place(): Promise<{ lon: number; lat: number } | undefined> {
  const own = useSession().me?.organisation.region_code;
  const regions = await all_regions().catch(() => []);
  const home = regions.find((one) => one.code === own && one.lon !== undefined) ?? regions.find((one) => one.level === "district" && one.lon !== undefined);
  return home?.lon === undefined || home.lat === undefined ? undefined : { lon: home.lon, lat: home.lat };
}
