import { queryOptions, useQuery } from "@tanstack/react-query";

import type { Contact, Contacts, LocationContactsData } from "../contract/types.gen";
import { zContacts } from "../contract/zod.gen";
import { useApi } from "./ApiContext";
import type { ApiClient } from "./client";
import { lenient } from "./lenient";

export type { Contact };
export type ContactsPage = Contacts;
type LocationContactsQuery = Partial<NonNullable<LocationContactsData["query"]>>;
export type SortKey = NonNullable<LocationContactsQuery["sort"]>;
export type QualityKey = NonNullable<LocationContactsQuery["quality"]>;

const answer = lenient(zContacts);

export interface ContactsParams {
  readonly page: number;
  readonly limit: number;
  readonly search: string;
  readonly tag: string;
  readonly owner: string;
  /** A figure of the data quality. */
  readonly quality: QualityKey | "";
  readonly sort: SortKey;
  readonly order: "asc" | "desc";
}

export const contactsKey = (locationId: string) => ["contacts", locationId] as const;

/** Asks for contacts; `more` is sent along. */
function request(
  api: ApiClient,
  locationId: string,
  params: ContactsParams,
  signal: AbortSignal,
  more: LocationContactsQuery = {},
) {
  const asked = {
    location_id: locationId,
    page: params.page,
    limit: params.limit,
    sort: params.sort,
    order: params.order,
    ...(params.tag ? { tag: params.tag } : {}),
    ...(params.owner ? { selected_user: params.owner } : {}),
    ...(params.quality ? { quality: params.quality } : {}),
    ...more,
  };
  // What people search for are names and addresses: not for the logs of a server.
  const how = params.search ? { body: { ...asked, search: params.search } } : { params: asked };
  return api.request(answer, "/location-contacts-optimized", { signal, ...how });
}

const contactsQuery = (api: ApiClient, locationId: string, params: ContactsParams) =>
  queryOptions({
    queryKey: [...contactsKey(locationId), params] as const,
    queryFn: ({ signal }) => request(api, locationId, params, signal),
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

export const exactCountKey = (locationId: string) => ["contacts-count", locationId] as const;

/**
 * How many contacts the filters of a view find, each of them counted, and of how many
 * contacts of the mirror. Kept apart from the pages: of many it takes seconds, and is not
 * to be counted anew with every page.
 */
export function useExactCount(locationId: string, params: ContactsParams, enabled: boolean) {
  const api = useApi();
  const { search, tag, owner, quality } = params;
  return useQuery({
    queryKey: [...exactCountKey(locationId), search, tag, owner, quality] as const,
    queryFn: async ({ signal }) => {
      const shortest = { ...params, page: 1, limit: 1 };
      const page = await request(api, locationId, shortest, signal, { count_limit: 0 });
      return { count: page.filtered_count, contact_count: page.contact_count };
    },
    enabled,
    refetchOnWindowFocus: false,
  });
}
