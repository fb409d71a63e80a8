// Base map data alone, without MapLibre, is "@chengge/map/base".
export { CityMap, type CasePoint, type Picture } from "./city_map";
export type { HeatStep, Overlay, RasterBase } from "./style";
