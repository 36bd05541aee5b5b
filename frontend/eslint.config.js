import { readdirSync } from "node:fs";

import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import globals from "globals";
import tseslint from "typescript-eslint";

/**
 * Imports run one way: lib <- components, api <- features <- app <- analytics.tsx.
 * A layer may not import the layers named here, and features do not know each other.
 */
const layer = (files, forbidden, message) => ({
  files,
  ignores: ["**/*.test.ts", "**/*.test.tsx"],
  rules: {
    "no-restricted-imports": [
      "error",
      { patterns: [{ group: [...forbidden, "**/test/**"], message }] },
    ],
  },
});

const features = readdirSync(`${import.meta.dirname}/src/features`);

export default defineConfig(
  { ignores: ["node_modules/", "coverage/", "src/contract/"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
      reactHooks.configs.flat["recommended-latest"],
      jsxA11y.flatConfigs.strict,
    ],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      // The explicit roles keep the table a table where CSS lays it out as cards.
      "jsx-a11y/no-redundant-roles": [
        "error",
        { table: ["table"], thead: ["rowgroup"], tbody: ["rowgroup"], tr: ["row"] },
      ],
      "jsx-a11y/no-interactive-element-to-noninteractive-role": [
        "error",
        { tr: ["row"], td: ["cell"], th: ["columnheader"] },
      ],
      // A list box may be made of list items: so does the ARIA authoring guide.
      "jsx-a11y/no-noninteractive-element-to-interactive-role": [
        "error",
        { ul: ["listbox"], li: ["option"] },
      ],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "complexity": ["error", 14],
      "max-lines": ["error", { max: 220, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
    },
  },
  layer(
    ["src/lib/**"],
    ["**/components/**", "**/api/**", "**/features/**", "**/app/**"],
    "lib imports nothing of ours.",
  ),
  layer(
    ["src/components/**"],
    ["**/api/**", "**/features/**", "**/app/**"],
    "components know lib only.",
  ),
  layer(
    ["src/api/**"],
    ["**/components/**", "**/features/**", "**/app/**"],
    "api knows lib only.",
  ),
  ...features.map((feature) =>
    layer(
      [`src/features/${feature}/**`],
      ["**/app/**", ...features.filter((x) => x !== feature).map((x) => `**/${x}/*`)],
      "features know api, components and lib; neither each other nor the app.",
    ),
  ),
);
