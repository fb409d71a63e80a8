import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { send_until_taken } from "../src/client";
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

describe("a server that is busy", () => {
  // Answers so often that it is busy, then with what it was sent.
  async function with_server(busy: number, code: string, act: (url: string) => Promise<void>): Promise<number> {
    let asked = 0;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        asked += 1;
        response.writeHead(asked > busy ? 200 : 503, { "Content-Type": "application/problem+json", "Retry-After": "0.01" });
        response.end(asked > busy ? body : JSON.stringify({ type: "t", title: "t", status: 503, code, detail: "d" }));
      });
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    try {
      await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    } finally {
      server.close();
    }
    return asked;
  }
  const post = (url: string): Request => new Request(url, { method: "POST", body: "井盖" });

  it("is asked again with the same words", async () => {
    const asked = await with_server(2, "server_busy", async (url) => expect(await (await send_until_taken(post(url))).text()).toBe("井盖"));
    expect(asked).toBe(3);
  });
  it("is left alone when it stays busy, and its sentence can be read", async () => {
    const asked = await with_server(99, "server_busy", async (url) => {
      const answer = await send_until_taken(post(url));
      expect(((await answer.json()) as { code: string }).code).toBe("server_busy");
    });
    expect(asked).toBe(4);
  });
  it("is not asked again when it may have begun", async () => {
    expect(await with_server(99, "storage_failed", async (url) => expect((await send_until_taken(post(url))).status).toBe(503))).toBe(1);
  });
});
