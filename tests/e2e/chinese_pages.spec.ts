import { expect, type Page } from "@playwright/test";
import { person, test } from "./desk";

// What may be Latin on a Chinese page: keys, formats, units, the datum. Logins, codes and addresses are
// marked translate="no" in the page and left out here, as are keys and code.
const allowed = /\b(English|SOS|Ctrl|Alt|Shift|Enter|Esc|JPEG|PNG|CSV|MB|CGCS2000|km|m|[A-Z])\b/g;

async function latin_words(page: Page): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const found: string[] = [];
    const walk = (node: Node): void => {
      if (node instanceof Element) {
        if (node.matches("[translate=no], kbd, code, script, style, svg, noscript")) return;
        for (const name of ["aria-label", "title", "placeholder", "alt"]) found.push(node.getAttribute(name) ?? "");
      }
      if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent ?? "");
      node.childNodes.forEach(walk);
    };
    walk(document.body);
    found.push(document.title);
    return found;
  });
  return texts.flatMap((text) => text.replace(allowed, "").match(/[A-Za-z][A-Za-z_]*/g) ?? []);
}

const pages: [string, string[]][] = [
  ["operator", ["/inbox", "/pool", "/call-backs", "/knowledge", "/shifts", "/register", "/search", "/search?view=map", "/mine", "/overdue", "/account"]],
  ["leader", ["/inbox", "/notices", "/notices?view=templates", "/map", "/registry", "/registry/heritage_trees", "/registry/cells"]],
  ["dispatcher", ["/inbox"]],
  ["inspector", ["/inbox", "/search", "/sampling", "/sampling?tab=findings"]],
  ["evaluator", ["/contractors", "/contractors?tab=staff", "/contractors?tab=people", "/contractors?tab=sheet", "/contractors?tab=findings"]],
  ["company-1", ["/contractors", "/account"]],
  ["collector-001", ["/spot", "/my-score", "/my-areas", "/proposals"]],
  ["commander", ["/disputed", "/emergency", "/emergency?tab=priority", "/emergency?tab=damage"]],
  ["system-admin", ["/people", "/reorganisation", "/proposals", "/duty-areas", "/duty-rota", "/cell-division", "/registry/addresses"]],
  ["audit-admin", ["/access-log"]],
];
for (const [login, paths] of pages) {
  for (const path of paths) {
    test(`${path} of ${login} shows no codes and no stray Latin words`, async ({ browser }) => {
      const page = await person(browser, login);
      await page.goto(path);
      await expect(page.locator("main")).toBeVisible();
      await page.waitForLoadState("load");
      await page.waitForTimeout(1500); // lists and words arrive after the page
      expect(await latin_words(page)).toEqual([]);
      await page.context().close();
    });
  }
}

test("every case page an operator sees is Chinese, and printing it too", async ({ browser }) => {
  const page = await person(browser, "leader");
  const { items } = (await (await page.request.get("/api/v1/cases?limit=4")).json()) as { items: { case_id: string }[] };
  expect(items.length).toBeGreaterThan(0);
  for (const item of items) {
    for (const path of [`/cases/${item.case_id}`, `/print/${item.case_id}`]) {
      await page.goto(path);
      await expect(page.locator("h1").first()).toBeVisible();
      expect(await latin_words(page), path).toEqual([]);
    }
  }
  await page.context().close();
});

test("the first page and signing in are Chinese, and English on asking", async ({ page }) => {
  for (const path of ["/", "/sign-in"]) {
    await page.goto(path);
    await expect(page.locator("main")).toBeVisible();
    expect(await latin_words(page), path).toEqual([]);
  }
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.getByRole("button", { name: "中文" }).click();
  await expect(page.getByRole("heading", { name: "登录" })).toBeVisible();
});
