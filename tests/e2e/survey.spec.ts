import { expect, type Page } from "@playwright/test";
import { person, test } from "./desk";

interface Row { id: string; lon: number | null; lat: number | null; class_code?: string | null; attributes?: Record<string, unknown> }

const header = "管理部件标识码,小类代码,主管部门代码,主管部门名称,状态,经度,纬度";

async function some_components(page: Page): Promise<{ lon: number; lat: number }[]> {
  const answer = await page.request.get("/api/v1/registry/layers/components/features?class=01004&limit=12");
  expect(answer.status(), await answer.text()).toBe(200);
  const { items } = (await answer.json()) as { items: Row[] };
  const places = items.flatMap((one) => (one.lon !== null && one.lat !== null ? [{ lon: one.lon, lat: one.lat }] : []));
  expect(places.length).toBeGreaterThan(4);
  return places;
}
async function size_of_layer(page: Page): Promise<number> {
  return ((await (await page.request.get("/api/v1/registry/layers/components/features?limit=1")).json()) as { total: number }).total;
}
const file = (name: string, lines: string[]): { name: string; mimeType: string; buffer: Buffer } => ({ name, mimeType: "text/csv", buffer: Buffer.from([header, ...lines].join("\n") + "\n", "utf8") });

test("a small survey with planted faults: read, mended, published, seen in the layer, taken back", async ({ browser }) => {
  const page = await person(browser, "system-admin");
  await page.goto("/survey");
  await expect(page.getByRole("heading", { name: "入库", exact: true })).toBeVisible();
  await expect(page.getByText(/^第 \d+ 版$/).first()).toBeVisible();
  const places = await some_components(page);
  const before = await size_of_layer(page);
  const line = (at: number, state: string, competent = "城市管理局"): string => `,01004,330000,${competent},${state},${((places[at]?.lon ?? 0) + 0.00002).toFixed(7)},${(places[at]?.lat ?? 0).toFixed(7)}`;

  await page.locator("[data-test=layer]").selectOption("components");
  await page.locator("[data-test=file]").setInputFiles(file("赤坎第三批.csv", [line(0, "完好"), line(1, "很好"), line(2, "完好", ""), line(3, "破损"), ",01004,330000,城市管理局,完好,10.5,20.5"]));
  await page.waitForURL(/\/survey\/[0-9a-f-]+/);
  await expect(page.locator("[data-test=bad]")).toHaveText("✕ 3 行要改");
  await expect(page.locator("[data-test=good]")).toHaveText("2 行通过");
  const groups = page.locator("[data-test=groups] tbody tr");
  await expect(groups.filter({ hasText: "不在可选值里" })).toContainText("状态");
  await expect(groups.filter({ hasText: "必填项没填" }).filter({ hasText: "主管部门名称" })).toBeVisible();
  await expect(page.locator(".map-ring").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "全部通过后发布" })).toBeDisabled();
  await page.screenshot({ path: process.env["CHENGGE_SHOTS"] ? `${process.env["CHENGGE_SHOTS"]}/survey-groups.png` : "test-results/survey-groups.png" });
  await groups.filter({ hasText: "不在可选值里" }).getByRole("button", { name: "看各行" }).click();
  await expect(page.locator("[data-test=rows] tbody tr")).toContainText("很好");
  await page.locator("[data-test=rows]").getByRole("button", { name: "到图上" }).click();
  await expect(page.locator(".map-ring").first()).toBeInViewport();
  await page.screenshot({ path: process.env["CHENGGE_SHOTS"] ? `${process.env["CHENGGE_SHOTS"]}/survey-faults.png` : "test-results/survey-faults.png" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: process.env["CHENGGE_SHOTS"] ? `${process.env["CHENGGE_SHOTS"]}/survey-faults-390.png` : "test-results/survey-faults-390.png" });
  await page.setViewportSize({ width: 1440, height: 900 });
  const table = await page.request.get((await page.locator("[data-test=download]").getAttribute("href")) ?? "");
  expect(table.headers()["content-type"]).toContain("spreadsheetml");
  expect(await size_of_layer(page)).toBe(before);

  // Mended and uploaded again.
  await page.locator("[data-test=file]").setInputFiles(file("赤坎第三批-改.csv", [line(0, "完好"), line(1, "完好"), line(2, "完好"), line(3, "破损")]));
  await expect(page.locator("[data-test=all-good]")).toBeVisible();
  await expect(page.getByText("新增 4，变更 0，移除 0，不变 0").first()).toBeVisible();
  await page.locator("[data-test=publish]").click();
  await page.locator("[data-test=reason]").fill("赤坎区第三批部件普查");
  await page.locator("[data-test=publish-now]").click();
  await expect(page.locator("[data-test=published]")).toContainText("赤坎区第三批部件普查");
  expect(await size_of_layer(page)).toBe(before + 4);
  await page.screenshot({ path: process.env["CHENGGE_SHOTS"] ? `${process.env["CHENGGE_SHOTS"]}/survey-published.png` : "test-results/survey-published.png" });

  // The version before it comes back.
  await page.locator("[data-test=restore]").click();
  await page.locator("[data-test=restore-reason]").fill("与外业核对后再发布");
  await page.locator("[data-test=restore-now]").click();
  await expect(page.locator("[data-test=published]")).toContainText(/已退回，现为第 \d+ 版/);
  expect(await size_of_layer(page)).toBe(before);
});
