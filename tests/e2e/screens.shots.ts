// The pictures of the documents, taken from a running demo in the daytime: npm run screens
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, type Page } from "@playwright/test";
import { become } from "./desk";
import { small_png } from "./palette";

const folder = fileURLToPath(new URL("../../docs/screens/", import.meta.url));
const bytes_max = 300 * 1024;
mkdirSync(folder, { recursive: true });

async function shoot(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(3500); // the map has drawn, photos are there
  const png = await small_png(page, await page.screenshot());
  expect(png.length, name).toBeLessThanOrEqual(bytes_max);
  writeFileSync(`${folder}${name}.png`, png);
}
const desk = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
// The newest case in a state, as the person sees it.
async function case_in(page: Page, query: string): Promise<string> {
  const { items } = (await (await page.request.get(`/api/v1/cases?${query}&limit=1`)).json()) as { items: { case_id: string }[] };
  return items[0]?.case_id ?? "";
}

test("the first page", async ({ page }) => {
  await page.goto("/");
  await shoot(page, "home");
});

test("the desk", async ({ page, context }) => {
  await page.setViewportSize(desk);
  await become(context, "leader");
  const inbox = (await (await page.request.get("/api/v1/inbox?stage=close&limit=1")).json()) as { items: { case: { case_id: string } }[] };
  await page.goto(`/inbox/${inbox.items[0]?.case.case_id ?? ""}`);
  await shoot(page, "case");
  await page.evaluate(() => localStorage.setItem("chengge.theme", "dark"));
  await page.reload();
  await shoot(page, "case_dark");
  await page.evaluate(() => localStorage.setItem("chengge.locale", "en"));
  await page.reload();
  await page.evaluate(() => localStorage.setItem("chengge.theme", "light"));
  await page.reload();
  await shoot(page, "case_english");
});

test("dispatching, searching, registering", async ({ page, context }) => {
  await become(context, "dispatcher");
  const { items } = (await (await page.request.get("/api/v1/inbox?stage=city_dispatch&limit=1")).json()) as { items: { case: { case_id: string } }[] };
  await page.goto(`/inbox/${items[0]?.case.case_id ?? ""}`);
  await page.locator("[data-action=dispatch]").click();
  await shoot(page, "dispatch");
  await page.goto("/search?view=map&open=yes");
  await shoot(page, "map");
  await page.goto("/search");
  await shoot(page, "search");
  await become(context, "operator");
  await page.goto("/register");
  await page.locator("[data-test=words]").fill("路口往南三十米，路边一块雨水箅子不见了，洞口露着，昨晚骑车差点摔进去。");
  await page.locator("[data-test=address]").fill("公交站旁");
  await page.waitForTimeout(2500);
  await page.locator("[data-test=map] canvas").click({ position: { x: 230, y: 330 } });
  await page.getByRole("radio", { name: /雨水箅子/ }).first().click();
  await page.getByLabel("称呼").fill("何女士");
  await shoot(page, "register");
  await become(context, "system-admin");
  await page.goto("/people");
  await shoot(page, "people");
});

test("playing a case", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "从采集员开始" }).click();
  await page.waitForURL("**/register");
  await shoot(page, "play");
});

test("phones and paper", async ({ page, context }) => {
  await page.setViewportSize(phone);
  await become(context, "leader");
  await page.goto("/inbox");
  await shoot(page, "phone_inbox");
  const inbox = (await (await page.request.get("/api/v1/inbox?stage=close&limit=1")).json()) as { items: { case: { case_id: string } }[] };
  await page.goto(`/inbox/${inbox.items[0]?.case.case_id ?? ""}`);
  await shoot(page, "phone_case");
  await page.setViewportSize({ width: 900, height: 1100 });
  await page.goto(`/print/${await case_in(page, "state=closed")}`);
  await shoot(page, "print");
});
