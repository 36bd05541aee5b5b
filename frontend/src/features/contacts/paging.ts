import type { ContactsPage, ContactsParams } from "../../api/contacts";
import type { LocationState } from "../../api/state";
import { isFiltered } from "./view";

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
function knownTotal(page: ContactsPage, state: LocationState | null): number | null {
  const counts = state?.counts;
  const unknown = counts ? counts.mirrored === null && counts.ghl_total === null : false;
  return unknown ? null : page.total_contacts;
}

/**
 * The place of a page in the whole. Without a filter the whole is GoHighLevel's total,
 * so a page may lack rows that are not mirrored yet; with one it is what was found.
 */
export function describePaging(
  page: ContactsPage,
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
  return {
    total,
    more,
    pages: total === null || more ? null : Math.max(1, Math.ceil(total / view.limit)),
    first: rows + missing ? before + 1 : 0,
    last: Math.min(before + rows + missing, (more ? null : total) ?? Infinity),
    missing,
    hasNext: total === null || more ? page.has_more : before + view.limit < total,
  };
}
