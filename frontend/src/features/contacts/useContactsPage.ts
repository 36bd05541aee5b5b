import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { useContacts, type ContactsPage, type ContactsParams } from "../../api/contacts";
import { syncStatusKey, type SyncStatus } from "../../api/syncStatus";
import { describePaging, lastPageInstead } from "./paging";

/** How often a page that still lacks rows is read again while a sync runs. */
const ARRIVING_MS = 3_000;

/** How soon a page is read again whose total GoHighLevel is still being asked for. */
const PENDING_MS = 1_500;

/** When a page is to be read again by itself. */
function readAgain(page: ContactsPage | undefined, view: ContactsParams, syncing: boolean) {
  if (page?.ghl_total_pending) return PENDING_MS;
  if (syncing && page && describePaging(page, view, page.status).missing > 0) return ARRIVING_MS;
  return false;
}

/** One page of contacts that stays true: to the mirror, to the sync and to its range. */
export function useContactsPage(
  locationId: string,
  view: ContactsParams,
  onView: (view: ContactsParams) => void,
  syncing: boolean,
) {
  const queryClient = useQueryClient();
  const query = useContacts(locationId, view, (page) => readAgain(page, view, syncing));
  const { data, dataUpdatedAt, isPlaceholderData: stale } = query;

  // Reading a page may make the server order a sync, and may bring newer figures than
  // the headline has: show that at once, not at the next slow poll.
  const ordered = data?.background_sync_started ?? false;
  const total = data?.ghl_total;
  useEffect(() => {
    const queryKey = syncStatusKey(locationId);
    const status = queryClient.getQueryData<SyncStatus>(queryKey);
    const newer = status && total !== undefined && status.ghl_total !== total;
    if (ordered || newer) {
      void queryClient.invalidateQueries({ queryKey });
    }
  }, [ordered, total, dataUpdatedAt, locationId, queryClient]);

  const instead = data && !stale ? lastPageInstead(data, view, data.status) : null;
  useEffect(() => {
    if (instead !== null) onView({ ...view, page: instead });
  }, [instead, onView, view]);

  // A page behind the end says nothing about what matches: it is left at once.
  return { ...query, stale: stale || instead !== null };
}
