import { useQueryClient, type Query } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";

import { ApiError } from "../api/client";

export type Connection = "ok" | "expired" | "unreachable";

/** Answers of a proxy whose server is away, which are as good as none. */
const AWAY = [0, 502, 503, 504];

function judge(queries: readonly Query[]): Connection {
  const errors = queries
    .filter((query) => query.isActive())
    .flatMap(({ state }) => [state.error, state.fetchFailureReason])
    .filter((error) => error instanceof ApiError);
  if (errors.some((error) => error.status === 401)) return "expired";
  return errors.some((error) => AWAY.includes(error.status)) ? "unreachable" : "ok";
}

/** Whether the server answers, judged by all reads that the page has open. */
export function useConnection(): Connection {
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((listener: () => void) => cache.subscribe(listener), [cache]);
  return useSyncExternalStore(subscribe, () => judge(cache.getAll()));
}
