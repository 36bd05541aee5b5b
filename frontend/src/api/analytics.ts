import { useQuery } from "@tanstack/react-query";

import type { Analytics } from "../contract/types.gen";
import { zAnalytics } from "../contract/zod.gen";
import { useApi } from "./ApiContext";
import { lenient } from "./lenient";

export type { Analytics };
export type NamedCount = Analytics["tags"][number];
export type Beyond = Analytics["others"]["tags"];
export type Quality = Analytics["quality"];

const answer = lenient(zAnalytics);

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
