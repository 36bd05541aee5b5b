import { useMutation, useQueryClient } from "@tanstack/react-query";
import * as z from "zod/mini";

import { useApi } from "./ApiContext";
import { syncSchema, type Sync } from "./sync";
import { syncStatusKey, type SyncStatus } from "./syncStatus";

const started = z.object({
  status: z.enum(["started", "already_running"]),
  sync: z.nullable(syncSchema),
});

const cancelled = z.object({
  status: z.enum(["cancelling", "idle"]),
  sync: z.nullable(syncSchema),
});

/** Puts the run of an answer on screen at once, without waiting for the next poll. */
function useShowSync(locationId: string) {
  const queryClient = useQueryClient();
  return async (sync: Sync | null) => {
    const queryKey = syncStatusKey(locationId);
    await queryClient.cancelQueries({ queryKey });
    if (sync) {
      queryClient.setQueryData<SyncStatus>(queryKey, (old) => old && { ...old, sync });
    }
    void queryClient.invalidateQueries({ queryKey });
  };
}

/** Orders a full sync, or joins the one that runs. */
export function useStartSync(locationId: string) {
  const api = useApi();
  const showSync = useShowSync(locationId);
  return useMutation({
    mutationFn: () =>
      api.request(started, "/sync-location-contacts", {
        body: { location_id: locationId },
      }),
    onSuccess: ({ sync }) => showSync(sync),
  });
}

/** Stops the active run after the page in hand. */
export function useCancelSync(locationId: string) {
  const api = useApi();
  const showSync = useShowSync(locationId);
  return useMutation({
    mutationFn: () =>
      api.request(cancelled, "/sync-cancel", { body: { location_id: locationId } }),
    onSuccess: ({ sync }) => showSync(sync),
  });
}
