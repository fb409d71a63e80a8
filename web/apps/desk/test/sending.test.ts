import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NoAnswer, refusal_of } from "@chengge/api";

vi.hoisted(() => vi.stubGlobal("localStorage", { getItem: () => null })); // where the language is kept
const { useOwnId, useSending } = await import("../src/state/sending");
const { t } = await import("../src/i18n");
const { toasts } = await import("../src/state/toasts");

const refusal = refusal_of({ type: "t", title: "冲突", status: 409, code: "stale_version", detail: "这件案件刚由苏敏结案。" }, 409);
const fail_with = (error: unknown) => (): Promise<void> => Promise.reject(error);
const succeed = (): Promise<void> => Promise.resolve();

describe("useSending", () => {
  beforeEach(() => void vi.useFakeTimers()); // a toast goes by itself
  afterEach(() => {
    toasts.value = [];
    vi.useRealTimers();
  });

  it("does nothing on a second press", async () => {
    const { is_busy, send } = useSending();
    let finish = (): void => undefined;
    const act = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    const first = send(act);
    expect(is_busy.value).toBe(true);
    expect(await send(act)).toBe(false);
    expect(act).toHaveBeenCalledTimes(1);
    expect(is_busy.value).toBe(true);
    finish();
    expect(await first).toBe(true);
    expect(is_busy.value).toBe(false);
  });
  it("says what was refused, and may be tried again", async () => {
    const { fault, is_busy, send } = useSending();
    expect(await send(fail_with(refusal))).toBe(false);
    expect(fault.value).toBe("这件案件刚由苏敏结案。");
    expect(is_busy.value).toBe(false);
    expect(await send(succeed)).toBe(true);
    expect(fault.value).toBeUndefined();
  });
  it("clears what was refused when the next begins", async () => {
    const { fault, send } = useSending();
    await send(fail_with(refusal));
    let seen = fault.value;
    await send(async () => void (seen = fault.value));
    expect(seen).toBeUndefined();
  });
  it("keeps what the act itself found wanting", async () => {
    const { fault, send } = useSending();
    await send(async () => void (fault.value = "x"));
    expect(fault.value).toBe("x");
  });
  it("has our own sentence when nobody answered or the page is at fault", async () => {
    const { fault, send } = useSending();
    await send(fail_with(new NoAnswer("x")));
    expect(fault.value).toBe(t("error.no_answer"));
    await send(fail_with(new TypeError("x")));
    expect(fault.value).toBe(t("error.page"));
  });
  it("given a title, leaves only the server's no at the form", async () => {
    const { fault, is_busy, send } = useSending();
    expect(await send(fail_with(refusal), "x")).toBe(false);
    expect(fault.value).toBe("这件案件刚由苏敏结案。");
    expect(await send(fail_with(new NoAnswer("y")), "x")).toBe(false);
    expect(fault.value).toBeUndefined();
    expect(toasts.value.map((one) => one.title)).toEqual(["x"]);
    await expect(send(fail_with(new TypeError("y")), "x")).rejects.toThrow(TypeError);
    expect(is_busy.value).toBe(false);
  });
});

describe("the id of what is sent", () => {
  it("stays with the same words until they have arrived", () => {
    const own_id = useOwnId();
    const first = own_id.of({ words: "路灯不亮" });
    expect(own_id.of({ words: "路灯不亮" })).toBe(first);
    expect(own_id.of({ words: "路灯又不亮" })).not.toBe(first);
    const again = own_id.of({ words: "路灯不亮" });
    own_id.renew();
    expect(own_id.of({ words: "路灯不亮" })).not.toBe(again);
  });
});
