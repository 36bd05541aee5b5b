import { queryOptions, useQuery } from "@tanstack/react-query";

import type { Location } from "../contract/types.gen";
import { zLocations } from "../contract/zod.gen";
import { useApi } from "./ApiContext";
import type { ApiClient } from "./client";
import { lenient } from "./lenient";

export type { Location };

const answer = lenient(zLocations);

export const locationsKey = ["locations"] as const;

const locationsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: locationsKey,
    queryFn: async ({ signal }) =>
      (await api.request(answer, "/installed-locations", { signal })).locations,
  });

/** The locations that the user may see. */
export function useLocations() {
  return useQuery(locationsQuery(useApi()));
}
