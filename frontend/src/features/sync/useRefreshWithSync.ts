import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { analyticsKey } from "../../api/analytics";
import { contactsKey, exactCountKey } from "../../api/contacts";
import { locationsKey } from "../../api/locations";
import { isActive, mirrorChanges, type Sync } from "../../lib/syncRun";

/** The table is read again at most this often while a run changes the mirror. */
const REFRESH_MS = 2_500;

interface Memory {
  changes: number;
  refreshedAt: number;
  activeRun: Sync["run_id"] | null;
  /** What the headline showed last; null before it was shown. */
  headline: string | null;
}

/** Tells whether the run that was seen at work is so no longer. */
function hasEnded({ activeRun }: Memory, sync: Sync | null): boolean {
  return activeRun !== null && !(isActive(sync) && sync?.run_id === activeRun);
}

/** The first headline is none: the page was read together with it. */
function isNews(seen: Memory, headline: string): boolean {
  return seen.headline !== null && seen.headline !== headline;
}

/**
 * Keeps the page in step with a run: reads the table again while contacts arrive, and
 * everything once it has ended. The same when the headline is another one than before
 * though no run was seen: one came and went between two looks, or webhooks brought changes.
 *
 * :return: the id of the run that was seen running and has ended since, or null. Only
 * such an end is news; what ended before the page was opened is history.
 */
export function useRefreshWithSync(
  locationId: string,
  sync: Sync | null,
  contactCount: number,
): Sync["run_id"] | null {
  const queryClient = useQueryClient();
  const memory = useRef<Memory>({
    changes: 0,
    refreshedAt: 0,
    activeRun: null,
    headline: null,
  });
  const [ended, setEnded] = useState<Sync["run_id"] | null>(null);

  useEffect(() => {
    const seen = memory.current;
    const changes = mirrorChanges(sync);
    const running = isActive(sync);
    const queryKey = contactsKey(locationId);
    const headline = [sync?.run_id, sync?.state, contactCount].join(":");
    if (hasEnded(seen, sync)) setEnded(seen.activeRun);
    if (hasEnded(seen, sync) || (!running && isNews(seen, headline))) {
      void queryClient.invalidateQueries({ queryKey });
      void queryClient.invalidateQueries({ queryKey: exactCountKey(locationId) });
      void queryClient.invalidateQueries({ queryKey: analyticsKey(locationId) });
      void queryClient.invalidateQueries({ queryKey: locationsKey });
      seen.changes = 0;
    } else if (
      running &&
      changes > seen.changes &&
      Date.now() - seen.refreshedAt >= REFRESH_MS &&
      // A read that waits on the server for rows to arrive must not be started over.
      queryClient.isFetching({ queryKey }) === 0
    ) {
      seen.changes = changes;
      seen.refreshedAt = Date.now();
      void queryClient.invalidateQueries({ queryKey });
    }
    seen.activeRun = running ? (sync?.run_id ?? null) : null;
    seen.headline = headline;
  }, [locationId, queryClient, sync, contactCount]);

  return ended;
}
