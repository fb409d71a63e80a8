import { expect } from "@playwright/test";
import { act, open, person, report, state, test, told } from "./desk";

test("two leaders at one case: the later keeps the opinion and sees what it is now", async ({ browser }) => {
  const operator = await person(browser, "operator");
  const case_id = await report(operator, { words: "路灯不亮，晚上很黑。", class_name: "路灯", with_photo: true });
  await act(operator, { action: "accept" });
  await told(operator, "已受理");

  const [one, two] = [await person(browser, "leader"), await person(browser, "leader")];
  // The second screen is cut off from the feed and shows yesterday's truth.
  await two.route("**/api/v1/stream*", (route) => route.abort());
  await open(one, case_id);
  await open(two, case_id);
  const opinion = two.getByRole("textbox", { name: "办理意见" });
  await opinion.fill("请先核实杆号。");
  await act(one, { action: "file_case", filing_row: /./ });
  await told(one, "已立案");

  await two.locator("[data-action=return_to_intake]").click();
  await expect(two.getByRole("alert")).toContainText("你的意见还在");
  await expect(opinion).toHaveValue("请先核实杆号。");
  await expect(state(two)).toHaveText("待派遣");
  for (const page of [operator, one, two]) await page.context().close();
});

test("an act is sent again until the server answers, and counts once", async ({ browser }) => {
  const operator = await person(browser, "operator");
  const case_id = await report(operator, { words: "井盖松动，车一过就响。", class_name: "雨水井盖" });
  let failures = 2;
  await operator.route(`**/api/v1/cases/${case_id}/steps`, async (route) => {
    failures -= 1;
    if (failures === 1) {
      await route.fetch(); // the server did it, the answer is lost on the way
      await route.abort();
    } else if (failures === 0) await route.abort();
    else await route.continue();
  });
  await act(operator, { action: "accept", opinion: "予以受理。" });
  await expect(operator.getByText(/送达中/).first()).toBeVisible();
  await told(operator, "已受理");
  await expect(operator.getByText("全部已送达")).toBeVisible();
  const { steps } = (await (await operator.request.get(`/api/v1/cases/${case_id}`)).json()) as { steps: { action: string }[] };
  expect(steps.filter((step) => step.action === "accept")).toHaveLength(1);
  await operator.context().close();
});

test("a server that is busy when a page is opened signs nobody out", async ({ browser }) => {
  const leader = await person(browser, "leader");
  let busy = 2;
  await leader.route("**/api/v1/me", async (route) => {
    busy -= 1;
    if (busy >= 0) await route.fulfill({ status: 503, contentType: "application/problem+json", headers: { "Retry-After": "1" }, body: JSON.stringify({ type: "about:blank", title: "busy", status: 503, code: "server_busy", detail: "现在忙。", request_id: "0" }) });
    else await route.continue();
  });
  await leader.goto("/inbox");
  await expect(leader.getByRole("region", { name: "待办列表" })).toBeVisible();
  await expect(leader).toHaveURL(/\/inbox/);
  // Signed out it is only by the answer that says so.
  await leader.context().clearCookies();
  await leader.goto("/search");
  await expect(leader).toHaveURL(/\/sign-in\?to=/);
  await leader.context().close();
});

test("new work waits above the list and is counted in the title", async ({ browser }) => {
  const operator = await person(browser, "operator");
  await report(operator, { words: "暴露垃圾，桶满了。", class_name: "暴露垃圾" });
  const other = await person(browser, "operator");
  await other.goto("/inbox");
  await expect(other.getByRole("region", { name: "待办列表" }).locator("a.item").first()).toBeVisible();
  await expect(other).toHaveTitle(/^\(\d+\) 我的待办/);
  await report(operator, { words: "又一处暴露垃圾。", class_name: "暴露垃圾" });
  const bar = other.getByRole("button", { name: /条新案件/ });
  await expect(bar).toBeVisible();
  await bar.click();
  await expect(bar).toHaveCount(0);
  await open(other, (await (await other.request.get("/api/v1/cases?limit=1")).json() as { items: { case_id: string }[] }).items[0]?.case_id ?? "");
  for (const page of [operator, other]) await page.context().close();
});
