// Base map data alone, without MapLibre, is "@chengge/map/base".
export { CityMap, type CasePoint } from "./city_map";
export { read_colours } from "./colours";
export type { HeatStep, Overlay, RasterBase } from "./style";
