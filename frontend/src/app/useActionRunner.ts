import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { ApiError, isAway } from "../api/client";
import { useOrder } from "../api/sendOrder";
import { syncStatusKey } from "../api/syncStatus";
import { describeFailure, describeOutcome, type Feedback } from "../features/sync/feedback";
import type { Action } from "../lib/action";
import type { ActionRunner } from "../lib/ActionContext";
import type { Sync } from "../lib/syncRun";

interface Said {
  readonly feedback: Feedback | null;
  /** The run that was on screen when it was said. */
  readonly about: string;
}

const place = (sync: Sync | null) => `${sync?.run_id ?? ""}:${sync?.state ?? ""}`;

/**
 * Carries out the actions of messages, one at a time, and keeps what became of the last
 * one until the sync on screen has moved on: an old failure must not hide a success.
 */
export function useActionRunner(
  locationId: string,
  sync: Sync | null,
  onLocal: Readonly<Record<string, (action: Action) => void>>,
): { readonly runner: ActionRunner; readonly feedback: Feedback | null } {
  const queryClient = useQueryClient();
  const order = useOrder(locationId);
  const [said, setSaid] = useState<Said | null>(null);
  const about = place(sync);

  const run = (action: Action) => {
    const local = onLocal[action.code];
    if (local) {
      local(action);
      return;
    }
    if (order.isPending) return;
    setSaid(null);
    order.mutate(action, {
      onSuccess: (outcome) =>
        setSaid({
          feedback: describeOutcome(outcome),
          about: place(outcome.sync ?? sync),
        }),
      onError: (error) => {
        setSaid({ feedback: describeFailure(action, error), about });
        // The page's own reads find out the same at once, and say it for the whole page.
        if (error instanceof ApiError && (isAway(error) || error.status === 401))
          void queryClient.invalidateQueries({ queryKey: syncStatusKey(locationId) });
      },
    });
  };
  const busy = order.isPending ? order.variables.code : null;
  return {
    runner: { run, busy, local: Object.keys(onLocal) },
    feedback: said?.about === about ? said.feedback : null,
  };
}
