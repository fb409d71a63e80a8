import { expect } from "@playwright/test";
import { person, photo, test, told } from "./desk";

test("an inspector draws, finds, and the draw can be checked; the company objects and somebody else decides", async ({ browser }) => {
  const words = `走访周边，没有出现过所报问题 ${Date.now()}`;
  const inspector = await person(browser, "inspector-3");
  await inspector.goto("/sampling");
  await inspector.locator("[data-test=new-draw]").click();
  await inspector.locator("[data-test=lot]").selectOption({ index: 1 });
  await inspector.locator("[data-test=size]").fill("5");
  await inspector.locator("[data-test=draw]").click();
  await told(inspector, "已从");
  await inspector.locator("[data-test=check]").click();
  await expect(inspector.getByText("复核一致")).toBeVisible();
  await inspector.locator("[data-test=inspect]").first().click();
  await inspector.locator("[data-test=false_report]").check({ force: true });
  await inspector.locator("[data-test=words]").fill(words);
  await inspector.getByRole("dialog").locator("input[type=file]").setInputFiles(await photo(inspector, "check"));
  await expect(inspector.getByRole("progressbar")).toHaveCount(0);
  await inspector.locator("[data-test=keep]").click();
  await told(inspector, "督查结果已记录");
  await expect(inspector.locator("[data-test=inspect]")).toHaveCount(4);

  const company = await person(browser, "company-1");
  await company.goto("/contractors?tab=findings");
  const charged = company.locator(".findings li").filter({ hasText: words });
  await expect(charged).not.toContainText("督查员");
  await charged.locator("[data-test=object]").click();
  await company.locator("[data-test=reason]").fill("采集员当时拍有原始照片，请复核");
  await company.locator("[data-test=send]").click();
  await expect(charged).toContainText("申辩中");

  const evaluator = await person(browser, "evaluator");
  await evaluator.goto("/sampling?tab=findings&state=objected");
  await evaluator.locator(".findings li").filter({ hasText: words }).locator("[data-test=decide]").click();
  await evaluator.locator("[data-test=reason]").fill("原始照片清楚，撤销");
  await evaluator.locator("[data-test=withdraw]").click();
  await expect(evaluator.locator(".findings li").filter({ hasText: words })).toHaveCount(0);
  await evaluator.goto("/sampling?tab=findings&state=withdrawn");
  await expect(evaluator.locator(".findings li").filter({ hasText: words })).toContainText("复议撤销");
});

test("a month's sheet opens every number, and a company sees its own", async ({ browser }) => {
  const evaluator = await person(browser, "evaluator-2");
  await evaluator.goto("/contractors?tab=sheet");
  await expect(evaluator.getByRole("heading", { name: "采集公司" })).toBeVisible();
  await evaluator.locator("[data-test=make-sheet]").click();
  await evaluator.locator(".rows .opens").first().click();
  await expect(evaluator.locator(".behind li").first()).toContainText(/\S/);
  const company = await person(browser, "company-1");
  await company.goto("/contractors");
  await expect(company.locator(".list li")).toHaveCount(1);
  const collector = await person(browser, "collector-001");
  await collector.goto("/my-score");
  await expect(collector.locator("[data-test=score]")).toBeVisible();
});
