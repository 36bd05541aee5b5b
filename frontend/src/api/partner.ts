import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import type { ContactPartner, DecideContactPartnerData } from "../contract/types.gen";
import { zContactPartner, zErased } from "../contract/zod.gen";
import { useApi } from "./ApiContext";
import { contactsKey } from "./contacts";
import { lenient } from "./lenient";
import { syncStatusKey } from "./syncStatus";

export type { ContactPartner };
export type PartnerDecision = NonNullable<DecideContactPartnerData["body"]["decision"]>;

const answer = lenient(zContactPartner);
const erased = lenient(zErased);
/** A link that the job is about to fill is looked at again after that long. */
const WAITING_MS = 3_000;

const partnerKey = (locationId: string, contactId: string) =>
  ["contact-partner", locationId, contactId] as const;

/** The Odoo contact of a contact; `search` offers others to link to. */
export function usePartner(locationId: string, contactId: string, search: string) {
  const api = useApi();
  return useQuery({
    queryKey: [...partnerKey(locationId, contactId), search] as const,
    queryFn: ({ signal }) => {
      const about = { location_id: locationId, contact_id: contactId };
      // Names that are searched for are not for the logs of a server.
      const how = search ? { body: { ...about, search } } : { params: about };
      return api.request(answer, "/contact-partner", { signal, ...how });
    },
    placeholderData: (previous, query) =>
      query?.queryKey[2] === contactId ? previous : undefined,
    refetchInterval: (query) => (query.state.data?.waiting ? WAITING_MS : false),
  });
}

interface Choice {
  readonly decision: PartnerDecision;
  readonly partner_id?: number;
}

export function useDecidePartner(locationId: string, contactId: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (choice: Choice) =>
      api.request(answer, "/contact-partner", {
        body: { location_id: locationId, contact_id: contactId, ...choice },
      }),
    onSettled: () =>
      queryClient.invalidateQueries({ queryKey: partnerKey(locationId, contactId) }),
  });
}

/** Erases a person for good. */
export function useErase(locationId: string, contactId: string, onErased: () => void) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      api.request(erased, "/contact-erase", {
        body: { location_id: locationId, contact_id: contactId, confirm: "erase" },
      }),
    onSuccess: async () => {
      onErased();
      queryClient.removeQueries({ queryKey: partnerKey(locationId, contactId) });
      const stale = [contactsKey, syncStatusKey].map((key) =>
        queryClient.invalidateQueries({ queryKey: key(locationId) }),
      );
      await Promise.all(stale);
    },
  });
}
