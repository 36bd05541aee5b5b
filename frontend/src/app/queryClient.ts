import { QueryClient } from "@tanstack/react-query";

import { ApiError } from "../api/client";

const RETRIES = 2;

/** One policy for all reads: try again what may pass by itself, never what is refused. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A server on this machine is reachable even when the browser says "offline".
        networkMode: "always",
        staleTime: 5_000,
        refetchOnWindowFocus: false,
        retry: (count, error) =>
          error instanceof ApiError && error.transient && count < RETRIES,
        retryDelay: (count, error) =>
          error instanceof ApiError && error.retryAfter !== null
            ? Math.min(30, error.retryAfter) * 1000
            : 1000 * 2 ** count,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}
