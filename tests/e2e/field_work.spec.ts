import { expect } from "@playwright/test";
import { person, read, test } from "./desk";

// What a stranger finds who looks into the demo: the pages of the rarer work are not empty.
test("proposals from the field wait with photographs, merged and refused ones with the office's words", async ({ browser }) => {
  const admin = await person(browser, "system-admin");
  await admin.goto("/proposals");
  const shown = admin.locator("[data-test=proposal]");
  const moved = shown.filter({ hasText: "交接箱挪到绿化带边上" });
  await expect(moved.locator("[data-test=becomes]")).toContainText(/移位 \d+ 米/);
  const picture = moved.locator("[data-test=proposal-photo] img");
  await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
  await expect(shown.filter({ hasText: "档案里没写材质" }).locator("[data-test=becomes]")).toContainText("→ 铸铁");
  await admin.locator("[data-test=state]").selectOption("merged");
  await expect(shown.filter({ hasText: "雨水箅子整块不见" })).toContainText("核实属实");
  const fresh = shown.filter({ hasText: "路口新装的果皮箱，图上没有" });
  await expect(fresh.locator("a").first()).toHaveText(/^\d{17}$/);
  await admin.locator("[data-test=state]").selectOption("refused");
  await expect(shown.filter({ hasText: "树比图上靠里一点" })).toContainText("偏差在普查精度以内");
  // A merged photograph is the component's own.
  await admin.locator("[data-test=state]").selectOption("merged");
  await fresh.locator("a").first().click();
  await expect(admin.locator("[data-test=feature-photo]").filter({ hasText: "路口新装的果皮箱" })).toContainText("在线更新");
});

test("disputed cases at every stage: given back twice, recorded with a red line, ruled on and given out", async ({ browser }) => {
  const commander = await person(browser, "commander");
  await commander.goto("/disputed");
  const link = (words: string) => commander.locator("a[href*='/cases/']").filter({ hasText: words }).first();
  await expect(link("绿地脏乱")).toBeVisible();
  await link("道路破损").click();
  await expect(commander.locator("aside [data-test=red-line]")).toBeVisible();
  await expect(commander.locator("[data-action=rule_dispute]").first()).toBeVisible();
  await expect(commander.getByText("双方各执一词").first()).toBeVisible();
  const { items } = (await (await commander.request.get("/api/v1/cases?disputed=true&limit=50")).json()) as { items: { case_id: string; dispute: string; class_name: string }[] };
  const ruled = items.filter((one) => one.dispute === "ruled").at(-1);
  if (!ruled) throw new Error("no case was ruled on");
  await commander.goto(`/cases/${ruled.case_id}`);
  await expect(commander.getByText(/已裁定：/).first()).toBeVisible();
  expect((await read(commander, ruled.case_id)).steps.map((one) => one.action)).toContain("rule_dispute");
});
