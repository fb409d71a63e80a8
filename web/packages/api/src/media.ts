import type { components } from "./generated/contract";
import { NoAnswer, refusal_of } from "./problem";

export type Media = components["schemas"]["Media"];
export const photo_bytes_max = 20 * 1024 * 1024;

export function media_url(media_id: string, size: "thumbnail" | "large" | "original"): string {
  return `/api/v1/media/${encodeURIComponent(media_id)}/${size}`;
}

// XMLHttpRequest because fetch cannot tell how much has been sent.
export function upload_photo(file: Blob, media_id: string, on_progress: (share: number) => void): Promise<Media> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/media");
    request.setRequestHeader("Content-Type", file.type === "image/png" ? "image/png" : "image/jpeg");
    request.setRequestHeader("X-Media-Id", media_id);
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) on_progress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Media);
      else reject(refusal_of(request.response, request.status));
    };
    request.onerror = () => reject(new NoAnswer(request.statusText));
    request.send(file);
  });
}
