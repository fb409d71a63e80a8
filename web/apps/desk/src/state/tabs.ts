import { ref, watch } from "vue";

// The open pages of the tab strip. The inbox is always the first and has no ✕.
export interface PageTab {
  path: string;
  title: string;
}
const key = "chengge.tabs";
export const tabs = ref<PageTab[]>(JSON.parse(sessionStorage.getItem(key) ?? "[]") as PageTab[]);
watch(tabs, (value) => sessionStorage.setItem(key, JSON.stringify(value)));

const tabs_max = 9;

export function open_tab(path: string, title: string): void {
  const at = tabs.value.findIndex((tab) => tab.path === path);
  if (at >= 0) tabs.value = tabs.value.map((tab, index) => (index === at ? { path, title } : tab));
  else tabs.value = [...tabs.value.slice(-(tabs_max - 1)), { path, title }];
}
export function close_tab(path: string): void {
  tabs.value = tabs.value.filter((tab) => tab.path !== path);
}
export function close_all_tabs(): void {
  tabs.value = [];
}
