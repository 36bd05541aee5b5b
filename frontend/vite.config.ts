import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

import type * as DevBackend from "./devserver/backend";

const jsonReport = process.env["GHL_TEST_JSON"];
const backend = process.env["GHL_BACKEND"];

/**
 * For `npm run dev` alone: answers `/api` from memory. With `GHL_BACKEND=http://…` set,
 * the calls go to a real Odoo instead.
 */
const devBackend: Plugin = {
  name: "ghl-dev-backend",
  apply: "serve",
  config: () =>
    backend ? { server: { proxy: { "/api": backend, "/web": backend } } } : {},
  async configureServer(server) {
    if (backend || process.env["VITEST"]) return;
    const { attach } = (await server.ssrLoadModule(
      "/devserver/backend.ts",
    )) as typeof DevBackend;
    attach(server);
  },
};

// Odoo serves `static/dist` for a week under fixed names and adds a version to the
// address itself, so the names carry no hash. One script and one style sheet: the page
// needs both at once, and a single file leaves nothing to resolve at run time.
export default defineConfig({
  base: "./",
  plugins: [react(), devBackend],
  build: {
    outDir: "../static/dist",
    emptyOutDir: true,
    // The browsers that Odoo 19 supports; all of them know `light-dark()`.
    target: ["chrome125", "firefox128", "safari17.5"],
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    license: { fileName: "analytics.licenses.md" },
    rolldownOptions: {
      input: "src/analytics.tsx",
      // The host page may import() the bundle and call mount() itself.
      preserveEntrySignatures: "exports-only",
      output: {
        format: "es",
        codeSplitting: false,
        entryFileNames: "analytics.js",
        assetFileNames: "analytics[extname]",
      },
    },
  },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://localhost/ghl/analytics" } },
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: 60_000,
    // A file for the runner that counts the tests of all suites together.
    reporters: jsonReport
      ? ["default", ["json", { outputFile: jsonReport }]]
      : ["default"],
  },
});
