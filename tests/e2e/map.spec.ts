import { expect, type Locator } from "@playwright/test";
import { person, test } from "./desk";

interface Row { id: string; lon: number; lat: number; attributes: Record<string, unknown> }

test("the map of layers: what is shown, what lies at a point, its passport, how long, on paper, as a link", async ({ browser }) => {
  const page = await person(browser, "leader");
  const { items } = (await (await page.request.get("/api/v1/registry/layers/components/features?class=01004&limit=1")).json()) as { items: Row[] };
  const [grate] = items;
  if (!grate) throw new Error("the demo has no grate");
  await page.goto(`/map?at=18/${grate.lat}/${grate.lon}&layers=components,cells`);
  await expect(page.locator("[data-test=layer-components]")).toBeVisible();
  await expect(page.getByLabel("图例")).toBeVisible();
  const canvas = page.locator("[data-test=map] canvas");
  const box = await canvas.boundingBox();
  if (!box) throw new Error("no map");
  await page.waitForTimeout(1500); // the tiles come
  await canvas.click({ position: { x: box.width / 2, y: box.height / 2 } });
  const passport = page.locator("[data-test=feature]");
  await expect(passport.getByText(grate.id)).toBeVisible();
  await expect(passport.getByText("雨水箅子").first()).toBeVisible();
  await expect(passport.getByText("所在单元网格", { exact: false }).first()).toBeVisible();
  expect(page.url()).toContain(`feature=components/${grate.id}`);

  await passport.locator("[data-test=code]").click();
  await expect(page.locator("[data-test=qr] path")).toHaveAttribute("d", /M0 0h1v1h-1z/);
  await page.getByRole("dialog").getByRole("button", { name: "关上" }).click();

  await page.locator("[data-test=measure]").click();
  await canvas.click({ position: { x: box.width / 2 - 150, y: box.height / 2 } });
  await canvas.click({ position: { x: box.width / 2 + 150, y: box.height / 2 } });
  await expect(page.locator("[data-test=measured]")).toContainText(/总长 \d/);
  await page.locator("[data-test=identify]").click();

  await page.locator("[data-test=print-map]").click();
  await expect(page.locator("[data-test=map-sheet] img")).toHaveAttribute("src", /^data:image\/png/);
  await expect(page.locator("[data-test=map-sheet] .bar")).toContainText("米");
  await page.getByRole("dialog").getByRole("button", { name: "关上" }).click();

  // The link opens the same map.
  const again = await person(browser, "operator");
  await again.goto(page.url());
  await expect(again.locator("[data-test=feature]").getByText(grate.id)).toBeVisible();

  await page.locator("[data-test=find-layer]").fill("后备");
  await expect(page.locator("[data-test=layer-reserve_trees]")).toBeVisible();
  await expect(page.locator("[data-test=layer-components]")).toHaveCount(0);
});

// How light a picture is on the whole, 0 to 255.
async function lightness(picture: Locator): Promise<number> {
  return picture.evaluate(async (image) => {
    const of = image as HTMLImageElement;
    await of.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 32;
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("no 2d canvas");
    pen.drawImage(of, 0, 0, 32, 32);
    const { data } = pen.getImageData(0, 0, 32, 32);
    let sum = 0;
    for (let at = 0; at < data.length; at += 4) sum += ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 3;
    return sum / (data.length / 4);
  });
}

test("a printed map is light on a dark desk, and the desk stays dark", async ({ browser }) => {
  const page = await person(browser, "leader");
  await page.addInitScript(() => localStorage.setItem("chengge.theme", "dark"));
  const { items } = (await (await page.request.get("/api/v1/registry/layers/components/features?class=01004&limit=1")).json()) as { items: Row[] };
  const [grate] = items;
  if (!grate) throw new Error("the demo has no grate");
  await page.goto(`/map?at=17/${grate.lat}/${grate.lon}&layers=components,cells`);
  await expect(page.locator("[data-test=layer-components]")).toBeVisible();
  await page.locator("[data-test=print-map]").click();
  const sheet = page.locator("[data-test=map-sheet]");
  await expect(sheet.locator("img")).toHaveAttribute("src", /^data:image\/png/);
  expect(await lightness(sheet.locator("img"))).toBeGreaterThan(200);
  const ground = (of: Locator): Promise<string> => of.evaluate((element) => getComputedStyle(element).backgroundColor);
  expect(await ground(sheet)).toBe("rgb(255, 255, 255)");
  await expect(sheet.locator(".bar")).toContainText("米");

  // On paper nothing but the sheet, on one page; its words are dark.
  await page.emulateMedia({ media: "print" });
  expect(await ground(page.locator("body"))).toBe("rgba(0, 0, 0, 0)");
  await expect(page.locator("[data-test=layer-components]")).toBeHidden();
  const pdf = (await page.pdf({ preferCSSPageSize: true, printBackground: true })).toString("latin1");
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  await page.emulateMedia({ media: "screen" });

  await page.getByRole("dialog").getByRole("button", { name: "关上" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  expect(await ground(page.locator("body"))).toBe("rgb(18, 23, 26)");
  await expect(page.locator(".maplibregl-map")).toHaveCount(1);
});

test("a component is edited, a change is seen by others at once, a proposal is merged", async ({ browser }) => {
  const admin = await person(browser, "system-admin");
  await admin.goto("/registry/components?class=03005");
  await expect(admin.locator("[data-test=total]")).toContainText(/共 [\d,]+ 条/);
  const link = admin.locator("td.id a").first();
  const id = (await link.textContent()) ?? "";
  await link.click();
  const passport = admin.locator("[data-test=feature]");
  await expect(passport.getByText(id)).toBeVisible();
  await passport.locator("[data-test=edit]").click();
  await admin.locator("[data-test=field-material]").fill(`不锈钢 ${Date.now() % 1000}`);
  await admin.locator("[data-test=save]").click();
  await expect(admin.getByText("请写明改动的原因。")).toBeVisible();
  await admin.locator("[data-test=reason]").fill("现场核对");

  const watcher = await person(browser, "leader");
  let tell_changed = (): void => undefined;
  const changed = new Promise<void>((resolve) => (tell_changed = resolve));
  const feature = (await (await watcher.request.get(`/api/v1/registry/layers/components/features/${id}`)).json()) as Row;
  const before = (await (await watcher.request.get("/api/v1/map/layers")).json()) as { items: { id: string; version: number }[] };
  // The change falls between the list of layers and the stream that tells of changes.
  await watcher.route("**/api/v1/map/changes", async (route) => {
    await changed;
    await route.continue();
  });
  await watcher.goto(`/map?at=18/${feature.lat}/${feature.lon}&layers=components`);
  await expect(watcher.locator("[data-test=layer-components]")).toBeVisible();
  const known = before.items.find((one) => one.id === "components")?.version ?? 0;
  const tile_of = (version: number) => watcher.waitForRequest((request) => request.url().includes(`/tiles/components/${version}/`), { timeout: 120_000 });
  const tile = tile_of(known + 1);
  await admin.locator("[data-test=save]").click();
  await expect(admin.getByText("已改好")).toBeVisible();
  tell_changed();
  await tile;
  await expect(passport.getByText(/材质.*不锈钢/).first()).toBeVisible();

  const collector = await person(browser, "collector-001");
  await collector.goto(`/registry/components/${id}`);
  await collector.locator("[data-test=propose]").click();
  await collector.locator("[data-test=proposal-words]").fill("果皮箱不在原处，只剩底座");
  await collector.locator("[data-test=send-proposal]").click();
  await expect(collector.getByText("已送审")).toBeVisible();

  await admin.goto("/proposals");
  const row = admin.locator("[data-test=proposal]").filter({ hasText: "只剩底座" }).first();
  const next_tile = tile_of(known + 2);
  await row.locator("[data-test=merge]").click();
  await expect(admin.getByText("已更新入库")).toBeVisible();
  await next_tile; // told by the stream
  await admin.goto(`/registry/components/${id}`);
  await expect(admin.locator("[data-test=feature] .tag").first()).toHaveText("丢失");
});

test("an address is offered while one types and the map goes there", async ({ browser }) => {
  const page = await person(browser, "operator");
  const { items } = (await (await page.request.get("/api/v1/registry/layers/addresses/features?words=%E5%8F%B7&limit=1")).json()) as { items: { name: string }[] };
  const name = items[0]?.name ?? "";
  expect(name).not.toBe("");
  await page.goto("/register");
  await page.locator("[data-test=address]").pressSequentially(name.slice(0, 4), { delay: 20 });
  await expect(page.locator("[data-test=suggestions] li").first()).toBeVisible();
  await page.locator("[data-test=address]").fill(name);
  await page.locator("[data-test=suggestions] li").filter({ hasText: name }).first().click();
  await expect(page.getByText("在管理范围内")).toBeVisible();
  // A place picked by hand is called by its name.
  await page.locator("[data-test=address]").fill("");
  const canvas = page.locator("[data-test=map] canvas");
  const box = await canvas.boundingBox();
  if (!box) throw new Error("no map");
  await canvas.click({ position: { x: box.width / 2 + 14, y: box.height / 2 + 12 } }); // some ten metres off
  await expect(page.locator("[data-test=address]")).not.toHaveValue("");
});

test("duty areas are suggested, looked at and taken over", async ({ browser }) => {
  const page = await person(browser, "system-admin");
  await page.goto("/duty-areas");
  await expect(page.locator("[data-test=duty-region] option").nth(3)).toBeAttached();
  await page.locator("[data-test=duty-region]").selectOption({ index: 2 });
  await page.locator("[data-test=duty-areas]").fill("4");
  await page.locator("[data-test=suggest]").click();
  await expect(page.locator("[data-test=duty-row]")).toHaveCount(4);
  await expect(page.locator("[data-test=evenness]")).toContainText(/最重的是平均的 1\.\d\d 倍/);
  await page.locator("[data-test=duty-row]").first().click();
  await page.locator("[data-test=take-over]").click();
  await expect(page.getByText("请写明改动的原因。")).toBeVisible();
  await page.locator("[data-test=duty-reason]").fill("新增一名采集员");
  await page.locator("[data-test=take-over]").click();
  await expect(page.getByText("责任网格已更新")).toBeVisible();
});

test("a collector looks after a duty area on a shift, until somebody ends it", async ({ browser }) => {
  const page = await person(browser, "system-admin");
  await page.goto("/duty-rota");
  await expect(page.locator("[data-test=rota-row]").first()).toBeVisible();
  await expect(page.locator("[data-test=uncovered]")).toContainText("有班次没有人");
  // Whoever looks for gaps sees them alone; the rota goes out as a table.
  await page.locator("[data-test=only-uncovered]").check();
  const lacking = page.locator("[data-test=rota-row]").filter({ has: page.locator("td.open") });
  await expect(page.locator("[data-test=rota-row]").filter({ hasNot: page.locator("td.open") })).toHaveCount(0);
  const gap = lacking.first().locator("td.open [data-test^=assign-]").first();
  await expect(gap).toContainText("无人");
  const act = (await gap.getAttribute("data-test")) ?? "";
  const area = (await lacking.first().locator("th small").textContent()) ?? "";
  const download = page.waitForEvent("download");
  await page.locator("[data-test=rota-excel]").click();
  expect((await download).suggestedFilename()).toBe("duty_rota.xlsx");
  await page.locator("[data-test=only-uncovered]").uncheck();
  await page.locator("[data-test=find]").fill(area);
  await expect(page.locator("[data-test=rota-row]")).toHaveCount(1);
  const cell = page.locator(`[data-test=${act}]`);
  await cell.click();
  await page.locator("[data-test=assign]").click();
  await expect(page.getByText("请选择采集员。")).toBeVisible();
  await expect(page.locator("[data-test=person] option").nth(1)).toBeAttached();
  const name = ((await page.locator("[data-test=person] option").nth(1).textContent()) ?? "").split(" ")[0] ?? "";
  await page.locator("[data-test=person]").selectOption({ index: 1 });
  await page.locator("[data-test=assign]").click();
  await expect(cell).toContainText(name);
  await page.locator("[data-test=choose]").click();
  await expect(page.locator("[data-test=past]").first()).toContainText("另行通知");
  await page.locator("[data-test=end]").first().click();
  await page.locator("[data-test=last-day]").fill(new Date(Date.now() + (8 - 24) * 3600_000).toISOString().slice(0, 10)); // yesterday
  await page.locator("[data-test=end-words]").fill("排错了");
  await page.locator("[data-test=end-it]").click();
  await expect(page.locator("[data-test=past]").first()).toContainText("未开始即取消");
  await expect(cell).not.toContainText(name);
});

test("a community's cells are proposed, judged by the rules, let go or taken over", async ({ browser }) => {
  const page = await person(browser, "system-admin");
  await page.goto("/cell-division");
  await expect(page.locator("[data-test=present]")).toContainText(/现有 \d+ 个/);
  await page.locator("[data-test=propose]").click();
  await expect(page.locator("[data-test=sum]")).toContainText(/建议 \d+ 个/);
  await page.locator("[data-test=cell-row]").first().click();
  await page.locator("[data-test=let-go]").click();
  await expect(page.locator("[data-test=cell-row]")).toHaveCount(0);
  await page.locator("[data-test=propose]").click();
  await expect(page.locator("[data-test=cell-row]").first()).toBeVisible();
  const count = await page.locator("[data-test=cell-row]").count();
  await page.locator("[data-test=take-over]").click();
  await expect(page.getByText("请写明改动的原因。")).toBeVisible();
  await page.locator("[data-test=reason]").fill("按新路网重划");
  await page.locator("[data-test=take-over]").click();
  await expect(page.getByText("单元网格已更新")).toBeVisible();
  await expect(page.locator("[data-test=present]")).toContainText(`现有 ${count} 个`);
});

test("a cell is cut on the map, its pieces begin under new codes", async ({ browser }) => {
  const page = await person(browser, "system-admin");
  const { items } = (await (await page.request.get("/api/v1/registry/layers/cells/features?limit=40")).json()) as { items: Row[] };
  const cell = items[Math.floor(Math.random() * items.length)];
  if (!cell) throw new Error("no cell");
  await page.goto(`/map?at=18/${cell.lat}/${cell.lon}&layers=cells`);
  await expect(page.locator("[data-test=layer-cells]")).toBeVisible();
  await page.locator("[data-test=edit-map]").click();
  await expect(page.locator("[data-test=edit-layer]")).toHaveValue("cells");
  const canvas = page.locator("[data-test=map] canvas");
  const box = await canvas.boundingBox();
  if (!box) throw new Error("no map");
  await page.waitForTimeout(1200);
  await canvas.click({ position: { x: box.width / 2, y: box.height / 2 } });
  await expect(page.locator("[data-test=edit-panel] li").first()).toHaveText(/^\d{15}$/);
  await canvas.click({ position: { x: box.width / 2 + 8, y: 130 } });
  await canvas.click({ position: { x: box.width / 2, y: box.height - 60 } });
  await expect(page.getByText(/撤去 1 个，成为 [23] 个/)).toBeVisible();
  await page.locator("[data-test=edit-reason]").fill("新建道路穿过");
  await page.locator("[data-test=edit-save]").click();
  await expect(page.getByText("已改好")).toBeVisible();
});

interface Heat { items: { lon: number; lat: number; count: number; bbox: number[] }[]; total: number }

test("the heat map: squares with numbers that open their cases, by class and by days", async ({ browser }) => {
  const page = await person(browser, "leader");
  const wide = (await (await page.request.get("/api/v1/map/heat?bbox=109,20,111.5,22.5&zoom=14&days=365")).json()) as Heat;
  const busiest = [...wide.items].sort((a, b) => b.count - a.count)[0];
  if (!busiest) throw new Error("the demo has no cases");
  await page.goto(`/map?at=15/${busiest.lat}/${busiest.lon}&layers=cells&heat=365,,all`);
  await expect(page.locator("[data-test=heat]")).toBeChecked();
  await expect(page.locator("[data-test=heat-total]")).toContainText(/图内共 [\d,]+ 件/);
  await expect(page.locator("[data-test=heat-step]").first()).toContainText("件");
  const canvas = page.locator("[data-test=map] canvas");
  const box = await canvas.boundingBox();
  if (!box) throw new Error("no map");
  await page.waitForTimeout(1500); // the squares are drawn
  await canvas.click({ position: { x: box.width / 2, y: box.height / 2 } });
  const square = page.locator("[data-test=square-cases]");
  await expect(square.getByRole("heading")).toContainText(`这一格有 ${busiest.count} 件案件`);
  // All of them can be reached, page by page, and searched further.
  for (let shown = 100; shown < busiest.count; shown += 100) {
    await square.locator("[data-test=square-more]").click();
    await expect(square.locator("li")).toHaveCount(Math.min(busiest.count, shown + 100));
  }
  await expect(square.locator("li")).toHaveCount(busiest.count);
  await expect(square.locator("[data-test=square-more]")).toHaveCount(0);
  const search = await person(browser, "leader");
  await search.goto((await square.locator("[data-test=square-search]").getAttribute("href")) ?? "");
  await expect(search.locator("[data-test=square]")).toContainText("图上一格");
  await expect(search.locator("p.status")).toContainText(busiest.count > 100 ? "100" : String(busiest.count));
  await search.locator("[data-test=square]").click();
  await expect(search.locator("[data-test=square]")).toHaveCount(0);
  expect(search.url()).not.toContain("bbox");

  // One major class has at most as many, and the link keeps what was chosen.
  const all = Number((await page.locator("[data-test=heat-total]").textContent())?.replace(/\D/g, ""));
  const major = (await page.locator("[data-test=heat-class] optgroup option").first().getAttribute("value")) ?? "";
  expect(major).toMatch(/^(event|component)\/\d\d$/);
  await page.locator("[data-test=heat-class]").selectOption(major);
  await expect(square).toHaveCount(0);
  expect(decodeURIComponent(page.url())).toContain(`heat=365,${major},all`);
  await expect.poll(async () => Number((await page.locator("[data-test=heat-total]").textContent())?.replace(/\D/g, ""))).toBeLessThan(all);
  await page.locator("[data-test=heat]").uncheck();
  await expect(page.locator("[data-test=heat-step]")).toHaveCount(0);
});

test("a layer that is drawn nearer only says so; hidden classes are asked for without", async ({ browser }) => {
  const page = await person(browser, "leader");
  await page.goto("/map?at=11/21.27/110.36&layers=components");
  await expect(page.locator("[data-test=nearer-components]")).toHaveText("放大到 13 级可见");
  await page.goto("/map?at=15/21.27/110.36&layers=components");
  await expect(page.locator("[data-test=layer-components]")).toBeVisible();
  await expect(page.locator("[data-test=nearer-components]")).toHaveCount(0);
  await page.locator("[data-test=layer-components] .fold").click();
  const tile = page.waitForRequest((request) => /\/tiles\/components\/.*\.mvt\?without=\d+/.test(request.url()));
  await page.locator(".class input").first().uncheck();
  await tile;
});
