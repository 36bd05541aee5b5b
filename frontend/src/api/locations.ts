import { queryOptions, useQuery } from "@tanstack/react-query";
import * as z from "zod/mini";

import { useApi } from "./ApiContext";
import type { ApiClient } from "./client";
import { figure, text } from "./fields";
import { state } from "./state";
import { syncSchema } from "./sync";

const locationSchema = z.object({
  location_id: z.string(),
  name: text,
  contact_count: figure,
  ghl_total: figure,
  last_sync: text,
  proven_complete_at: z._default(text, null),
  status: state,
  sync: z.nullable(syncSchema),
});

const answer = z.object({ locations: z.array(locationSchema) });

export type Location = z.infer<typeof locationSchema>;

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
