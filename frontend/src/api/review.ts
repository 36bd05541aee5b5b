import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import type { DeletionReview } from "../contract/types.gen";
import { zDeletionReview } from "../contract/zod.gen";
import { useApi } from "./ApiContext";
import { contactsKey } from "./contacts";
import { lenient } from "./lenient";
import { syncStatusKey } from "./syncStatus";

export type { DeletionReview };
export type ReviewedContact = DeletionReview["contacts"][number];
export type Decision = NonNullable<DeletionReview["decision"]>;

const answer = lenient(zDeletionReview);

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

/** Decides for the ids that were shown: the server binds the decision to the run. */
export function useDecide(locationId: string, runId: DeletionReview["run_id"]) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (decision: Decision) =>
      api.request(answer, "/deletion-review", {
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
