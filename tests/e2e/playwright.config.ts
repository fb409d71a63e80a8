import { defineConfig } from "@playwright/test";

// Running demo cities; the browser is the system's. Each city has one spec after the other, as many at once as there are cities.
const urls = (process.env["CHENGGE_URL"] ?? "").split(" ").filter((one) => one !== "");
const url = urls[Number(process.env["TEST_PARALLEL_INDEX"] ?? 0) % urls.length];
if (!url) throw new Error("set CHENGGE_URL to a served demo city, for example http://127.0.0.1:8080, or to several of the same making");
// In a process of its own for each worker; this one, which only hands out the specs, still knows all.
if (process.env["TEST_PARALLEL_INDEX"] !== undefined) process.env["CHENGGE_URL"] = url;

export default defineConfig({
  testDir: ".",
  timeout: 360_000, // of a whole story, on a machine that has other work too
  expect: { timeout: 60_000 },
  workers: urls.length,
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    baseURL: url,
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    viewport: { width: 1440, height: 900 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env["CHENGGE_CHROMIUM"] ?? "/usr/bin/chromium",
      env: { ...process.env, LANGUAGE: "zh_CN", LANG: "zh_CN.UTF-8" },
      args: [
        "--no-sandbox", "--lang=zh-CN", "--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
      ],
    },
  },
});
