import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";

import { server } from "../test/server";
import { ApiError, createClient } from "./client";

const schema = z.object({ value: z.number() });
const api = createClient("/api/");

async function failure(response: () => Response): Promise<ApiError> {
  server.use(http.get("*/api/thing", response));
  const error: unknown = await api.request(schema, "/thing").catch((e: unknown) => e);
  if (error instanceof ApiError) return error;
  throw new Error("expected an ApiError");
}

describe("the client", () => {
  it("leaves empty parameters out and encodes the others", async () => {
    let search = "";
    server.use(
      http.get("*/api/thing", ({ request }) => {
        search = new URL(request.url).search;
        return HttpResponse.json({ value: 1 });
      }),
    );
    const params = { a: "x&y", b: "", c: null, d: 0 };
    expect(await api.request(schema, "/thing", { params })).toEqual({ value: 1 });
    expect(search).toBe("?a=x%26y&d=0");
  });

  it("posts JSON", async () => {
    server.use(
      http.post("*/api/thing", async ({ request }) =>
        request.headers.get("Content-Type") === "application/json"
          ? HttpResponse.json(await request.json(), { status: 202 })
          : HttpResponse.json({}, { status: 415 }),
      ),
    );
    expect(await api.request(schema, "/thing", { body: { value: 7 } })).toEqual({ value: 7 });
  });

  it("hands on the server's sentence, code and pause", async () => {
    const error = await failure(() =>
      HttpResponse.json(
        { success: false, error: "Slow down.", code: "rate_limited" },
        { status: 429, headers: { "Retry-After": "7" } },
      ),
    );
    expect(error).toMatchObject({
      message: "Slow down.",
      status: 429,
      code: "rate_limited",
      retryAfter: 7,
      transient: true,
    });
  });

  it("has words for an error page of a proxy", async () => {
    const error = await failure(() => new HttpResponse("<html>", { status: 502 }));
    expect(error.message).toBe("The server answered with an error (HTTP 502).");
    expect(error.transient).toBe(true);
  });

  it("has words for an answer of another shape", async () => {
    const error = await failure(() => HttpResponse.json({ value: "many" }));
    expect(error).toMatchObject({ code: "bad_answer", transient: false });
  });

  it("has words for no answer at all", async () => {
    const error = await failure(() => HttpResponse.error());
    expect(error).toMatchObject({ code: "unreachable", status: 0, transient: true });
  });

  it("gives up at once when the caller does", async () => {
    server.use(http.get("*/api/thing", () => new Promise<Response>(() => undefined)));
    const controller = new AbortController();
    const call = api.request(schema, "/thing", { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.not.toBeInstanceOf(ApiError);
  });
});
