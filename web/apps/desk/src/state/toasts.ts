import { ref } from "vue";

export interface Toast {
  id: number;
  kind: "done" | "refused" | "read_out";
  title: string;
  text?: string;
  request_id?: string;
}

export const toasts = ref<Toast[]>([]);
let last_id = 0;

// What is to be read out to a caller stays until it is put away; the rest goes by itself.
export function say(toast: Omit<Toast, "id">): void {
  last_id += 1;
  const id = last_id;
  toasts.value = [...toasts.value.slice(-3), { ...toast, id }];
  if (toast.kind !== "read_out") setTimeout(() => put_away(id), toast.kind === "refused" ? 15_000 : 6_000);
}

export function put_away(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}
