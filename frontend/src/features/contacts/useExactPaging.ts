import { useState } from "react";

import { useExactCount, type ContactsPage, type ContactsParams } from "../../api/contacts";
import type { LocationState } from "../../api/state";
import { describePaging, mayBeCountOf, type Paging } from "./paging";

/** Counting of all that a filter finds, where the server has stopped before. */
export interface Counting {
  readonly busy: boolean;
  readonly failed: boolean;
  readonly start: () => void;
}

export interface ExactPaging {
  readonly paging: Paging;
  /** How to have the rest counted; null where all are counted. */
  readonly counting: Counting | null;
  /** How the count ended that was asked for; null before it has, and where none was. */
  readonly result: number | "failed" | null;
}

/**
 * The place of a page, exact once somebody has asked for it: the server counts to 10,000
 * by itself. A count holds for the contacts that the mirror had then, and never against
 * what a page shows.
 */
export function useExactPaging(
  locationId: string,
  page: ContactsPage,
  view: ContactsParams,
  state: LocationState,
): ExactPaging {
  const { search, tag, owner, quality } = view;
  const filters = JSON.stringify([locationId, search, tag, owner, quality]);
  const [wanted, setWanted] = useState<string | null>(null);
  const bounded = describePaging(page, view, state);
  const asked = bounded.more && wanted === filters;
  const { data, isFetching, isError, refetch } = useExactCount(locationId, view, asked);
  if (!bounded.more) return { paging: bounded, counting: null, result: null };
  const count = asked && !isError && data?.contact_count === page.contact_count ? data.count : null;
  if (count !== null && mayBeCountOf(page, count)) {
    const counted = { ...page, filtered_count: count, filtered_count_exact: true };
    return { paging: describePaging(counted, view, state), counting: null, result: count };
  }
  const start = () => {
    if (asked) void refetch();
    setWanted(filters);
  };
  const busy = asked && isFetching;
  const failed = asked && isError;
  const result = failed && !busy ? "failed" : null;
  return { paging: bounded, counting: { busy, failed, start }, result };
}
