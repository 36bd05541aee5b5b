import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";

import type { FakeBackend } from "./fakeBackend";

/** The network of the tests: real `fetch`, answered below it. */
export const server = setupServer();

/** Lets `backend` answer every call of the API until the test ends. */
export function serve(backend: FakeBackend): void {
  server.use(
    http.all("*/api/*", async ({ request }) => {
      const text = await request.text();
      const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
      const answer = backend.handle(request.method, new URL(request.url), body);
      if (answer === "down") return HttpResponse.error();
      const headers = answer.headers ?? {};
      if (typeof answer.body === "string") {
        return new HttpResponse(answer.body, { status: answer.status, headers });
      }
      return HttpResponse.json(answer.body as Record<string, unknown>, {
        status: answer.status,
        headers,
      });
    }),
  );
}
