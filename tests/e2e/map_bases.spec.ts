import { createServer, type Server } from "node:http";
import { expect, type Page } from "@playwright/test";
import { person, test } from "./desk";

// The provider that base_maps.json names: real pictures, until it is told to fail.
const picture = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==", "base64");
let provider: Server;
let asked: string[] = [];
let is_failing = false;

test.beforeAll(async () => {
  provider = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (is_failing) response.writeHead(503).end();
    else response.writeHead(200, { "Content-Type": "image/png" }).end(picture);
  });
  await new Promise<void>((resolve) => provider.listen(18653, "127.0.0.1", resolve));
});
test.afterAll(() => new Promise<void>((resolve) => provider.close(() => resolve())));

const has_bases = async (page: Page): Promise<boolean> => ((await (await page.request.get("/api/v1/map/bases")).json()) as { items: unknown[] }).items.length > 0;

test("a base map is chosen, remembered, named on paper, and gives way to our own when it fails", async ({ browser }) => {
  const page = await person(browser, "leader");
  test.skip(!(await has_bases(page)), "the city has no base maps; scripts/test gives it two");
  asked = [];
  is_failing = false;
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(process.env["CHENGGE_URL"] ?? "") && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
  });
  // A place of its own in each run: tiles that are kept are not asked for again.
  const lon = (110.3 + Math.random() * 0.2).toFixed(5);
  await page.goto(`/map?at=15/21.27/${lon}&layers=cells`);
  await expect(page.locator("[data-test=base-own]")).toBeChecked();
  await page.locator("[data-test=base-trial]").check();
  await expect(page.locator("[data-test=base-trial_names]")).toBeChecked();
  await expect(page.locator("[data-test=attribution]")).toContainText("试验测绘院");
  await expect.poll(() => asked.filter((one) => one.startsWith("/tile/")).length).toBeGreaterThan(0);
  expect(asked[0]).toContain("tk=TRIALKEY");
  expect(foreign).toEqual([]);
  const seen = await (await page.request.get("/api/v1/map/bases")).text();
  expect(seen).not.toContain("TRIALKEY");
  expect(seen).not.toContain("18653");

  await page.locator("[data-test=print-map]").click();
  await expect(page.locator("[data-test=map-sheet] footer")).toContainText("试验测绘院");
  await page.getByRole("dialog").getByRole("button", { name: "关上" }).click();
  await page.reload();
  await expect(page.locator("[data-test=base-trial]")).toBeChecked();

  is_failing = true;
  await page.goto(`/map?at=17/21.21/${(110.3 + Math.random() * 0.2).toFixed(5)}&layers=cells`);
  await expect(page.locator("[data-test=base-fault]").first()).toContainText("改用本市底图");
  await expect(page.locator("[data-test=attribution]")).not.toContainText("试验测绘院");
  await page.locator("[data-test=base-own]").check();
  await expect(page.locator("[data-test=base-fault]")).toHaveCount(0);
});
