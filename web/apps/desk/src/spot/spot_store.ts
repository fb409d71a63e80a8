// What a collector has begun on the spot and not yet sent, photos included: in the browser's own database, so that a
// closed page or a lost network loses nothing. Ids are made here; sending again is the same.
export interface SpotPlace {
  lon: number;
  lat: number;
  coord_type: "wgs84" | "cgcs2000";
}
export interface SpotPhoto {
  media_id: string;
  bytes: Blob | undefined; // undefined: on the server already
  is_sent: boolean;
}
export interface SpotJob {
  case_id: string;
  person_id: string;
  begun_at_ms: number;
  kind: string;
  class_code: string;
  class_name: string;
  words: string;
  place: SpotPlace;
  address?: string; // absent: none was known
  before: SpotPhoto | undefined; // undefined: begun on another device
  is_reported: boolean;
  reported_at_ms: number | undefined;
  after: SpotPhoto | undefined;
  after_place: SpotPlace | undefined;
  step_id: string;
  fault: string | undefined; // the server's sentence
}

const name = "chengge.spot";
const store = "jobs";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(store, { keyPath: "case_id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("no database"));
  });
}
async function run<Answer>(mode: IDBTransactionMode, act: (jobs: IDBObjectStore) => IDBRequest<Answer>): Promise<Answer> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(store, mode);
      const request = act(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error ?? new Error("not kept"));
      transaction.onabort = () => reject(transaction.error ?? new Error("not kept"));
    });
  } finally {
    database.close();
  }
}
export const keep_job = (job: SpotJob): Promise<unknown> => run("readwrite", (jobs) => jobs.put(job));
export const drop_job = (case_id: string): Promise<unknown> => run("readwrite", (jobs) => jobs.delete(case_id));
export async function jobs_of(person_id: string): Promise<SpotJob[]> {
  const all = await run<SpotJob[]>("readonly", (jobs) => jobs.getAll() as IDBRequest<SpotJob[]>);
  return all.filter((job) => job.person_id === person_id).sort((a, b) => a.begun_at_ms - b.begun_at_ms);
}
