import { expect } from "@playwright/test";
import { become, photo, test } from "./desk";

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

test("a collector handles a find on the spot, without a network half the way", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, permissions: ["geolocation"], ...(baseURL && { baseURL }) });
  const demo = (await (await context.request.get("/api/v1/demo")).json()) as { play: { lon: number; lat: number } };
  await context.setGeolocation({ longitude: demo.play.lon, latitude: demo.play.lat, accuracy: 8 });
  await become(context, "collector-017");
  const page = await context.newPage();
  const reports: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/api/v1/reports")) reports.push((JSON.parse(request.postData() ?? "{}") as { case_id: string }).case_id);
  });
  await page.goto("/spot");
  await expect(page.locator("[data-test=place]")).toContainText("已取到位置");
  await expect(page.locator("[data-test=address]")).not.toHaveValue(""); // how the place is called
  // Nothing is wider than the phone, and the thumb finds the button.
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  const button = page.locator("label").filter({ has: page.locator("[data-test=before]") });
  expect((await button.boundingBox())?.height ?? 0).toBeGreaterThanOrEqual(44);

  // Without a class it says what to do.
  await page.locator("[data-test=before]").setInputFiles(await photo(page, "before"));
  await expect(page.getByText("请先选类别，再拍照。")).toBeVisible();

  await page.getByRole("radio", { name: "暴露垃圾" }).click();
  await page.locator("[data-test=words]").fill("树坑旁两袋垃圾");
  await context.setOffline(true);
  await page.locator("[data-test=before]").setInputFiles(await photo(page, "before"));
  await expect(page.locator("[data-test=unsent]")).toContainText("1 件还没送出");
  await expect(page.locator("[data-test=job]")).toContainText("还没送出");

  await context.setOffline(false);
  await expect(page.locator("[data-test=job]")).toContainText("还剩");
  await expect(page.locator("[data-test=unsent]")).toHaveCount(0);
  expect(new Set(reports).size).toBe(1);
  // The page closed and opened again still knows what is under way.
  await page.reload();
  await expect(page.locator("[data-test=job]")).toContainText("还剩");

  // Too far away it is refused in plain words, and the same find may be finished from near.
  await context.setGeolocation({ longitude: demo.play.lon + 0.003, latitude: demo.play.lat, accuracy: 8 });
  await page.locator("[data-test=after]").setInputFiles(await photo(page, "after"));
  await expect(page.locator("[data-test=job] .note")).toContainText("米");
  await context.setGeolocation({ longitude: demo.play.lon, latitude: demo.play.lat, accuracy: 8 });
  const before = Number(/今天处置 (\d+) 件/.exec((await page.locator("[data-test=counts]").textContent()) ?? "")?.[1] ?? "0");
  await page.waitForTimeout(300);
  await page.locator("[data-test=after]").setInputFiles(await photo(page, "after"));
  await expect(page.locator("[data-test=job]")).toHaveCount(0);
  await expect(page.locator("[data-test=counts]")).toContainText(`今天处置 ${before + 1} 件`);
  const stored = (await (await context.request.get(`/api/v1/cases/${reports[0] ?? ""}`)).json()) as { state: string; is_simple: boolean; media: unknown[] };
  expect(["self_handled", "archived"]).toContain(stored.state);
  expect(stored.media.length).toBe(2);
  await context.close();
});
