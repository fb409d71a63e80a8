import { expect } from "@playwright/test";
import { person, photo, test } from "./desk";

interface Row { id: string; lon: number; lat: number }
async function some(page: Awaited<ReturnType<typeof person>>, class_code: string, at: number): Promise<Row> {
  const { items } = (await (await page.request.get(`/api/v1/registry/layers/components/features?class=${class_code}&limit=${at + 1}`)).json()) as { items: Row[] };
  const one = items[at];
  if (!one) throw new Error(`the demo has no component of class ${class_code}`);
  return one;
}
const phone = { width: 390, height: 844 };

test("photographs of a component: stored by the office, seen on the map, removed from view with a reason", async ({ browser }) => {
  const admin = await person(browser, "system-admin");
  const bin = await some(admin, "03005", 41);
  await admin.goto(`/registry/components/${bin.id}`);
  const photos = admin.locator("[data-test=feature-photos]");
  await expect(photos).toBeVisible();
  const before = await photos.locator("[data-test=feature-photo]").count();
  await admin.locator("[data-test=add-photos]").click();
  await admin.locator("[data-test=store-photos]").click();
  await expect(admin.getByText("请先选照片。")).toBeVisible();
  await photos.locator("input[type=file]").setInputFiles(await photo(admin, "after"));
  await expect(admin.getByRole("progressbar")).toHaveCount(0);
  await admin.locator("[data-test=photo-words]").fill("更换箱体后");
  await admin.locator("[data-test=store-photos]").click();
  await expect(admin.getByText("照片已存入档案")).toBeVisible();
  await expect(photos.locator("[data-test=feature-photo]")).toHaveCount(before + 1);
  await expect(photos.locator("[data-test=feature-photo]").first()).toContainText("更换箱体后");

  // The map's panel shows the newest, small; the picture itself comes.
  const leader = await person(browser, "leader");
  await leader.goto(`/map?at=18/${bin.lat}/${bin.lon}&layers=components&feature=components/${bin.id}`);
  const small = leader.locator("[data-test=feature-photo]");
  await expect(small).toHaveCount(1);
  await expect(small).toContainText("更换箱体后");
  await expect.poll(() => small.locator("img").evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
  await small.getByRole("button").click();
  await expect(leader.getByRole("dialog", { name: "看照片" })).toBeVisible();
  await leader.keyboard.press("Escape");
  await leader.locator("[data-test=whole-record]").click();
  await expect(leader.locator("[data-test=remove-photo]")).toHaveCount(0);

  await photos.locator("[data-test=remove-photo]").first().click();
  await admin.locator("[data-test=change-it]").click();
  await expect(admin.getByText("请写明撤下的原因。")).toBeVisible();
  await admin.locator("[data-test=photo-reason]").fill("拍到车牌");
  await admin.locator("[data-test=change-it]").click();
  await expect(photos.locator("[data-test=shown-photos] [data-test=feature-photo]")).toHaveCount(before);

  // What was removed lies folded, with who and why, for those who may remove alone; it comes back with a reason and both stay.
  await leader.reload();
  await expect(leader.locator("[data-test=feature-photos]")).toBeVisible();
  await expect(leader.locator("[data-test=removed-photos]")).toHaveCount(0);
  const removed = photos.locator("[data-test=removed-list] [data-test=feature-photo]");
  await expect(removed).toHaveCount(0);
  await expect(photos.locator("[data-test=removed-photos]")).toHaveText("已撤下的照片 1 张");
  await photos.locator("[data-test=removed-photos]").click();
  await expect(removed.locator("[data-test=photo-history]")).toHaveText(/ 撤下：拍到车牌$/);
  await removed.locator("[data-test=restore-photo]").click();
  await admin.locator("[data-test=change-it]").click();
  await expect(admin.getByText("请写明恢复的原因。")).toBeVisible();
  await admin.locator("[data-test=photo-reason]").fill("车牌已遮盖");
  await admin.locator("[data-test=change-it]").click();
  await expect(admin.getByText("已恢复展示")).toBeVisible();
  const again = photos.locator("[data-test=shown-photos] [data-test=feature-photo]");
  await expect(again).toHaveCount(before + 1);
  await expect(again.first().locator("[data-test=photo-history]")).toHaveText([/ 撤下：拍到车牌$/, / 恢复展示：车牌已遮盖$/]);
  await expect(photos.locator("[data-test=removed-photos]")).toHaveCount(0);
  await leader.reload();
  await expect(leader.locator("[data-test=feature-photo]").first()).toContainText("更换箱体后");
  await expect(leader.locator("[data-test=photo-history]")).toHaveCount(0);
});

test("from the field, on a phone: a component moved, told with a photograph that becomes its own", async ({ browser }) => {
  const collector = await person(browser, "collector-001");
  await collector.setViewportSize(phone);
  const bin = await some(collector, "03005", 44);
  await collector.goto(`/registry/components/${bin.id}`);
  await collector.locator("[data-test=propose]").click();
  const dialog = collector.getByRole("dialog");
  await dialog.getByText("移位", { exact: true }).click();
  const words = `果皮箱挪到站台另一头 ${Date.now()}`;
  await dialog.locator("[data-test=proposal-words]").fill(words);
  await dialog.locator("[data-test=send-proposal]").click();
  await expect(dialog.getByText("请在图上标出现在的位置。")).toBeVisible();
  const canvas = dialog.locator("[data-test=place-map] canvas");
  const box = await canvas.boundingBox();
  if (!box) throw new Error("no map");
  await canvas.click({ position: { x: box.width / 2 + 40, y: box.height / 2 + 30 } });
  await expect(dialog.getByText("位置已标出")).toBeVisible();
  await dialog.locator("input[type=file]").setInputFiles(await photo(collector, "check"));
  await expect(collector.getByRole("progressbar")).toHaveCount(0);
  await dialog.locator("[data-test=send-proposal]").click();
  await expect(collector.getByText("已送审")).toBeVisible();
  expect(await collector.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width);

  const admin = await person(browser, "system-admin");
  await admin.goto("/proposals");
  const row = admin.locator("[data-test=proposal]").filter({ hasText: words });
  await expect(row.locator("[data-test=becomes]")).toContainText(/移位 \d+ 米/);
  const picture = row.locator("[data-test=proposal-photo] img");
  await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
  await row.locator("[data-test=merge]").click();
  await expect(admin.getByText("已更新入库")).toBeVisible();
  await admin.goto(`/registry/components/${bin.id}`);
  await expect(admin.locator("[data-test=feature-photo]").filter({ hasText: words })).toContainText("在线更新");
});

test("from the field: what is wrong is put right, what is new is told on the map and completed by the office", async ({ browser }) => {
  const collector = await person(browser, "collector-001");
  const bin = await some(collector, "03005", 47);
  await collector.goto(`/registry/components/${bin.id}`);
  await collector.locator("[data-test=propose]").click();
  await collector.getByRole("dialog").getByText("信息有误", { exact: true }).click();
  await collector.locator("[data-test=proposal-words]").fill("材质登记错了");
  await collector.locator("[data-test=send-proposal]").click();
  await expect(collector.getByText("请把不对的地方改成对的。")).toBeVisible();
  const material = `玻璃钢 ${Date.now() % 10_000}`;
  await collector.locator("[data-test=field-material]").fill(material);
  await collector.locator("[data-test=send-proposal]").click();
  await expect(collector.getByText("已送审")).toBeVisible();

  await collector.setViewportSize(phone);
  await collector.goto(`/map?at=18/${bin.lat}/${bin.lon}&layers=components`);
  await collector.locator("[data-test=report-new]").click();
  const canvas = collector.locator("[data-test=map] canvas");
  const box = await canvas.boundingBox();
  if (!box) throw new Error("no map");
  await canvas.click({ position: { x: box.width / 2 + 20, y: box.height / 2 + 60 } });
  const dialog = collector.getByRole("dialog");
  await expect(dialog.getByText("位置已标出")).toBeVisible();
  const fresh = `新装果皮箱 ${Date.now()}`;
  await dialog.locator("[data-test=proposal-words]").fill(fresh);
  await dialog.locator("[data-test=send-proposal]").click();
  await expect(dialog.getByText("请选择类别。")).toBeVisible();
  await dialog.locator("[data-test=field-class_code]").selectOption("03005");
  await dialog.locator("[data-test=send-proposal]").click();
  await expect(collector.getByText("已送审")).toBeVisible();

  const admin = await person(browser, "system-admin");
  await admin.goto("/proposals");
  const wrong = admin.locator("[data-test=proposal]").filter({ hasText: material });
  await expect(wrong.locator("[data-test=becomes]")).toContainText(`→ ${material}`);
  await wrong.locator("[data-test=merge]").click();
  await expect(admin.getByText("已更新入库")).toBeVisible();
  const row = admin.locator("[data-test=proposal]").filter({ hasText: fresh });
  await row.locator("[data-test=complete]").click();
  await admin.locator("[data-test=field-competent_code]").fill("sanitation");
  await admin.locator("[data-test=field-competent_name]").fill("市环境卫生管理处");
  await admin.locator("[data-test=field-state]").selectOption("intact");
  await admin.locator("[data-test=save]").click();
  // What stands in the way is a sentence: it is said here instead of a row that stays.
  await expect.poll(async () => [...(await admin.getByRole("alert").allTextContents()), `left: ${await row.count()}`]).toEqual(["left: 0"]);
  await admin.locator("[data-test=state]").selectOption("merged");
  await expect(admin.locator("[data-test=proposal]").filter({ hasText: fresh }).locator("a").first()).toHaveText(/^\d{17}$/);
});

test("a collector's own duty areas on a phone", async ({ browser }) => {
  const collector = await person(browser, "collector-001");
  await collector.setViewportSize(phone);
  await collector.goto("/my-areas");
  await expect(collector.locator("[data-test=my-area]").first()).toContainText("早班");
  await collector.locator("[data-test=my-area]").first().click();
  await expect(collector.locator("[data-test=my-area]").first()).toHaveAttribute("aria-pressed", "true");
  await collector.locator("[data-test=day]").fill("2020-01-01");
  await expect(collector.getByText("这一天没有排你的班。")).toBeVisible();
  expect(await collector.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width);
});

test("the map's legend on a phone is a sheet behind a button", async ({ browser }) => {
  const page = await person(browser, "leader");
  await page.setViewportSize(phone);
  await page.goto("/map?at=17/21.27/110.36&layers=components,cells&heat=365,,all");
  const legend = page.getByRole("list", { name: "图例" });
  await expect(page.locator("[data-test=legend]")).toBeVisible();
  await expect(legend).toBeHidden();
  await page.locator("[data-test=legend]").click();
  await expect(legend).toBeVisible();
  await expect(legend.locator("li").first()).toContainText("件");
  await page.locator("[data-test=legend]").click();
  await expect(legend).toBeHidden();
});
