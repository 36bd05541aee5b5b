import type { IncomingMessage } from "node:http";
import type { ViteDevServer } from "vite";

import { isActive } from "../src/lib/syncRun";
import { FakeBackend } from "../src/test/fakeBackend";

const TICK_MS = 300;
const PAGE = 100;

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

function demo(): FakeBackend {
  const backend = new FakeBackend();
  backend.addPlace("demo-large", "Blue Harbor Realty", 2431, 11);
  const done = backend.addPlace("demo-medium", "Northwind Dental", 187, 0);
  backend.order(done, "cron");
  backend.step(done, 187);
  const failed = backend.addPlace("demo-small", "Studio Kestrel", 11, 7);
  backend.order(failed);
  backend.fail(failed, "GoHighLevel refused the token. Connect the account again.");
  if (process.env["MANY"]) {
    for (let at = 0; at < 40; at++) backend.addPlace(`demo-${at}`, `Branch ${at}`, at * 3, at);
  }
  return backend;
}

/** Answers `/api` of the development server; active runs move on by themselves. */
export function attach(server: ViteDevServer): void {
  const backend = demo();
  const timer = setInterval(() => {
    for (const place of backend.places) {
      if (isActive(place.runs[0])) backend.step(place, PAGE);
    }
  }, TICK_MS);
  server.httpServer?.once("close", () => clearInterval(timer));
  server.middlewares.use("/api", (request, response) => {
    void readBody(request).then((body) => {
      const url = new URL(`/api${request.url ?? ""}`, "http://localhost");
      const answer = backend.handle(request.method ?? "GET", url, body);
      if (answer === "down") return response.destroy();
      response.writeHead(answer.status, { "Content-Type": "application/json" });
      return response.end(JSON.stringify(answer.body));
    });
  });
}
