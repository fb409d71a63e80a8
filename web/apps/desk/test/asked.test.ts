import { describe, expect, it, vi } from "vitest";

vi.mock("../src/state/sentences", () => ({ sentence_of: (error: unknown) => `refused: ${String((error as Error).message)}` }));
const { useAsked } = await import("../src/state/asked");
const { usePaged } = await import("../src/state/paged");

// Questions that are answered when the test says so.
function desk<Answer>() {
  const waiting: { give: (answer: Answer) => void; refuse: (why: string) => void }[] = [];
  const question = (): Promise<Answer> =>
    new Promise((resolve, reject) => waiting.push({ give: resolve, refuse: (why) => reject(new Error(why)) }));
  return { waiting, question };
}

describe("what is asked", () => {
  it("shows the answer of the newest question, whatever comes later", async () => {
    const { waiting, question } = desk<string>();
    const asked = useAsked(question);
    const first = asked.load();
    const second = asked.load();
    waiting[1]?.give("new");
    await second;
    waiting[0]?.give("old");
    await first;
    expect(asked.answer.value).toBe("new");
    expect(asked.is_loading.value).toBe(false);
  });
  it("does not show an old refusal either, and keeps the answer when a newer one is refused", async () => {
    const { waiting, question } = desk<string>();
    const asked = useAsked(question);
    const first = asked.load();
    const second = asked.load();
    waiting[1]?.give("new");
    waiting[0]?.refuse("old");
    await Promise.all([first, second]);
    expect(asked.fault.value).toBeUndefined();
    const third = asked.load();
    waiting[2]?.refuse("busy");
    await third;
    expect(asked.fault.value).toBe("refused: busy");
    expect(asked.answer.value).toBe("new");
  });
  it("forgets what is on its way", async () => {
    const { waiting, question } = desk<string>();
    const asked = useAsked(question);
    const first = asked.load();
    asked.forget();
    waiting[0]?.give("somebody else's");
    await first;
    expect(asked.answer.value).toBeUndefined();
    expect(asked.is_loading.value).toBe(false);
  });
});

describe("a list in pages", () => {
  it("appends the next page once, and begins anew when loaded again", async () => {
    const cursors: (string | undefined)[] = [];
    const list = usePaged<number>((cursor) => {
      cursors.push(cursor);
      return Promise.resolve(cursor ? { items: [3], next_cursor: null } : { items: [1, 2], next_cursor: "two" });
    });
    expect(list.is_loaded.value).toBe(false);
    await list.load();
    expect(list.has_more.value).toBe(true);
    await Promise.all([list.load_more(), list.load_more()]);
    expect(list.rows.value).toEqual([1, 2, 3]);
    await list.load_more();
    await list.load();
    expect(list.rows.value).toEqual([1, 2]);
    expect(cursors).toEqual([undefined, "two", undefined]);
  });
  it("lets a next page go that comes after a new filter", async () => {
    const { waiting, question } = desk<{ items: string[]; next_cursor: string | null }>();
    const list = usePaged<string>(question);
    const first = list.load();
    waiting[0]?.give({ items: ["a"], next_cursor: "more" });
    await first;
    const more = list.load_more();
    const filtered = list.load();
    waiting[2]?.give({ items: ["b"], next_cursor: null });
    await filtered;
    waiting[1]?.give({ items: ["a2"], next_cursor: null });
    await more;
    expect(list.rows.value).toEqual(["b"]);
    expect(list.has_more.value).toBe(false);
  });
});
