import { test as base, expect, type Browser, type BrowserContext, type Page } from "@playwright/test";

export interface Step {
  action: string;
  opinion?: string;
  receiver?: RegExp; // absent: what the server suggests
  photo?: Photo;
  filing_row?: RegExp;
}
export type Photo = "before" | "after" | "check";

// Who was called in leaves when the story is over: pages left open go on asking the server and drawing their maps.
const called_in: BrowserContext[] = [];
export const test = base.extend<{ all_leave: void }>({
  context: async ({ context }, use) => {
    await slow_down(context);
    await use(context);
  },
  all_leave: [
    // eslint-disable-next-line no-empty-pattern -- a fixture names what it needs: nothing
    async ({}, use) => {
      await use();
      for (const one of called_in.splice(0)) await one.close();
    },
    { auto: true },
  ],
});

// CHENGGE_SLOW=1500: what is asked of the server goes out up to so many milliseconds late, as on a bad network.
async function slow_down(context: BrowserContext): Promise<void> {
  const most_ms = Number(process.env["CHENGGE_SLOW"] ?? 0);
  if (most_ms === 0) return;
  await context.route("**/api/**", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * most_ms));
    await route.continue().catch(() => undefined); // the page has gone meanwhile
  });
}

// A browser of its own for one post, signed in.
export async function person(browser: Browser, login: string): Promise<Page> {
  const context = await browser.newContext();
  called_in.push(context);
  await slow_down(context);
  await become(context, login);
  return context.newPage();
}

export async function become(context: BrowserContext, login: string): Promise<void> {
  const answer = await context.request.post("/api/v1/demo/sessions", { data: { login }, headers: { Origin: origin() } });
  expect(answer.status(), `sign in as ${login}: ${await answer.text()}`).toBe(201);
}
const origin = (): string => new URL(process.env["CHENGGE_URL"] ?? "").origin;

// Little pictures drawn by the browser itself: a grate that is gone, back, and seen from near.
const scenes: Record<Photo, string> = {
  before: '<rect x="180" y="130" width="280" height="180" fill="#1b1d1e"/><path d="M320 300V60" stroke="#4a6b39" stroke-width="8"/>',
  after: '<rect x="180" y="130" width="280" height="180" fill="#3a3f42"/><path d="M215 130v180M250 130v180M285 130v180M320 130v180M355 130v180M390 130v180M425 130v180" stroke="#9aa3a8" stroke-width="14"/>',
  check: '<rect x="90" y="60" width="460" height="300" fill="#3a3f42"/><path d="M150 60v300M220 60v300M290 60v300M360 60v300M430 60v300M500 60v300" stroke="#a5adb2" stroke-width="24"/>',
};
const drawn = new Map<Photo, Buffer>();
export async function photo(page: Page, kind: Photo): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const known = drawn.get(kind);
  if (known) return { name: `${kind}.jpg`, mimeType: "image/jpeg", buffer: known };
  const easel = await page.context().newPage();
  await easel.setViewportSize({ width: 640, height: 420 });
  await easel.setContent(`<body style="margin:0"><svg width="640" height="420"><rect width="640" height="420" fill="#74797c"/>${scenes[kind]}</svg></body>`);
  const buffer = await easel.screenshot({ type: "jpeg", quality: 80 });
  await easel.close();
  drawn.set(kind, buffer);
  return { name: `${kind}.jpg`, mimeType: "image/jpeg", buffer };
}

export interface Report {
  words: string;
  class_name: string;
  with_photo?: boolean;
  caller?: { name: string; phone: string };
}
// Registers on the map as a person would and gives the id of the case.
export async function report(page: Page, what: Report): Promise<string> {
  await page.goto("/register");
  await page.locator("[data-test=words]").fill(what.words);
  await page.locator("[data-test=address]").fill("榕荫路公交站旁");
  await page.locator("[data-test=address]").press("Escape"); // what is offered lies over the map
  await expect(page.locator("[data-test=map] canvas")).toBeVisible();
  await page.locator("[data-test=map] canvas").click({ position: { x: 230, y: 320 } });
  await expect(page.getByText("在管理范围内")).toBeVisible();
  await page.getByLabel("找类别或代码").fill(what.class_name);
  await page.getByRole("radio", { name: new RegExp(what.class_name) }).first().click();
  if (what.caller) {
    await page.getByLabel("称呼").fill(what.caller.name);
    await page.getByLabel("联系电话").fill(what.caller.phone);
  }
  if (what.with_photo) {
    await page.locator("input[type=file]").setInputFiles(await photo(page, "before"));
    await expect(page.getByRole("progressbar")).toHaveCount(0);
  }
  await page.locator("[data-test=report]").click();
  await page.waitForURL(/\/cases\//);
  await told(page, "已上报");
  return page.url().split("/").pop() ?? "";
}

// One act on the open case: write, press, and give what the act asks for.
export async function act(page: Page, step: Step): Promise<void> {
  const bar = page.locator("footer.bar");
  if (step.opinion) await bar.getByRole("textbox", { name: "办理意见" }).fill(step.opinion);
  await bar.locator(`[data-action=${step.action}]`).first().click();
  if (step.receiver) await bar.locator("label").filter({ hasText: step.receiver }).first().click();
  if (step.filing_row) await bar.locator("label").filter({ hasText: step.filing_row }).first().click();
  if (step.photo) {
    await bar.locator("input[type=file]").setInputFiles(await photo(page, step.photo));
    await expect(page.getByRole("progressbar")).toHaveCount(0);
  }
  const panel = bar.locator(".panel");
  if (await panel.isVisible()) {
    await expect(panel.getByText("正在取…")).toHaveCount(0);
    await bar.locator(".primary").click();
  }
  const dialog = page.getByRole("dialog");
  if (await dialog.isVisible()) await dialog.locator(".danger").click();
}

export async function open(page: Page, case_id: string): Promise<void> {
  await page.goto(`/cases/${case_id}`);
  await expect(page.locator("article.case h1")).toBeVisible();
}
// An accepted case is filed by the leader, given to a district by the city's dispatcher, and open before the district's own.
export async function bring_to_district(browser: Browser, case_id: string): Promise<{ leader: Page; dispatcher: Page; district: Page }> {
  const leader = await person(browser, "leader");
  await open(leader, case_id);
  await act(leader, { action: "file_case", filing_row: /./ });
  await told(leader, "已立案");
  const dispatcher = await person(browser, "dispatcher");
  await open(dispatcher, case_id);
  await act(dispatcher, { action: "dispatch", receiver: /区数字城管指挥中心/ });
  await told(dispatcher, "已派遣");
  const centre = (await read(leader, case_id)).assignments.at(-1)?.organisation_code ?? "";
  const district = await person(browser, `dispatcher-${centre.replace(/\D/g, "")}`);
  await open(district, case_id);
  return { leader, dispatcher, district };
}
// What the desk says at the bottom left when an act has arrived.
export async function told(page: Page, words: string): Promise<void> {
  await expect(page.getByRole("region", { name: "通知" }).getByText(words).last()).toBeVisible();
}
export const state = (page: Page) => page.locator("article.case header .tag").first();

interface Case {
  version: number;
  state: string;
  case_no: string | null;
  rework_count: number;
  send_back_count: number;
  clocks: { stage: string; stopped_at: string | null }[];
  assignments: { level: string; state: string; organisation_code: string }[];
  steps: { action: string }[];
  media: { moment: string }[];
}
export async function read(page: Page, case_id: string): Promise<Case> {
  const answer = await page.request.get(`/api/v1/cases/${case_id}`);
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()) as Case;
}
// The unit that has the work now; in the demo a unit's contact signs in with the unit's code.
export async function unit_of(page: Page, case_id: string): Promise<string> {
  const units = (await read(page, case_id)).assignments.filter((one) => one.level === "unit");
  const last = units.at(-1);
  if (!last) throw new Error("no unit has the case");
  return last.organisation_code;
}
