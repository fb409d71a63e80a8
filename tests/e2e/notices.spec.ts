import { expect } from "@playwright/test";
import { act, bring_to_district, open, person, read, report, test, told, unit_of } from "./desk";

test("a unit's bell rings when a case is given to it, and the record says who was told", async ({ browser }) => {
  const operator = await person(browser, "operator");
  const case_id = await report(operator, { words: "解放路口一堆建筑垃圾没人收。", class_name: "积存垃圾渣土", caller: { name: "陈先生", phone: "13800002406" } });
  await act(operator, { action: "accept" });
  const { leader, dispatcher, district } = await bring_to_district(browser, case_id);
  const seen = await read(leader, case_id);
  await act(district, { action: "dispatch" });
  await told(district, "已派遣");

  const unit = await person(browser, await unit_of(leader, case_id));
  await unit.goto("/inbox");
  const bell = unit.locator("[data-test=bell]");
  await expect(bell).toHaveAttribute("aria-label", /未读/);
  await bell.click();
  const notice = unit.locator("[data-test=notice]").filter({ hasText: String(seen.case_no) }).first();
  await expect(notice).toContainText("新派遣");
  await expect(notice).toContainText("签收");
  await notice.click();
  await expect(unit).toHaveURL(new RegExp(`/cases/${case_id}`));

  await leader.goto(`/notices?case=${String(seen.case_no)}`);
  const row = leader.locator("[data-test=outbox]").filter({ hasText: "派遣" }).filter({ hasText: "专业部门联络员" }).first();
  await expect(row).toContainText("已发送");
  await row.click();
  await expect(leader.getByText(/请在.*前签收/).first()).toBeVisible();
  await leader.goto("/notices?view=templates");
  await leader.getByRole("button", { name: /结案/ }).first().click();
  await leader.getByLabel("案卷号").fill(String(seen.case_no));
  await leader.getByRole("button", { name: "套用看看" }).click();
  await expect(leader.locator(".seen").first()).toContainText(String(seen.case_no));
  await leader.setViewportSize({ width: 390, height: 800 });
  await leader.goto("/notices");
  expect(await leader.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  for (const page of [operator, leader, dispatcher, district, unit]) await page.context().close();
});
