import { ref } from "vue";

// The server's time, also when this computer's clock is wrong.
let ahead_ms = 0;
export const now_ms = ref(Date.now());

export function hear_server_time(instant: string): void {
  ahead_ms = Date.parse(instant) - Date.now();
  tick();
}

function tick(): void {
  now_ms.value = Date.now() + ahead_ms;
}
setInterval(tick, 5000);
document.addEventListener("visibilitychange", tick);
