import { useMutation, useQueryClient } from "@tanstack/react-query";
import * as z from "zod/mini";

import type { Sync } from "../contract/types.gen";
import { zSync } from "../contract/zod.gen";
import type { Action } from "../lib/action";
import { useApi } from "./ApiContext";
import { lenient } from "./lenient";
import { syncStatusKey, type SyncStatus } from "./syncStatus";

// What the answers to orders of every kind may have.
const outcome = lenient(
  z.object({
    status: z.nullable(z.string()),
    message: z.nullable(z.string()),
    sync: z.nullable(zSync),
  }),
);

/** What the server made of an order. */
export type Outcome = z.infer<typeof outcome>;

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

/** Carries out whatever a message offers as a call of the API. */
export function useOrder(locationId: string) {
  const api = useApi();
  const showSync = useShowSync(locationId);
  return useMutation({
    mutationFn: ({ path, method, body }: Action) => {
      const address = (path ?? "").replace(/^\/api(?=\/)/, "");
      return method === "GET"
        ? api.request(outcome, address, { params: { location_id: locationId } })
        : api.request(outcome, address, { body: body ?? { location_id: locationId } });
    },
    onSuccess: ({ sync }) => showSync(sync),
  });
}
