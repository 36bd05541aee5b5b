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
    queryFn: ({ signal }) => {
      const asked = { location_id: locationId, limit: REVIEW_PAGE, page: params.page };
      // Names that are searched for are not for the logs of a server.
      const how = params.search
        ? { body: { ...asked, search: params.search } }
        : { params: asked };
      return api.request(answer, "/deletion-review", { signal, ...how });
    },
    placeholderData: (previous) => previous,
  });
}

interface Choice {
  /** That of the list that was shown: another one may have replaced it since. */
  readonly reviewId: number;
  readonly decision: Decision;
}

/** Decides on one list; the server refuses what is about a list that was replaced. */
export function useDecide(locationId: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ reviewId, decision }: Choice) =>
      api.request(answer, "/deletion-review", {
        body: { location_id: locationId, review_id: reviewId, decision },
      }),
    onSettled: async () => {
      const stale = [reviewKey, syncStatusKey, contactsKey].map((key) =>
        queryClient.invalidateQueries({ queryKey: key(locationId) }),
      );
      await Promise.all(stale);
    },
  });
}
