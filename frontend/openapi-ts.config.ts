import { defineConfig } from "@hey-api/openapi-ts";

/**
 * The page's types and validators, made from the server's own document. `make contract`
 * says where that is, and `make lint` whether they are up to date.
 */
export default defineConfig({
  input: process.env["GHL_OPENAPI"] ?? "",
  output: {
    path: process.env["GHL_CONTRACT"] ?? "src/contract",
    entryFile: false,
  },
  plugins: [
    "@hey-api/typescript",
    { name: "zod", compatibilityVersion: "mini", requests: false, responses: false },
  ],
});
