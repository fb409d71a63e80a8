import { expect, type Page } from "@playwright/test";
import { act, open, person, read, report, state, test, told, unit_of } from "./desk";

test("a case goes from report to closing through every post, with photos", async ({ browser }) => {
  const pages: Page[] = [];
  const as = async (login: string, case_id: string): Promise<Page> => {
    const page = await person(browser, login);
    pages.push(page);
    await open(page, case_id);
    return page;
  };
  const collector = await person(browser, "collector-001");
  const case_id = await report(collector, { words: "公交站前机动车道边一块雨水箅子缺失，洞口露着，有人插了树枝示警。", class_name: "雨水箅子", with_photo: true });
  await expect(state(collector)).toHaveText("待受理");

  const operator = await as("operator", case_id);
  await act(operator, { action: "accept", opinion: "情况清楚，予以受理。" });
  await expect(state(operator)).toHaveText("待立案");
  await expect(operator.getByText(/\d{6}-\d{8}-\d{5}/).first()).toBeVisible();

  const leader = await as("leader", case_id);
  await act(leader, { action: "file_case", filing_row: /缺失/ });
  await expect(state(leader)).toHaveText("待派遣");

  const dispatcher = await as("dispatcher", case_id);
  await act(dispatcher, { action: "dispatch", receiver: /区数字城管指挥中心/ });
  await told(dispatcher, "已派遣");

  const district = (await read(leader, case_id)).assignments.at(-1)?.organisation_code ?? "";
  const district_dispatcher = await as(`dispatcher-${district.replace(/\D/g, "")}`, case_id);
  await act(district_dispatcher, { action: "dispatch", opinion: "请及时更换，注意围挡。" });
  await told(district_dispatcher, "已派遣");

  const unit = await unit_of(leader, case_id);
  const manager = await as(unit, case_id);
  await act(manager, { action: "sign" });
  await expect(manager.locator("[data-action=assign]")).toBeVisible();
  await act(manager, { action: "assign", opinion: "带新箅子到场。" });
  await told(manager, "已指派");

  const handler = await as(`${unit}-crew-1-handler-1`, case_id);
  await act(handler, { action: "feed_back", opinion: "已更换箅子一块。", photo: "after" });
  await told(handler, "已反馈");

  await act(manager, { action: "approve_review", opinion: "处置到位。" });
  await act(district_dispatcher, { action: "approve_gate" });
  await expect(state(operator)).toHaveText("待核查"); // by itself: the page listens to the feed

  await act(operator, { action: "send_check", receiver: /督查员/ });
  await told(operator, "已发核查");
  const tasks = await (await operator.request.get(`/api/v1/cases/${case_id}`)).json() as { tasks: { person_name: string }[] };
  const people = await (await operator.request.get(`/api/v1/people?q=${encodeURIComponent(tasks.tasks.at(-1)?.person_name ?? "")}`)).json() as { items: { login: string }[] };
  const inspector = await as(people.items[0]?.login ?? "inspector", case_id);
  await act(inspector, { action: "check_pass", opinion: "已装牢，核查通过。", photo: "check" });
  await told(inspector, "已核查通过");

  await expect(state(leader)).toHaveText("待结案");
  await act(leader, { action: "close", opinion: "已按结案条件核对，同意结案。" });
  await expect(state(leader)).toHaveText("已结案");
  const closed = await read(leader, case_id);
  expect(closed.case_no).toMatch(/^\d{6}-\d{8}-\d{5}$/);
  expect(closed.media.map((one) => one.moment)).toEqual(expect.arrayContaining(["before", "after", "check"]));
  await expect(leader.locator("figure.photo img")).toHaveCount(2);
  for (const page of [collector, ...pages]) await page.context().close();
});
