import { computed, ref, type ComputedRef, type Ref } from "vue";
import { NoAnswer, photo_bytes_max, upload_photo, uuid_v7 } from "@chengge/api";
import { t } from "../i18n";
import { sentence_of } from "../state/sentences";

export interface Photo {
  media_id: string;
  name: string;
  preview?: string; // an address of the browser's own
  share: number; // of the upload, 0…1
  state: "sending" | "ready" | "failed";
  fault?: string;
  file?: File;
}

// Photos on their way to the server. Ids are made here, so sending one again is the same photo.
export function usePhotos(): {
  photos: Ref<Photo[]>;
  ready_ids: ComputedRef<string[]>;
  is_sending: ComputedRef<boolean>;
  add: (files: Iterable<File>) => void;
  add_known: (media_id: string) => void;
  again: (media_id: string) => void;
  remove: (media_id: string) => void;
  clear: () => void;
} {
  const photos = ref<Photo[]>([]);
  const change = (media_id: string, next: Partial<Photo>): void => {
    photos.value = photos.value.map((photo) => (photo.media_id === media_id ? { ...photo, ...next } : photo));
  };

  async function send(media_id: string, file: File, tries = 0): Promise<void> {
    change(media_id, { state: "sending", share: 0 });
    try {
      await upload_photo(file, media_id, (share) => change(media_id, { share }));
      change(media_id, { state: "ready", share: 1 });
    } catch (error) {
      if (error instanceof NoAnswer && tries < 4) {
        await new Promise((resolve) => setTimeout(resolve, 1500 * (tries + 1)));
        return send(media_id, file, tries + 1);
      }
      change(media_id, { state: "failed", fault: sentence_of(error) });
    }
  }

  function add(files: Iterable<File>): void {
    for (const file of files) {
      const media_id = uuid_v7();
      const photo: Photo = { media_id, name: file.name, preview: URL.createObjectURL(file), share: 0, state: "sending", file };
      const refused = refusal_of_file(file);
      photos.value = [...photos.value, refused ? { ...photo, state: "failed", fault: refused } : photo];
      if (!refused) void send(media_id, file);
    }
  }
  const add_known = (media_id: string): void => {
    if (!photos.value.some((photo) => photo.media_id === media_id)) {
      photos.value = [...photos.value, { media_id, name: "", share: 1, state: "ready" }];
    }
  };
  function again(media_id: string): void {
    const photo = photos.value.find((one) => one.media_id === media_id);
    if (photo?.file && !refusal_of_file(photo.file)) void send(media_id, photo.file);
  }
  function remove(media_id: string): void {
    const photo = photos.value.find((one) => one.media_id === media_id);
    if (photo?.preview) URL.revokeObjectURL(photo.preview);
    photos.value = photos.value.filter((one) => one.media_id !== media_id);
  }
  const clear = (): void => photos.value.forEach((photo) => remove(photo.media_id));

  return {
    photos,
    ready_ids: computed(() => photos.value.filter((photo) => photo.state === "ready").map((photo) => photo.media_id)),
    is_sending: computed(() => photos.value.some((photo) => photo.state === "sending")),
    add, add_known, again, remove, clear,
  };
}

function refusal_of_file(file: File): string | undefined {
  if (!["image/jpeg", "image/png"].includes(file.type)) return t("photo.wrong_type");
  if (file.size > photo_bytes_max) return t("photo.too_large", { size: Math.ceil(file.size / 1024 / 1024) });
  return undefined;
}
