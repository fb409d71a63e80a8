import { t } from "../i18n";

export const map_words = (): { zoom_in: string; zoom_out: string; map: string } => ({
  zoom_in: t("map.zoom_in"),
  zoom_out: t("map.zoom_out"),
  map: t("map.title"),
});
