import { queryOptions, useQuery } from "@tanstack/react-query";
import * as z from "zod/mini";

import { useApi } from "./ApiContext";
import type { ApiClient } from "./client";
import { counter, figure, flag, list, text, texts } from "./fields";
import { state } from "./state";
import { syncSchema } from "./sync";

const address = z.object({
  address1: text,
  city: text,
  state: text,
  postal_code: text,
  country: text,
});

/** Whether a contact may be reached by one channel, in words. */
const consent = z.object({
  channel: z.string(),
  text: z.string(),
  reason: z._default(text, null),
});

const contactSchema = z.object({
  id: z.string(),
  name: text,
  first_name: text,
  last_name: text,
  email: text,
  phone: text,
  company_name: text,
  tags: texts,
  source: text,
  type: text,
  assigned_to: z.catch(z.nullable(z.object({ id: text, name: text })), null),
  dnd: flag,
  address: z.catch(z.nullable(address), null),
  website: text,
  timezone: text,
  date_added: text,
  date_updated: text,
  additional_emails: z._default(texts, []),
  additional_phones: z._default(texts, []),
  dnd_settings: list(consent),
  custom_fields: z.catch(z.record(z.string(), z.unknown()), {}),
});

const answer = z.object({
  contacts: z.array(contactSchema),
  page: counter,
  limit: counter,
  has_more: flag,
  total_contacts: figure,
  contact_count: figure,
  ghl_total: figure,
  background_sync_started: flag,
  ghl_total_pending: z._default(flag, false),
  status: state,
  sync: z.nullable(syncSchema),
  filtered_count: z._default(figure, null),
  filtered_count_exact: z._default(flag, true),
});

export type Contact = z.infer<typeof contactSchema>;
export type ContactsPage = z.infer<typeof answer>;

export const SORT_KEYS = [
  "name",
  "email",
  "phone",
  "company_name",
  "source",
  "type",
  "date_added",
  "date_updated",
] as const;

export type SortKey = (typeof SORT_KEYS)[number];

export interface ContactsParams {
  readonly page: number;
  readonly limit: number;
  readonly search: string;
  readonly tag: string;
  readonly owner: string;
  readonly sort: SortKey;
  readonly order: "asc" | "desc";
}

export const contactsKey = (locationId: string) => ["contacts", locationId] as const;

const contactsQuery = (api: ApiClient, locationId: string, params: ContactsParams) =>
  queryOptions({
    queryKey: [...contactsKey(locationId), params] as const,
    queryFn: ({ signal }) => {
      const asked = {
        location_id: locationId,
        page: params.page,
        limit: params.limit,
        sort: params.sort,
        order: params.order,
        ...(params.tag ? { tag: params.tag } : {}),
        ...(params.owner ? { selected_user: params.owner } : {}),
      };
      // What people search for are names and addresses: not for the logs of a server.
      const how = params.search
        ? { body: { ...asked, search: params.search } }
        : { params: asked };
      return api.request(answer, "/location-contacts-optimized", { signal, ...how });
    },
    // The old page stays while the next one loads, but never another location's.
    placeholderData: (previous, query) =>
      query?.queryKey[1] === locationId ? previous : undefined,
  });

/** One page of the mirror. The server may order a sync on its own when rows lack. */
export function useContacts(
  locationId: string,
  params: ContactsParams,
  refetchInterval: (page: ContactsPage | undefined) => number | false,
) {
  return useQuery({
    ...contactsQuery(useApi(), locationId, params),
    refetchInterval: (query) => refetchInterval(query.state.data),
  });
}
