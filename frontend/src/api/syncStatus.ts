import { queryOptions, useQuery } from "@tanstack/react-query";

import type { Status } from "../contract/types.gen";
import { zStatus } from "../contract/zod.gen";
import { isActive } from "../lib/syncRun";
import { useApi } from "./ApiContext";
import { ApiError, type ApiClient } from "./client";
import { lenient } from "./lenient";

const ACTIVE_POLL_MS = 1_000;
const IDLE_POLL_MS = 15_000;
const BACKOFF_CEILING_MS = 30_000;

export type SyncStatus = Status;

const answer = lenient(zStatus);

export const syncStatusKey = (locationId: string) => ["sync-status", locationId] as const;

const syncStatusQuery = (api: ApiClient, locationId: string) =>
  queryOptions({
    queryKey: syncStatusKey(locationId),
    queryFn: ({ signal }) =>
      api.request(answer, "/sync-status", {
        signal,
        params: { location_id: locationId },
      }),
    // Never gives up on a server that is away: it will come back, and the run with it.
    retry: (_count, error) => error instanceof ApiError && error.transient,
    retryDelay: (count, error) =>
      error instanceof ApiError && error.retryAfter !== null
        ? error.retryAfter * 1000
        : Math.min(BACKOFF_CEILING_MS, 1000 * 2 ** count),
  });

/**
 * The headline figures and the active or last run. Polls every second while a run is
 * active, slowly otherwise, and not at all while the tab is hidden.
 */
export function useSyncStatus(locationId: string) {
  return useQuery({
    ...syncStatusQuery(useApi(), locationId),
    refetchInterval: (query) => {
      const { error, data } = query.state;
      if (error instanceof ApiError && !error.transient) return false;
      return isActive(data?.sync) ? ACTIVE_POLL_MS : IDLE_POLL_MS;
    },
    refetchOnWindowFocus: "always",
  });
}
