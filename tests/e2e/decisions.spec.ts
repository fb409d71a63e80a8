import { expect } from "@playwright/test";
import { person, test } from "./desk";

test("an emergency begins, stops clocks, is ended, and damage is counted", async ({ browser }) => {
  const name = `台风“灿都”防御${Date.now() % 100_000}`;
  const commander = await person(browser, "commander");
  await commander.goto("/emergency");
  await expect(commander.getByText("台风“海棠”防御（模拟）")).toBeVisible();
  await commander.locator("[data-test=begin]").click();
  await commander.locator("[data-test=name]").fill(name);
  await commander.getByLabel("其他管理部件", { exact: true }).check();
  await commander.locator("[data-test=go]").click();
  await expect(commander.getByText(`${name}进行中`).first()).toBeVisible();
  const mode = commander.locator("[data-test=mode]").filter({ hasText: name });
  await mode.locator("[data-test=end]").click();
  await commander.locator("[data-test=words]").fill("解除防风");
  await commander.locator("[data-test=go]").click();
  await expect(mode.getByText("已结束")).toBeVisible();
  await commander.getByText("三防优先").click();
  await expect(commander.locator("a.cells").first()).toContainText(/雨水箅子|井盖|行道树|户外广告/);

  const words = `路口两棵倒伏${Date.now() % 100_000}`;
  const leader = await person(browser, "leader");
  await leader.goto("/emergency?tab=damage");
  await leader.locator("[data-test=add-damage]").click();
  const form = leader.getByRole("dialog");
  await form.locator("[data-test=amount]").fill("4");
  await expect(form.locator("[data-test=map] canvas")).toBeVisible();
  // Nothing has to be waited for: saved at once, the place that was clicked last is the one that counts.
  await leader.route("**/grid/locate*", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue();
  });
  await form.locator("[data-test=map] canvas").click({ position: { x: 300, y: 120 } });
  await form.getByLabel("备注").fill(words);
  await form.locator("[data-test=save]").click();
  await expect(form).toHaveCount(0);
  await expect(leader.locator("li").filter({ hasText: words })).toContainText(/区.*社区/);
  await leader.getByText("分区汇总").click();
  await expect(leader.getByRole("table")).toBeVisible();
});

test("a renaming is looked at, recorded for a later day, and taken back", async ({ browser }) => {
  const admin = await person(browser, "system-admin");
  await admin.goto("/reorganisation");
  await admin.locator("[data-test=add]").click();
  await admin.getByText("更名", { exact: true }).click();
  await admin.locator("[data-test=unit]").selectOption({ index: 5 });
  const renamed = `城市管理综合服务中心${Date.now() % 100_000}`;
  await admin.locator("[data-test=new-name]").fill(renamed);
  await admin.locator("[data-test=reason]").fill("机构改革");
  const later = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  await admin.getByLabel("生效日期").fill(later);
  await admin.locator("[data-test=look]").click();
  await expect(admin.getByText("这里还没有保存", { exact: false })).toBeVisible();
  await admin.locator("[data-test=record]").click();
  const row = admin.locator("li").filter({ hasText: `更名为${renamed}` });
  await expect(row.getByText("待生效")).toBeVisible();
  await row.getByText("撤销登记").click();
  await admin.getByRole("dialog").getByRole("button", { name: "撤销登记" }).click();
  await expect(row.getByText("已撤销")).toBeVisible();
});
