import createClient from "openapi-fetch";
import type { paths } from "./generated/contract";
import { NoAnswer, refusal_of } from "./problem";

export type Language = "zh" | "en";

let language: Language = "zh";
export function set_language(next: Language): void {
  language = next;
}

// For whom somebody acts (代办); the server checks that they may.
let acting_for: string | undefined;
export function set_acting_for(person_id: string | undefined): void {
  acting_for = person_id;
}

const busy_tries = 3;
const busy_pause_max_s = 5;
async function is_busy(answer: Response): Promise<boolean> {
  if (answer.status !== 503) return false;
  const body: unknown = await answer.clone().json().catch(() => undefined);
  return refusal_of(body, answer.status).code === "server_busy";
}
// A server with too much to do says so before it has begun: what was asked is asked again for the person who waits, each at another
// moment. Exported for its test.
export async function send_until_taken(request: Request): Promise<Response> {
  const { method, headers, credentials, signal } = request;
  const bytes = ["GET", "HEAD"].includes(method) ? undefined : await request.arrayBuffer(); // a body is read once, and sent as often
  const body = bytes && bytes.byteLength > 0 ? bytes : null;
  for (let tried = 1; ; tried += 1) {
    const answer = await fetch(request.url, { method, headers, credentials, signal, body });
    if (tried > busy_tries || !(await is_busy(answer))) return answer;
    const pause_s = Math.min(Number(answer.headers.get("Retry-After")) || 1, busy_pause_max_s);
    await new Promise((resume) => setTimeout(resume, pause_s * (1 + Math.random() / 2) * 1000));
  }
}

async function send(request: Request): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set("Accept-Language", language === "zh" ? "zh-CN" : "en");
  if (acting_for) headers.set("X-Acting-For", acting_for);
  try {
    return await send_until_taken(new Request(request, { headers, credentials: "same-origin" }));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new NoAnswer(error);
  }
}

// Every path, parameter and answer below is checked against the contract by the compiler.
export const client = createClient<paths>({ baseUrl: "/", fetch: send });

// The session ended somewhere: time, a password change, another person.
let signed_out: () => void = () => undefined;
export function on_signed_out(listener: () => void): void {
  signed_out = listener;
}

// The data of an answer, or a Refusal with the server's sentence, or NoAnswer.
export async function ask<Data>(
  answer: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await answer;
  if (!response.ok) {
    const refusal = refusal_of(error, response.status);
    if (refusal.code === "unauthorized") signed_out();
    throw refusal;
  }
  return data as Data;
}
