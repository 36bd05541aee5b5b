import { useState } from "react";

import { useExactCount, type ContactsPage, type ContactsParams } from "../../api/contacts";
import type { LocationState } from "../../api/state";
import { describePaging, type Paging } from "./paging";

/** Counting of all that a filter finds, where the server has stopped before. */
export interface Counting {
  readonly busy: boolean;
  readonly failed: boolean;
  readonly start: () => void;
}

/**
 * The place of a page, exact once somebody has asked for it: the server counts to 10,000
 * by itself.
 *
 * @returns the place, and how to have the rest counted; null where all are counted
 */
export function useExactPaging(
  locationId: string,
  page: ContactsPage,
  view: ContactsParams,
  state: LocationState,
): readonly [Paging, Counting | null] {
  const { search, tag, owner, quality } = view;
  const filters = JSON.stringify([locationId, search, tag, owner, quality]);
  const [wanted, setWanted] = useState<string | null>(null);
  const bounded = describePaging(page, view, state);
  const asked = bounded.more && wanted === filters;
  const { data, isFetching, isError, refetch } = useExactCount(locationId, view, asked);
  if (!bounded.more) return [bounded, null];
  if (asked && typeof data === "number") {
    const counted = { ...page, filtered_count: data, filtered_count_exact: true };
    return [describePaging(counted, view, state), null];
  }
  const start = () => {
    if (asked) void refetch();
    setWanted(filters);
  };
  return [bounded, { busy: asked && isFetching, failed: asked && isError, start }];
}
