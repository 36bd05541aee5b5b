import { ApiError, isAway } from "../../api/client";
import type { Outcome } from "../../api/sendOrder";
import type { Action } from "../../lib/action";

export interface Feedback {
  readonly tone: "info" | "danger";
  readonly text: string;
  /** Repeats what failed. */
  readonly retry: Action | null;
}

const FAILED: Readonly<Record<string, string>> = {
  sync_full: "The sync could not be started",
  sync_delta: "The sync could not be started",
  verify: "The sync could not be started",
  retry: "The sync could not be started",
  cancel: "The sync could not be cancelled",
  try_now: "The sync could not be woken",
};

/** What an order has led to, in words; null when the run on screen says it all. */
export function describeOutcome(outcome: Outcome): Feedback | null {
  if (outcome.status === "started" || outcome.status === "cancelling") return null;
  const text: Readonly<Record<string, string | undefined>> = {
    resumed: "GoHighLevel is asked once more now.",
    nothing_waits: "Nothing waits: there is no sync to wake.",
    idle: "No sync is running.",
  };
  const words = outcome.message ?? text[outcome.status ?? ""];
  return words ? { tone: "info", text: words, retry: null } : null;
}

/** Why an order failed. A server that is away has its own place on the page. */
export function describeFailure(action: Action, error: Error): Feedback {
  const what = FAILED[action.code] ?? `“${action.label}” did not work`;
  const away = error instanceof ApiError && isAway(error);
  const why = away ? "the server could not be reached." : error.message;
  return { tone: "danger", text: `${what}: ${why}`, retry: action };
}
