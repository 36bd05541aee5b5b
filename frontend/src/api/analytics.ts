import { useQuery } from "@tanstack/react-query";
import * as z from "zod/mini";

import { useApi } from "./ApiContext";
import { counter, text } from "./fields";
import { syncSchema } from "./sync";

const named = z.object({ name: text, count: counter });

// What lies beyond the entries of a ranking, which the server cuts at its commonest.
const beyond = z.catch(z.object({ values: counter, count: counter }), {
  values: 0,
  count: 0,
});
const nothingBeyond = { values: 0, count: 0 };

const answer = z.object({
  // When the figures were made: large locations keep theirs for a while.
  as_of: text,
  // By whose calendar the months of the growth were cut; absent: UTC.
  timezone: z._default(text, null),
  growth: z.array(z.object({ month: z.string(), added: counter, total: counter })),
  sources: z.array(named),
  tags: z.array(named),
  owners: z.array(z.object({ id: text, name: text, count: counter })),
  types: z.array(named),
  quality: z.object({
    with_email: counter,
    with_phone: counter,
    with_name: counter,
    unreachable: counter,
    duplicates_email: counter,
    dnd: counter,
    total: counter,
  }),
  others: z._default(
    z.object({ sources: beyond, tags: beyond, owners: beyond, types: beyond }),
    {
      sources: nothingBeyond,
      tags: nothingBeyond,
      owners: nothingBeyond,
      types: nothingBeyond,
    },
  ),
  runs: z.array(syncSchema),
});

export type Analytics = z.infer<typeof answer>;
export type NamedCount = z.infer<typeof named>;
export type Beyond = z.infer<typeof beyond>;
export type Quality = Analytics["quality"];

export const analyticsKey = (locationId: string) => ["analytics", locationId] as const;

/** What the page charts, and the values that the filters offer. */
export function useAnalytics(locationId: string) {
  const api = useApi();
  return useQuery({
    queryKey: analyticsKey(locationId),
    queryFn: ({ signal }) =>
      api.request(answer, "/location-analytics", {
        signal,
        params: { location_id: locationId },
      }),
    staleTime: 60_000,
  });
}
