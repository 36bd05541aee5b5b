import { useQuery } from "@tanstack/react-query";

import type { Quality } from "../contract/types.gen";
import { zQuality } from "../contract/zod.gen";
import { useApi } from "./ApiContext";
import { lenient } from "./lenient";

export type { Quality };
export type QualityFigure = Quality["figures"][number];

const answer = lenient(zQuality);

/** The names of figures, as the list of contacts takes them. */
export const zQualityKey = zQuality.shape.figures.def.element.shape.name;

/** How good the data is, as the server has counted it last. */
export function useQuality(locationId: string, enabled = true) {
  const api = useApi();
  return useQuery({
    queryKey: ["quality", locationId] as const,
    queryFn: ({ signal }) =>
      api.request(answer, "/location-quality", {
        signal,
        params: { location_id: locationId },
      }),
    staleTime: 60_000,
    enabled,
  });
}
