import type { ContactsPage, ContactsParams } from "../../api/contacts";
import type { LocationState } from "../../api/state";
import { isFiltered } from "./view";

/** What of a page tells its place. */
export type Counted = Pick<
  ContactsPage,
  "contacts" | "has_more" | "total_contacts" | "filtered_count" | "filtered_count_exact"
>;

export interface Paging {
  /** How many rows there are in all, as far as is known. */
  readonly total: number | null;
  /** There are more than `total`: so many match a filter that nobody counted them all. */
  readonly more: boolean;
  readonly pages: number | null;
  readonly first: number;
  readonly last: number;
  /** Rows of this page that GoHighLevel has and the mirror has not yet. */
  readonly missing: number;
  readonly hasNext: boolean;
}

/** A count that nobody has taken is not 0. */
function knownTotal(page: Counted, state: LocationState | null): number | null {
  const counts = state?.counts;
  const unknown = counts ? counts.mirrored === null && counts.ghl_total === null : false;
  return unknown ? null : page.total_contacts;
}

/**
 * The place of a page in the whole. Without a filter the whole is GoHighLevel's total,
 * so a page may lack rows that are not mirrored yet; with one it is what was found.
 */
export function describePaging(
  page: Counted,
  view: ContactsParams,
  state: LocationState | null,
): Paging {
  const filtered = isFiltered(view);
  const total = filtered ? page.filtered_count : knownTotal(page, state);
  const more = filtered && !page.filtered_count_exact;
  const before = (view.page - 1) * view.limit;
  const rows = page.contacts.length;
  const due = filtered || total === null ? rows : Math.min(view.limit, total - before);
  const missing = Math.max(0, due - rows);
  const most = (more ? null : total) ?? Infinity;
  return {
    total,
    more,
    pages: total === null || more ? null : Math.max(1, Math.ceil(total / view.limit)),
    first: rows + missing ? before + 1 : 0,
    last: rows + missing ? Math.min(before + rows + missing, most) : 0,
    missing,
    hasNext: total === null || more ? page.has_more : before + view.limit < total,
  };
}

/** Whether so many contacts may match a filter, by what a page of them shows. */
export function mayBeCountOf(
  page: Pick<ContactsPage, "contacts" | "has_more" | "page" | "limit">,
  count: number,
): boolean {
  // Its own place, not the view's: the page before stays while the next one loads.
  const reached = (page.page - 1) * page.limit + page.contacts.length;
  if (page.has_more) return count > reached;
  return page.contacts.length ? count === reached : count <= reached;
}

/**
 * The last page that surely has rows, for a view behind the end: its address may be old,
 * and contacts may have been deleted since. Null where the view may stay as it is.
 */
export function lastPageInstead(
  page: Counted,
  view: ContactsParams,
  state: LocationState | null,
): number | null {
  const { pages, more, total } = describePaging(page, view, state);
  // How many there are beyond those that were counted, nobody knows; the counted ones exist.
  const ended = more && page.contacts.length === 0 && !page.has_more;
  const last = ended && total !== null ? Math.max(1, Math.floor(total / view.limit)) : pages;
  return last !== null && last < view.page ? last : null;
}
