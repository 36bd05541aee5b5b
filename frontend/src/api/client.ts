import * as z from "zod/mini";

// zod would otherwise compile validators with `new Function`, which a content security
// policy forbids (and reports) on Odoo's pages.
z.config({ jitless: true });

const TIMEOUT_MS = 30_000;

/** A call that failed, with a sentence that can be shown to a person. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The HTTP status; 0 when no answer arrived. */
  readonly status: number;
  readonly code: string;
  /** Seconds to wait, when the server named them. */
  readonly retryAfter: number | null;

  constructor(
    message: string,
    status: number,
    code: string,
    retryAfter: number | null = null,
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Worth another try by itself: nothing about the request was wrong. */
  get transient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** No server of ours spoke: there was no answer, or only that of a proxy before it. */
export function isAway(error: ApiError): boolean {
  return error.status === 0 || error.code === `http_${error.status}`
    ? [0, 502, 503, 504].includes(error.status)
    : false;
}

/** The server itself asks for patience. */
export function isBusy(error: ApiError): boolean {
  return !isAway(error) && [429, 503].includes(error.status);
}

/**
 * What a card should say of an error. An expired session, a server that is away, busy or
 * of another version concern the whole page, which says so once.
 */
export function cardError(error: Error | null): Error | null {
  if (!(error instanceof ApiError)) return error;
  const ofThePage = error.status === 401 || error.code === "bad_answer";
  return ofThePage || isAway(error) || isBusy(error) ? null : error;
}

const errorBody = z.object({
  error: z.string().check(z.minLength(1)),
  code: z.optional(z.string()),
});

export type Params = Readonly<Record<string, string | number | null | undefined>>;

export interface RequestOptions {
  readonly params?: Params;
  /** Present: the call is a POST with this as its JSON body. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiClient {
  readonly base: string;
  /** Whether the server has told that it has another page than this one by now. */
  isOutdated: () => boolean;
  request: <T>(schema: z.ZodMiniType<T>, path: string, options?: RequestOptions) => Promise<T>;
}

function buildUrl(base: string, path: string, params: Params = {}): string {
  const url = new URL(`${base.replace(/\/$/, "")}${path}`, window.location.href);
  for (const [key, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") {
      url.searchParams.set(key, String(value));
    }
  }
  return url.href;
}

function failure(response: Response, payload: unknown): ApiError {
  // The server's sentence speaks to programs too, of keys and headers.
  if (response.status === 401) {
    return new ApiError("Your session has expired. Log in again.", 401, "unauthenticated");
  }
  const parsed = errorBody.safeParse(payload);
  const after = Number(response.headers.get("Retry-After") ?? NaN);
  return new ApiError(
    parsed.success
      ? parsed.data.error
      : `The server answered with an error (HTTP ${response.status}).`,
    response.status,
    parsed.data?.code ?? `http_${response.status}`,
    Number.isFinite(after) ? after : null,
  );
}

/** Sends and gives up after a while, so that a hung server is seen as what it is. */
async function send(url: string, options: RequestOptions): Promise<[Response, string]> {
  const controller = new AbortController();
  const abort = () => controller.abort(options.signal?.reason);
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
  options.signal?.addEventListener("abort", abort, { once: true });
  try {
    const response = await fetch(url, {
      method: options.body ? "POST" : "GET",
      credentials: "same-origin",
      cache: "no-store",
      signal: controller.signal,
      headers: {
        Accept: "application/json",
        ...(options.body ? { "Content-Type": "application/json" } : {}),
      },
      ...(options.body ? { body: JSON.stringify(options.body) } : {}),
    });
    return [response, await response.text()];
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError("The server cannot be reached.", 0, "unreachable");
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The one way to the server. `base` is relative to the page, usually `/api`; `version`
 * is that of the page, empty when it is not known.
 */
export function createClient(base: string, version = ""): ApiClient {
  let outdated = false;
  return {
    base,
    isOutdated: () => outdated,
    request: async (schema, path, options = {}) => {
      const [response, text] = await send(buildUrl(base, path, options.params), options);
      const payload = parseJson(text);
      const served = response.headers.get("X-Ghl-Page");
      if (served && version) outdated = served !== version;
      if (!response.ok) throw failure(response, payload);
      const parsed = schema.safeParse(payload);
      if (parsed.success) return parsed.data;
      throw new ApiError(
        "The server sent an answer that this page does not understand. " +
          "Reload the page: it may be older than the server.",
        response.status,
        "bad_answer",
      );
    },
  };
}
