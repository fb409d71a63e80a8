import type { InboxItem } from "./types";

export interface InboxRow extends InboxItem {
  is_gone: boolean; // somebody else has taken it on; it stays until the list is renewed
}

export const row_key = (item: InboxItem): string => `${item.case.case_id}/${item.work.subject.kind}/${item.work.subject.id}`;

// The list never moves under the hand: shown rows are updated in place, rows that left are marked,
// new ones wait.
export function merge_inbox(
  shown: readonly InboxRow[],
  fresh: readonly InboxItem[],
  is_complete: boolean,
): { rows: InboxRow[]; waiting: InboxItem[] } {
  const by_key = new Map(fresh.map((item) => [row_key(item), item]));
  const known = new Set(shown.map(row_key));
  const rows = shown.map((row) => {
    const next = by_key.get(row_key(row));
    if (next) return { ...next, is_gone: false };
    return is_complete ? { ...row, is_gone: true } : row;
  });
  return { rows, waiting: fresh.filter((item) => !known.has(row_key(item))) };
}
