import type { ContactsParams, QualityKey } from "../../api/contacts";
import { zQualityKey } from "../../api/quality";
import type { UrlPatch } from "../../lib/useUrlState";
import { COLUMNS } from "./table/columns";

export const PAGE_SIZES = [10, 25, 50, 100] as const;

/** All that can narrow the list: what "Clear filters" sets, wherever it stands. */
export const NO_FILTERS = {
  search: "",
  tag: "",
  owner: "",
  quality: "",
} as const satisfies Partial<ContactsParams>;

const FILTERS = Object.keys(NO_FILTERS) as readonly (keyof typeof NO_FILTERS)[];

export const DEFAULT_VIEW: ContactsParams = {
  page: 1,
  limit: 10,
  ...NO_FILTERS,
  sort: "date_added",
  order: "desc",
};

/** A figure of the data quality, if it is one. */
export function qualityKey(name: string | null): QualityKey | "" {
  const parsed = zQualityKey.safeParse(name);
  return parsed.success ? parsed.data : "";
}

/** Reads the view from the address; whatever was tampered with falls back. */
export function viewFromUrl(params: URLSearchParams): ContactsParams {
  const page = Number(params.get("page"));
  const limit = Number(params.get("limit"));
  const sort = params.get("sort");
  return {
    page: Number.isSafeInteger(page) && page > 0 ? page : DEFAULT_VIEW.page,
    limit: PAGE_SIZES.find((size) => size === limit) ?? DEFAULT_VIEW.limit,
    search: params.get("search") ?? "",
    tag: params.get("tag") ?? "",
    owner: params.get("owner") ?? "",
    quality: qualityKey(params.get("quality")),
    sort: COLUMNS.find((column) => column.sort === sort)?.sort ?? DEFAULT_VIEW.sort,
    order: params.get("order") === "asc" ? "asc" : "desc",
  };
}

/** The address of a view; defaults leave no trace. */
export function viewToUrl(view: ContactsParams): UrlPatch {
  return Object.fromEntries(
    Object.entries(view).map(([key, value]) => [
      key,
      value === DEFAULT_VIEW[key as keyof ContactsParams] ? null : String(value),
    ]),
  );
}

/** Anything but paging starts again at the first page. */
export function changeView(
  view: ContactsParams,
  change: Partial<ContactsParams>,
): ContactsParams {
  return { ...view, page: 1, ...change };
}

export function isFiltered(view: ContactsParams): boolean {
  return FILTERS.some((filter) => view[filter] !== NO_FILTERS[filter]);
}
