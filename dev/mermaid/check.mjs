/**
 * Reads every Mermaid diagram of Markdown files with Mermaid itself, as the forges that
 * show them do, and tells what it does not understand.
 *
 *     node check.mjs file.md …
 */
import { readFileSync } from "node:fs";

import { JSDOM } from "jsdom";

// Mermaid sanitizes what it reads, for which it needs a document.
const { window } = new JSDOM("");
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import("mermaid");

const BLOCK = /^```mermaid\n([\s\S]*?)^```$/gm;
let found = 0;
let bad = 0;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  for (const match of text.matchAll(BLOCK)) {
    found += 1;
    try {
      await mermaid.parse(match[1]);
      // It ends a statement: the rest of a label would silently become boxes of its own.
      if (match[1].includes(";")) throw new Error("a semicolon ends a statement");
    } catch (error) {
      bad += 1;
      const line = text.slice(0, match.index).split("\n").length;
      console.error(`${file}:${line}: ${error.message}`);
    }
  }
}
console.log(`${found} diagrams, ${bad} of them broken`);
process.exitCode = bad > 0 || found === 0 ? 1 : 0;
