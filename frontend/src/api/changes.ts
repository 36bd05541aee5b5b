import { useInfiniteQuery } from "@tanstack/react-query";

import type { Change } from "../contract/types.gen";
import { zChanges } from "../contract/zod.gen";
import { useApi } from "./ApiContext";
import { lenient } from "./lenient";

export type { Change };

const answer = lenient(zChanges);
const PAGE = 20;

/** What happened to a contact, the newest first, a page at a time. */
export function useContactChanges(locationId: string, contactId: string) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: ["contact-changes", locationId, contactId] as const,
    initialPageParam: null as number | null,
    queryFn: ({ signal, pageParam }) =>
      api.request(answer, "/contact-changes", {
        signal,
        params: { location_id: locationId, contact_id: contactId, before: pageParam, limit: PAGE },
      }),
    getNextPageParam: (page) => page.next_before,
  });
}
