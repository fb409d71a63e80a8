import { expect } from "@playwright/test";
import { person, report, test } from "./desk";

test("who claims a case is seen by the others, and nobody is locked out", async ({ browser }) => {
  const one = await person(browser, "operator");
  const other = await person(browser, "operator-2");
  await report(one, { words: "花坛里扔了几袋垃圾。", class_name: "暴露垃圾" });
  await one.goto("/pool");
  const row = one.locator(".item").filter({ hasText: "认领" }).first();
  // By its address: cases that wait for a number may be called alike.
  const address = (await row.locator("a.what").getAttribute("href")) ?? "";
  await row.getByRole("button", { name: "认领" }).click();
  await expect(one.locator(".item").filter({ has: one.locator(`a.what[href="${address}"]`) })).toContainText("我在办");
  await other.goto("/pool");
  const seen = other.locator(".item").filter({ has: other.locator(`a.what[href="${address}"]`) });
  await expect(seen).toContainText("正在办理");
  await seen.getByRole("button", { name: "接手" }).click();
  await expect(seen).toContainText("我在办");
});

test("a question is answered from the knowledge base without a case", async ({ browser }) => {
  const page = await person(browser, "operator");
  await page.goto("/register");
  await page.locator("[data-test=words]").fill("我家养了条狗，要到哪里登记？");
  await page.getByLabel(/电话/).fill("13800138000");
  await expect(page.locator("[data-test=caller]")).toBeVisible();
  await page.locator("[data-test=direct-answer]").click();
  await page.locator("[data-test=answer-find]").fill("养犬");
  await page.getByRole("button", { name: /养犬登记/ }).click();
  await expect(page.locator("[data-test=answer]")).toHaveValue(/免疫证/);
  await page.locator("[data-test=answer-send]").click();
  await expect(page.getByText("已记录答复").first()).toBeVisible();
  await page.goto("/knowledge");
  await page.getByText("来电记录").click();
  await expect(page.getByText("我家养了条狗").first()).toBeVisible();
});

test("a shift hands over what it has in hand", async ({ browser }) => {
  const page = await person(browser, "operator");
  await report(page, { words: "站牌后面一堆垃圾袋，请来收。", class_name: "暴露垃圾" }); // late in the evening the pool may be empty
  await page.goto("/pool");
  await page.locator(".item").getByRole("button", { name: "认领" }).first().click();
  await page.goto("/shifts");
  await page.locator("[data-test=to]").selectOption({ index: 1 });
  await page.locator("[data-test=hand-over]").click();
  await expect(page.getByText(/已交给/).first()).toBeVisible();
  await page.locator("[data-test=entry]").fill("值班正常，设备完好");
  await page.getByRole("button", { name: "记入日志" }).click();
  await expect(page.locator(".entries")).toContainText("值班正常，设备完好");
});
