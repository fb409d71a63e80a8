import type { components, operations } from "./generated/contract";

export type Schemas = components["schemas"];
export type Operations = operations;
export { ask, client, on_signed_out, set_acting_for, set_language, type Language } from "./client";
export { uuid_v7 } from "./ids";
export { media_url, photo_bytes_max, upload_photo, type Media } from "./media";
export { is_worth_resending, NoAnswer, Refusal, refusal_of, type Problem } from "./problem";
export { FeedStream, type StreamEntry, type StreamState } from "./stream";
