import { expect, type Page } from "@playwright/test";
import { act, bring_to_district, open, person, photo, read, report, test, told, unit_of } from "./desk";

// 疑难案件: two units have given it back; it is looked at on the spot, ruled on, and the ruling binds.
test("a case that two units gave back is looked at, drawn, ruled on, and goes where the ruling says", async ({ browser }) => {
  const operator = await person(browser, "operator");
  const case_id = await report(operator, { words: "两家都说不归自己管：围墙外一排废旧花箱。", class_name: "废弃家具设备" });
  await act(operator, { action: "accept" });
  const { leader, district } = await bring_to_district(browser, case_id);

  const give_back = async (words: string): Promise<void> => {
    const before = (await read(leader, case_id)).send_back_count;
    await act(district, { action: "dispatch" });
    await expect.poll(async () => (await read(leader, case_id)).assignments.filter((one) => one.level === "unit").length).toBe(before + 1);
    const unit: Page = await person(browser, await unit_of(leader, case_id));
    await open(unit, case_id);
    await unit.locator("[data-action=ask_send_back]").click();
    await unit.locator("[data-test=return_reason]").selectOption("other_unit");
    await unit.getByRole("textbox", { name: "办理意见" }).fill(words);
    await unit.locator("footer.bar .primary").click();
    await told(unit, "已退回");
    await act(district, { action: "approve_send_back", opinion: "情况属实，收回。" });
    await expect.poll(async () => (await read(leader, case_id)).send_back_count).toBe(before + 1);
    await unit.context().close();
  };
  await give_back("花箱在围墙外，不归本单位。");
  await give_back("不在本单位作业范围。");
  await expect(district.locator("article.case header").getByText("疑难待裁定")).toBeVisible();

  // It stands in the list of disputed cases.
  const commander = await person(browser, "commander");
  await commander.goto("/disputed");
  await expect(commander.locator(`a[href*="${case_id}"]`).first()).toBeVisible();

  // No ruling without a record from the spot; no record without the line.
  await open(commander, case_id);
  await commander.locator("[data-action=record_site]").first().click();
  const bar = commander.locator("footer.bar");
  await bar.getByRole("textbox", { name: "办理意见" }).fill("与两家单位到场，花箱在红线内，由区环卫清运。");
  await bar.locator("input[type=file]").setInputFiles(await photo(commander, "check"));
  await expect(commander.getByRole("progressbar")).toHaveCount(0);
  await bar.locator(".primary").click();
  await expect(bar.locator(".fault")).toContainText("红线");
  const map = bar.locator("[data-test=red_line] canvas");
  await expect(map).toBeVisible();
  for (const [x, y] of [[60, 40], [240, 50], [220, 150], [70, 140]] as const) await map.click({ position: { x, y } });
  await bar.locator(".primary").click();
  await expect.poll(async () => (await read(leader, case_id)).steps.some((one) => one.action === "record_site")).toBe(true);
  // Whoever rules sees the line on the map.
  await expect(commander.locator("aside [data-test=red-line]")).toBeVisible();

  await commander.locator("[data-action=rule_dispute]").first().click();
  await expect(bar.locator(".panel").getByText("正在取…")).toHaveCount(0);
  // Units of the place stand first.
  await bar.locator(".panel label").first().click();
  await bar.getByRole("textbox", { name: "办理意见" }).fill("红线内由区环卫负责清运。");
  await bar.locator(".primary").click();
  await expect(commander.getByText(/已裁定：/).first()).toBeVisible();
  await expect(commander.locator("article.case header").getByText("疑难已裁定")).toBeVisible();

  // The dispatch has one choice, it is made already, and the unit cannot give the case back any more.
  await act(district, { action: "dispatch" });
  await expect.poll(async () => (await read(leader, case_id)).assignments.filter((one) => one.level === "unit").length).toBe(3);
  const bound = await person(browser, await unit_of(leader, case_id));
  await open(bound, case_id);
  await expect(bound.locator("[data-action=sign]")).toBeVisible();
  await expect(bound.locator("[data-action=ask_send_back]")).toHaveCount(0);
});
