import { ApiError, isAway } from "../../api/client";
import type { Outcome } from "../../api/orders";
import type { Sync } from "../../api/sync";
import type { Action } from "../../lib/action";
import { kindNoun } from "./describe";

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

function joined(sync: Sync | null): string {
  if (!sync) return "A sync is running already: this order joined it.";
  const begun = sync.state === "queued" ? "is queued already" : "is running already";
  const follow = sync.follow_up_kind
    ? ` A sync of ${kindNoun(sync.follow_up_kind)} follows when it has ended.`
    : "";
  return `Your order joined the sync of ${kindNoun(sync.kind)} that ${begun}.${follow}`;
}

/** What an order has led to, in words; null when the run on screen says it all. */
export function describeOutcome(outcome: Outcome): Feedback | null {
  if (outcome.status === "started" || outcome.status === "cancelling") return null;
  const text: Readonly<Record<string, string | undefined>> = {
    already_running: joined(outcome.sync),
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
