import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// In development the pages ask a running server; CHENGGE_URL names it.
const server = process.env["CHENGGE_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/",
  plugins: [vue()],
  build: { target: ["chrome109", "edge109", "firefox115", "safari16.4"], sourcemap: false, chunkSizeWarningLimit: 1200 },
  server: { proxy: { "/api": { target: server, changeOrigin: true } } },
});
