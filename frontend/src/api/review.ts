import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import * as z from "zod/mini";

import { useApi } from "./ApiContext";
import { contactsKey } from "./contacts";
import { figure, flag, list, text } from "./fields";
import { syncStatusKey } from "./syncStatus";

const contact = z.object({
  id: z.string(),
  name: z._default(text, null),
  email: z._default(text, null),
  phone: z._default(text, null),
  last_seen: z._default(text, null),
  reason: z._default(text, null),
});

const answer = z.object({
  run_id: z.nullable(z.union([z.number(), z.string()])),
  /** Where Odoo lists and exports them. */
  url: z._default(text, null),
  state: z._default(text, null),
  /** The question in the server's words. */
  message: z._default(text, null),
  /** Whether this user may decide, and else whom to ask. */
  can_decide: z._default(flag, true),
  /** What this user may decide now; of an older server, whatever is open. */
  decisions: z._default(z.nullable(z.array(z.string())), null),
  ask: z._default(text, null),
  count: z._default(figure, null),
  mirrored: z._default(figure, null),
  /** Which share of the mirror that is, in per cent. */
  share: z._default(figure, null),
  /** The share that goes without asking. */
  limit: z._default(figure, null),
  expires_at: z._default(text, null),
  decided_by: z._default(text, null),
  decided_at: z._default(text, null),
  decision: z._default(text, null),
  contacts: list(contact),
  has_more: z._default(flag, false),
});

export type DeletionReview = z.infer<typeof answer>;
export type ReviewedContact = z.infer<typeof contact>;
export type Decision = "accept" | "keep" | "verify";

export const REVIEW_PAGE = 25;

const reviewKey = (locationId: string) => ["deletion-review", locationId] as const;

interface ReviewParams {
  readonly page: number;
  readonly search: string;
}

/** The contacts that a run would delete, and asks about. */
export function useDeletionReview(locationId: string, params: ReviewParams) {
  const api = useApi();
  return useQuery({
    queryKey: [...reviewKey(locationId), params] as const,
    queryFn: ({ signal }) =>
      api.request(answer, "/deletion-review", {
        signal,
        params: { location_id: locationId, limit: REVIEW_PAGE, ...params },
      }),
    placeholderData: (previous) => previous,
  });
}

const decided = z.object({ success: z.boolean() });

/** Decides for the ids that were shown: the server binds the decision to the run. */
export function useDecide(locationId: string, runId: DeletionReview["run_id"]) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (decision: Decision) =>
      api.request(decided, "/deletion-review", {
        body: { location_id: locationId, run_id: runId, decision },
      }),
    onSettled: async () => {
      const stale = [reviewKey, syncStatusKey, contactsKey].map((key) =>
        queryClient.invalidateQueries({ queryKey: key(locationId) }),
      );
      await Promise.all(stale);
    },
  });
}
