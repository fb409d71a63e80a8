import type { AllowedAction } from "./types";

const main_key = "E"; // “do it and go on”, the same key on every page

// The next step of the work. Of two candidates it is the one with the main key: a case that waits to be
// closed may also be checked once more, but closing is what it waits for.
export function main_action(actions: readonly AllowedAction[]): AllowedAction | undefined {
  const keyed = actions.filter((action) => action.key === main_key && action.style !== "danger");
  return keyed.find((action) => action.style === "primary") ?? keyed[0] ?? actions.find((action) => action.style === "primary");
}
