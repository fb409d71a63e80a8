import { defineConfig } from "@playwright/test";

// A running demo city; the browser is the system's.
const url = process.env["CHENGGE_URL"];
if (!url) throw new Error("set CHENGGE_URL to a served demo city, for example http://127.0.0.1:8080");

export default defineConfig({
  testDir: ".",
  timeout: 360_000, // of a whole story, on a machine that has other work too
  expect: { timeout: 60_000 },
  workers: 1, // maps are drawn by the processor, with all its cores
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
