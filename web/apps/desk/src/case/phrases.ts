import { ref } from "vue";
import { ask, client, uuid_v7 } from "@chengge/api";
import { locale } from "../i18n";
import { useSession } from "../state/session";

// 常用语: a person's own first, then those of the post. Kept on the server, so that they follow the person.
const known = ref<string[]>([]);
let asked_for: string | undefined;

async function load(reader: string): Promise<void> {
  asked_for = reader;
  known.value = [];
  try {
    const { items } = await ask(client.GET("/api/v1/hotline/phrases"));
    if (asked_for === reader) known.value = items.map((one) => one.words);
  } catch {
    asked_for = undefined; // asked again when they are wanted
  }
}

export function phrases(): string[] {
  const session = useSession();
  const reader = `${session.me?.person_id ?? ""} ${locale.value}`;
  if (asked_for !== reader && session.may("case.act")) void load(reader);
  return known.value.slice(0, 9);
}

export async function keep_phrase(words: string): Promise<void> {
  known.value = [words, ...known.value.filter((one) => one !== words)];
  await ask(client.POST("/api/v1/hotline/phrases", { body: { phrase_id: uuid_v7(), words } })).catch(() => undefined);
}
