import { expect } from "@playwright/test";
import { act, bring_to_district, open, person, read, report, state, test, told, unit_of } from "./desk";

test("a unit sends a case back, another does it, the check fails and it is done again", async ({ browser }) => {
  const operator = await person(browser, "operator");
  const case_id = await report(operator, {
    words: "解放路人行道上一堆旧沙发没人收，挡住盲道。", class_name: "废弃家具设备", caller: { name: "何女士", phone: "13800002406" },
  });
  // Who called is masked; the whole number only on asking, and that is recorded.
  await expect(operator.getByText(/138.*2406/).first()).toBeVisible();
  await act(operator, { action: "accept" });
  await expect(operator.getByText("念给来电人").first()).toBeVisible();
  await expect(state(operator)).toHaveText("待立案");

  const { leader, dispatcher, district } = await bring_to_district(browser, case_id);
  await act(district, { action: "dispatch" });
  await told(district, "已派遣");

  // 退回 needs a reason, and somebody's agreement.
  const first_unit = await unit_of(leader, case_id);
  const first = await person(browser, first_unit);
  await open(first, case_id);
  await first.locator("[data-action=ask_send_back]").click();
  await first.locator("footer.bar .primary").click();
  await expect(first.locator("footer.bar .fault")).toHaveText("请选择退回原因");
  await first.locator("[data-test=return_reason]").selectOption("other_unit");
  await first.locator("footer.bar .primary").click();
  await expect(first.getByText(/写明理由/).first()).toBeVisible();
  await first.getByRole("textbox", { name: "办理意见" }).fill("这处不在本单位作业范围，请改派。");
  await first.locator("footer.bar .primary").click();
  await told(first, "已退回");
  await act(district, { action: "approve_send_back", opinion: "情况属实，收回。" });
  await told(district, "已同意退回");
  await act(district, { action: "dispatch" });
  await expect.poll(async () => (await read(leader, case_id)).send_back_count).toBeGreaterThan(0);

  const second_unit = await unit_of(leader, case_id);
  const second = await person(browser, second_unit);
  await open(second, case_id);
  await act(second, { action: "sign" });
  await told(second, "已签收");
  await act(second, { action: "feed_back", opinion: "已清走。", photo: "after" });
  await told(second, "已反馈");
  // The gate sends it back once: rework.
  await act(district, { action: "rework", opinion: "照片里还剩一角，请清干净。" });
  await told(district, "已返工");
  await expect(second.getByText(/返工（第1次）/)).toBeVisible();
  await act(second, { action: "feed_back", opinion: "已全部清走。", photo: "after" });
  await act(district, { action: "approve_gate" });
  await told(district, "已批转");

  await expect(state(operator)).toHaveText("待核查");
  await act(operator, { action: "send_check", receiver: /督查员/ });
  await told(operator, "已发核查");
  const { tasks } = (await (await operator.request.get(`/api/v1/cases/${case_id}`)).json()) as { tasks: { person_name: string }[] };
  const found = (await (await operator.request.get(`/api/v1/people?q=${encodeURIComponent(tasks.at(-1)?.person_name ?? "")}`)).json()) as { items: { login: string }[] };
  const inspector = await person(browser, found.items[0]?.login ?? "inspector");
  await open(inspector, case_id);
  await act(inspector, { action: "check_fail", opinion: "盲道上还有碎木，不通过。", photo: "check" });
  await told(inspector, "已核查不通过");
  await expect(state(leader)).not.toHaveText("待结案");
  expect((await read(leader, case_id)).rework_count).toBeGreaterThanOrEqual(1);
  for (const page of [operator, leader, dispatcher, district, first, second, inspector]) await page.context().close();
});
