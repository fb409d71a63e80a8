// Screenshots small enough for a repository: 256 colours by median cut, one byte a pixel, deflated.
import { deflateSync, crc32 } from "node:zlib";
import type { Page } from "@playwright/test";

interface Indexed {
  width: number;
  height: number;
  palette: number[]; // r, g, b, …
  indices: string; // base64
}

export async function small_png(page: Page, png: Buffer): Promise<Buffer> {
  const easel = await page.context().newPage();
  const indexed = await easel.evaluate(quantise, png.toString("base64"));
  await easel.close();
  return encode(indexed);
}

function encode({ width, height, palette, indices }: Indexed): Buffer {
  const pixels = Buffer.from(indices, "base64");
  const rows = Buffer.alloc((width + 1) * height); // each row after its filter byte, 0
  for (let y = 0; y < height; y += 1) pixels.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8); // 8 bits, palette
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head), chunk("PLTE", Buffer.from(palette)), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0)),
  ]);
}
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

// Runs in the browser, which knows how to read a PNG.
async function quantise(base64: string): Promise<Indexed> {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no canvas");
  pen.drawImage(bitmap, 0, 0);
  const { data } = pen.getImageData(0, 0, width, height);
  // Colours by their upper five bits, counted; the counts are kept small so that flat areas do not eat the palette.
  const counts = new Map<number, [number, number, number, number]>();
  for (let i = 0; i < data.length; i += 4) {
    const [r = 0, g = 0, b = 0] = [data[i], data[i + 1], data[i + 2]];
    const key = ((r >> 3) << 10) | ((g >> 3) << 5) | (b >> 3);
    const sum = counts.get(key);
    if (sum) {
      sum[0] += r;
      sum[1] += g;
      sum[2] += b;
      sum[3] += 1;
    } else counts.set(key, [r, g, b, 1]);
  }
  const means = [...counts].map(([key, [r, g, b, n]]) => ({ key, c: [r / n, g / n, b / n], n: Math.sqrt(n) }));
  const range = (box: typeof means, axis: number): number =>
    Math.max(...box.map((m) => m.c[axis] ?? 0)) - Math.min(...box.map((m) => m.c[axis] ?? 0));
  let boxes = [means];
  while (boxes.length < 256) {
    const ranked = boxes.map((box) => {
      const axis = [0, 1, 2].sort((a, b) => range(box, b) - range(box, a))[0] ?? 0;
      return { box, axis, weight: box.length < 2 ? -1 : range(box, axis) * Math.sqrt(box.reduce((sum, m) => sum + m.n, 0)) };
    });
    const widest = ranked.reduce((best, one) => (one.weight > best.weight ? one : best));
    if (widest.weight <= 0) break;
    const sorted = [...widest.box].sort((a, b) => (a.c[widest.axis] ?? 0) - (b.c[widest.axis] ?? 0));
    const half = sorted.reduce((sum, m) => sum + m.n, 0) / 2;
    let at = 0;
    for (let sum = 0; at < sorted.length - 1 && sum < half; at += 1) sum += sorted[at]?.n ?? 0;
    at = Math.min(Math.max(at, 1), sorted.length - 1);
    boxes = boxes.filter((box) => box !== widest.box).concat([sorted.slice(0, at), sorted.slice(at)]);
  }
  const palette: number[] = [];
  const index_of = new Map<number, number>();
  boxes.forEach((box, index) => {
    const n = box.reduce((sum, m) => sum + m.n, 0);
    for (const axis of [0, 1, 2]) palette.push(Math.round(box.reduce((sum, m) => sum + (m.c[axis] ?? 0) * m.n, 0) / n));
    for (const m of box) index_of.set(m.key, index);
  });
  const indices = new Uint8Array(width * height);
  for (let i = 0; i < indices.length; i += 1) {
    const at = i * 4;
    indices[i] = index_of.get((((data[at] ?? 0) >> 3) << 10) | (((data[at + 1] ?? 0) >> 3) << 5) | ((data[at + 2] ?? 0) >> 3)) ?? 0;
  }
  let text = "";
  for (let i = 0; i < indices.length; i += 0x8000) text += String.fromCharCode(...indices.subarray(i, i + 0x8000));
  return { width, height, palette, indices: btoa(text) };
}
