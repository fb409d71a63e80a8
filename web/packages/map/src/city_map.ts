import {
  Map as LibreMap, Marker, NavigationControl, ScaleControl, setWorkerUrl, type GeoJSONSource, type MapMouseEvent,
} from "maplibre-gl";
import worker_url from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import type { Light } from "@chengge/model";
import { all_regions, bounds_of, cells_in, near_features, region_outlines, wide_features, type Bounds } from "./base_map";
import { read_colours } from "./colours";
import { light_images } from "./shapes";
import { map_style, type HeatStep, type Overlay, type RasterBase } from "./style";

setWorkerUrl(worker_url);

export interface CasePoint {
  id: string;
  lon: number;
  lat: number;
  light: Light;
  title: string;
}

interface CityMapOptions {
  center: [number, number];
  zoom: number;
  cluster?: boolean;
  words: { zoom_in: string; zoom_out: string; map: string };
  dots?: number; // of the picture for one of the page; absent: as the screen has them
}

// Of a map; width and height in dots of the page, and how many metres one of these is wide.
export interface Picture { url: string; width: number; height: number; metres_per_dot: number }

const near_from_zoom = 13;
const cells_from_zoom = 15;
const paper_wait_ms = 20_000;
const empty: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

// The city's own streets, the grid and the cases on it. Knows MapLibre so that no page has to.
export class CityMap {
  readonly ready: Promise<void>;
  private readonly map: LibreMap;
  private readonly options: CityMapOptions;
  private pin: Marker | undefined;
  private rings: Marker[] = [];
  private readonly data = new Map<string, GeoJSON.FeatureCollection | GeoJSON.Feature>();
  private overlay: Overlay | undefined;
  private bases: readonly RasterBase[] = [];
  private heat_steps: readonly HeatStep[] = [];
  private is_closed = false;

  constructor(container: HTMLElement, options: CityMapOptions) {
    this.options = options;
    this.map = new LibreMap({
      container,
      style: map_style(read_colours(container), { cluster: options.cluster ?? false }),
      ...(options.dots !== undefined && { pixelRatio: options.dots }),
      center: options.center,
      zoom: options.zoom,
      minZoom: 8,
      maxZoom: 19,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      localIdeographFontFamily: '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
      locale: {
        "NavigationControl.ZoomIn": options.words.zoom_in,
        "NavigationControl.ZoomOut": options.words.zoom_out,
        "Map.Title": options.words.map,
      },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new ScaleControl({ maxWidth: 90 }), "bottom-right");
    this.ready = new Promise((resolve) => {
      this.map.once("load", () => {
        this.add_images();
        this.load_base();
        resolve();
      });
    });
    this.map.on("moveend", () => this.load_base());
  }

  // True once everything asked for is drawn; tests and print wait for it.
  when_idle(): Promise<void> {
    return new Promise((resolve) => this.map.once("idle", () => resolve()));
  }

  close(): void {
    this.is_closed = true;
    this.map.remove();
  }

  resize(): void {
    this.map.resize();
  }

  // Layers of the registry between the streets and the names; each of their sources carries its version in its address.
  set_overlay(overlay: Overlay | undefined): void {
    this.overlay = overlay;
    void this.ready.then(() => {
      if (!this.is_closed) this.use_theme();
    });
  }

  // Foreign base maps in place of our ground, and names in place of ours; none: our own.
  set_bases(bases: readonly RasterBase[]): void {
    this.bases = bases;
    void this.ready.then(() => {
      if (!this.is_closed) this.use_theme();
    });
  }

  // A tile of a foreign base that does not come: which base, with what status (0: no answer), and what the answer said.
  on_base_fault(fault: (base: string, status: number, body: Blob | undefined) => void): void {
    this.map.on("error", (event) => {
      const { sourceId: source, error } = event as unknown as { sourceId?: string; error?: { status?: number; body?: Blob } };
      if (source?.startsWith("base/")) fault(source.slice(5), error?.status ?? 0, error?.body);
    });
  }

  // Squares with a count each, shaded by the steps.
  show_heat(squares: GeoJSON.FeatureCollection | undefined, steps: readonly HeatStep[]): void {
    this.heat_steps = steps;
    this.put("heat", squares ?? empty);
    void this.ready.then(() => {
      if (!this.is_closed) this.use_theme();
    });
  }

  // Of a square of the heat map under a click.
  heat_at(lon: number, lat: number): { bbox: string; count: number } | undefined {
    const [found] = this.map.getLayer("heat-fill") ? this.map.queryRenderedFeatures(this.map.project([lon, lat]), { layers: ["heat-fill"] }) : [];
    const bbox: unknown = found?.properties["bbox"];
    const count: unknown = found?.properties["count"];
    return typeof bbox === "string" && typeof count === "number" ? { bbox, count } : undefined;
  }

  use_theme(): void {
    const style = map_style(read_colours(this.map.getContainer()), { cluster: this.options.cluster ?? false, overlay: this.overlay, bases: this.bases, heat: this.heat_steps });
    for (const [name, data] of this.data) {
      const source = style.sources[name];
      if (source?.type === "geojson") source.data = data;
    }
    this.map.setStyle(style, { diff: true });
    this.add_images();
  }

  show_cases(points: readonly CasePoint[]): void {
    this.put("cases", {
      type: "FeatureCollection",
      features: points.map((point) => ({
        type: "Feature",
        geometry: { type: "Point", coordinates: [point.lon, point.lat] },
        properties: { id: point.id, light: point.light, title: point.title },
      })),
    });
  }

  show_cell(cell: GeoJSON.Feature | undefined): void {
    this.put("cell", cell ?? empty);
  }

  show_chosen(feature: GeoJSON.Feature | undefined): void {
    this.put("chosen", feature ?? empty);
  }

  // A way or an area that is being measured: its corners, its line, closed from three corners on when it is an area.
  show_measured(corners: readonly (readonly [number, number])[], is_area: boolean): void {
    const feature = (geometry: GeoJSON.Geometry): GeoJSON.Feature => ({ type: "Feature", geometry, properties: {} });
    const [first] = corners;
    const line = corners.map((at) => [...at]);
    const shapes = is_area && first && corners.length > 2 ? [feature({ type: "Polygon", coordinates: [[...line, [...first]]] }), feature({ type: "LineString", coordinates: [...line, [...first]] })]
      : corners.length > 1 ? [feature({ type: "LineString", coordinates: line })] : [];
    this.put("measure", { type: "FeatureCollection", features: [...shapes, ...corners.map((at) => feature({ type: "Point", coordinates: [...at] }))] });
  }

  view(): { lon: number; lat: number; zoom: number } {
    const center = this.map.getCenter();
    return { lon: center.lng, lat: center.lat, zoom: this.map.getZoom() };
  }

  // The same map as a picture for paper: light whatever the page's theme, two dots for one, with the light look of the
  // layers. It is drawn on a map of its own beside the page, so the screen stays as it is; what does not come in time is left out.
  async on_paper(overlay: Overlay | undefined): Promise<Picture> {
    const { clientWidth, clientHeight } = this.map.getContainer();
    const frame = document.createElement("div");
    frame.dataset["theme"] = "light";
    frame.inert = true;
    frame.style.cssText = `position: fixed; inset-inline-start: -99999px; top: 0; width: ${clientWidth}px; height: ${clientHeight}px`;
    document.body.append(frame);
    let sheet: CityMap | undefined;
    try {
      const { lon, lat, zoom } = this.view();
      sheet = new CityMap(frame, { ...this.options, center: [lon, lat], zoom, dots: 2 });
      for (const [name, data] of this.data) sheet.put(name, data);
      sheet.heat_steps = this.heat_steps;
      sheet.bases = this.bases;
      sheet.set_overlay(overlay);
      const drawn = sheet.ready.then(() => sheet?.when_idle());
      await Promise.race([drawn, new Promise((resolve) => setTimeout(resolve, paper_wait_ms))]);
      return await sheet.picture();
    } finally {
      sheet?.close();
      frame.remove();
    }
  }

  private picture(): Promise<Picture> {
    return new Promise((resolve) => {
      this.map.once("render", () => {
        const canvas = this.map.getCanvas();
        const { lat, zoom } = this.view();
        resolve({
          url: canvas.toDataURL("image/png"), width: canvas.clientWidth, height: canvas.clientHeight,
          metres_per_dot: (40_075_016.7 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** zoom),
        });
      });
      this.map.triggerRepaint();
    });
  }

  // Places of any shape, each with its own code; the chosen one stands out.
  show_areas(areas: GeoJSON.FeatureCollection): void {
    this.put("areas", areas);
  }

  on_area(open: (code: string) => void): void {
    for (const layer of ["area-fill", "area-line"]) {
      this.map.on("click", layer, (event) => {
        const code: unknown = event.features?.[0]?.properties["code"];
        if (typeof code === "string") open(code);
      });
      this.map.on("mouseenter", layer, () => (this.map.getCanvas().style.cursor = "pointer"));
      this.map.on("mouseleave", layer, () => (this.map.getCanvas().style.cursor = ""));
    }
  }

  // A ring while it is being drawn: its corners, its line, from three corners on its area.
  show_outline(corners: readonly (readonly [number, number])[]): void {
    const [first] = corners;
    const feature = (geometry: GeoJSON.Geometry): GeoJSON.Feature => ({ type: "Feature", geometry, properties: {} });
    const points = corners.map((at) => feature({ type: "Point", coordinates: [...at] }));
    const ring = first && corners.length > 2 ? [feature({ type: "Polygon", coordinates: [[...corners, first].map((at) => [...at])] })] : [];
    const line = first && corners.length === 2 ? [feature({ type: "LineString", coordinates: corners.map((at) => [...at]) })] : [];
    this.put("outline", { type: "FeatureCollection", features: [...ring, ...line, ...points] });
  }

  // A ring that was drawn before, to be seen alone.
  show_ring(ring: GeoJSON.Geometry | undefined): void {
    this.put("outline", ring ? { type: "Feature", geometry: ring, properties: {} } : empty);
  }

  move_to(lon: number, lat: number, zoom?: number): void {
    this.map.jumpTo({ center: [lon, lat], ...(zoom !== undefined && { zoom }) });
  }

  // A place that lies under what covers the map's lower edge comes into the middle of the rest.
  uncover(lon: number, lat: number, covered: number): void {
    if (covered > 0 && this.map.project([lon, lat]).y > this.map.getContainer().clientHeight - covered - 24) this.map.easeTo({ center: [lon, lat], offset: [0, -covered / 2], duration: 150 });
  }

  // Close enough to tell one cell from the next; a map that is close already stays as it is.
  come_near(lon: number, lat: number): void {
    if (this.map.getZoom() < 15) this.map.jumpTo({ center: [lon, lat], zoom: 16 });
  }

  fit(bounds: Bounds, padding = 32): void {
    this.map.fitBounds([bounds.west, bounds.south, bounds.east, bounds.north], { padding, animate: false, maxZoom: 16 });
  }

  // Nothing of no features.
  fit_features(features: readonly GeoJSON.Feature[], padding?: number): void {
    const bounds = bounds_of(features);
    if (bounds) this.fit(bounds, padding);
  }

  bounds(): Bounds {
    const box = this.map.getBounds();
    return { west: box.getWest(), south: box.getSouth(), east: box.getEast(), north: box.getNorth() };
  }

  set_pin(lon: number, lat: number, on_moved?: (lon: number, lat: number) => void): void {
    const pin = this.pin ?? new Marker({ element: pin_element(), anchor: "bottom", draggable: on_moved !== undefined });
    if (!this.pin && on_moved) pin.on("dragend", () => on_moved(pin.getLngLat().lng, pin.getLngLat().lat));
    this.pin = pin;
    pin.setLngLat([lon, lat]).addTo(this.map);
  }

  // Numbered rings, red for what has to be mended; the chosen one is filled. They stay above everything else.
  show_rings(rings: readonly { number: number; lon: number; lat: number; is_soft: boolean; title: string }[], open: (at: number) => void): void {
    for (const ring of this.rings) ring.remove();
    this.rings = rings.map((ring, at) => {
      const element = document.createElement("button");
      element.type = "button";
      element.className = ring.is_soft ? "map-ring soft" : "map-ring";
      element.textContent = String(ring.number);
      element.title = ring.title;
      element.addEventListener("click", () => open(at));
      return new Marker({ element }).setLngLat([ring.lon, ring.lat]).addTo(this.map);
    });
  }

  remove_pin(): void {
    this.pin?.remove();
    this.pin = undefined;
  }

  on_pick(pick: (lon: number, lat: number) => void): void {
    this.map.on("click", (event: MapMouseEvent) => pick(event.lngLat.lng, event.lngLat.lat));
  }

  on_case(open: (id: string) => void): void {
    this.map.on("click", "case", (event) => {
      const id: unknown = event.features?.[0]?.properties["id"];
      if (typeof id === "string") open(id);
    });
    this.map.on("click", "cluster-ring", (event) => this.map.easeTo({ center: event.lngLat, zoom: this.map.getZoom() + 2, duration: 150 }));
    for (const layer of ["case", "cluster-ring"]) {
      this.map.on("mouseenter", layer, () => (this.map.getCanvas().style.cursor = "pointer"));
      this.map.on("mouseleave", layer, () => (this.map.getCanvas().style.cursor = ""));
    }
  }

  on_moved(moved: (bounds: Bounds) => void): void {
    this.map.on("moveend", () => moved(this.bounds()));
  }

  private put(name: string, data: GeoJSON.FeatureCollection | GeoJSON.Feature): void {
    this.data.set(name, data);
    void this.ready.then(() => {
      if (!this.is_closed) this.map.getSource<GeoJSONSource>(name)?.setData(data);
    });
  }

  private add_images(): void {
    for (const { name, image } of light_images(read_colours(this.map.getContainer()))) {
      if (this.map.hasImage(name)) this.map.updateImage(name, image);
      else this.map.addImage(name, image);
    }
  }

  // A part that does not come leaves its place blank; the next move of the map asks again.
  private load_base(): void {
    this.load_wide().catch(() => undefined);
    this.load_near().catch(() => undefined);
  }

  private async load_wide(): Promise<void> {
    if (this.data.has("wide")) return;
    const [wide, regions, outlines] = await Promise.all([wide_features(), all_regions(), region_outlines()]);
    this.put("wide", wide);
    this.put("regions", outlines);
    this.put("places", {
      type: "FeatureCollection",
      features: regions
        .filter((region) => region.level === "district" && region.lon !== undefined && region.lat !== undefined)
        .map((region) => ({
          type: "Feature",
          geometry: { type: "Point", coordinates: [region.lon ?? 0, region.lat ?? 0] },
          properties: { name: region.name },
        })),
    });
  }

  private async load_near(): Promise<void> {
    const zoom = this.map.getZoom();
    if (zoom < near_from_zoom) return;
    const bounds = this.bounds();
    this.put("near", await near_features(bounds));
    if (zoom >= cells_from_zoom) this.put("cells", await cells_in(bounds));
  }
}

function pin_element(): HTMLElement {
  const element = document.createElement("div");
  element.className = "map-pin";
  element.innerHTML =
    '<svg viewBox="0 0 24 30" width="30" height="38" aria-hidden="true">' +
    '<path d="M12 29S22 18.500 22 11.500a10 10 0 0 0-20 0C2 18.500 12 29 12 29z"/><circle cx="12" cy="11.500" r="4"/></svg>';
  return element;
}
