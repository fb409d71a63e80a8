import { expect } from "@playwright/test";
import { person, test } from "./desk";

test("the responsibility list as table and map, its gaps, what dispatches by itself, who returns", async ({ browser }) => {
  const admin = await person(browser, "system-admin");
  await admin.goto("/responsibility");
  await expect(admin.getByRole("heading", { name: "责任清单（确权）" })).toBeVisible();
  await expect(admin.getByText(/共 \d+ 行/)).toBeVisible();
  await admin.getByPlaceholder("单位、范围、类别、依据文件").fill("港口");
  await expect(admin.getByText("港口作业区").first()).toBeVisible();
  await admin.getByRole("button", { name: "修改" }).first().click();
  await expect(admin.getByText("养护单位").first()).toBeVisible();
  await admin.getByLabel("备注").fill("演示修改");
  await admin.getByRole("button", { name: "保存" }).click();
  await expect(admin.getByText("责任清单已保存")).toBeVisible();

  await admin.getByText("空缺与重叠").click();
  await expect(admin.getByText(/空缺 [\d,]+/)).toBeVisible();
  await admin.getByText(/重叠 [\d,]+/).click();
  await expect(admin.getByText("暴露垃圾").first()).toBeVisible();

  const dispatcher = await person(browser, "dispatcher");
  await dispatcher.goto("/returns");
  await expect(dispatcher.getByRole("heading", { name: "退回统计" })).toBeVisible();
  await expect(dispatcher.getByText(/口径/)).toBeVisible();
});
