import { useQueryClient, type Query } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";

import { useApi } from "../api/ApiContext";
import { ApiError, isAway, isBusy } from "../api/client";

export type Connection = "ok" | "expired" | "unreachable" | "busy" | "outdated";

function judge(queries: readonly Query[], outdated: boolean): Connection {
  const errors = queries
    .filter((query) => query.isActive())
    .flatMap(({ state }) => [state.error, state.fetchFailureReason])
    .filter((error) => error instanceof ApiError);
  if (errors.some((error) => error.status === 401)) return "expired";
  if (errors.some(isAway)) return "unreachable";
  if (outdated || errors.some(({ code }) => code === "bad_answer")) return "outdated";
  return errors.some(isBusy) ? "busy" : "ok";
}

/** Whether the server answers, judged by all reads that the page has open. */
export function useConnection(): Connection {
  const api = useApi();
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((listener: () => void) => cache.subscribe(listener), [cache]);
  return useSyncExternalStore(subscribe, () => judge(cache.getAll(), api.isOutdated()));
}
