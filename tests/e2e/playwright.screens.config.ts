import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

export default defineConfig(base, { testMatch: "screens.shots.ts", timeout: 180_000 });
