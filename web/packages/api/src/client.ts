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

async function send(request: Request): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set("Accept-Language", language === "zh" ? "zh-CN" : "en");
  if (acting_for) headers.set("X-Acting-For", acting_for);
  try {
    return await fetch(new Request(request, { headers, credentials: "same-origin" }));
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
