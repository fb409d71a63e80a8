import { describe, expect, it } from "vitest";
import { is_worth_resending, NoAnswer, Refusal, refusal_of, uuid_v7 } from "../src/index";

describe("uuid_v7", () => {
  it("carries the time, the version and the variant", () => {
    const id = uuid_v7(Date.UTC(2026, 10, 20));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(Date.UTC(2026, 10, 20));
  });
  it("never repeats", () => {
    expect(new Set(Array.from({ length: 1000 }, () => uuid_v7(1))).size).toBe(1000);
  });
});

describe("refusals", () => {
  it("speaks the server's sentence", () => {
    const body = { type: "t", title: "冲突", status: 409, code: "stale_version", detail: "这件案件刚由苏敏结案。" };
    const refusal = refusal_of(body, 409);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal.message).toBe("这件案件刚由苏敏结案。");
    expect(is_worth_resending(refusal)).toBe(false);
  });
  it("resends only when nobody answered", () => {
    expect(is_worth_resending(new NoAnswer("x"))).toBe(true);
    expect(is_worth_resending(refusal_of("<html>", 503))).toBe(true);
    expect(is_worth_resending(refusal_of("<html>", 500))).toBe(false);
  });
});
