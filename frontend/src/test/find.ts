import type { Contact } from "../api/contacts";
import { lacksPhone } from "./fakeQuality";

/** The contacts that a call asks for, in its order, before they are cut into pages. */
export function find(contacts: readonly Contact[], params: URLSearchParams) {
  const search = params.get("search")?.toLowerCase();
  const tag = params.get("tag");
  const owner = params.get("selected_user");
  const quality = params.get("quality");
  const key = (params.get("sort") ?? "date_added") as "name";
  const sign = params.get("order") === "asc" ? 1 : -1;
  const rows = contacts
    .filter(
      (contact) =>
        (!search || `${contact.name ?? ""} ${contact.email ?? ""}`.toLowerCase().includes(search)) &&
        (!tag || contact.tags.includes(tag)) &&
        (!owner || contact.assigned_to?.id === owner) &&
        (quality !== "phone_missing" || lacksPhone(contact)) &&
        // Nobody's: `fakeQuality` counts none.
        quality !== "stale",
    )
    .toSorted((a, b) => sign * (a[key] ?? "").localeCompare(b[key] ?? ""));
  return { rows, filtered: Boolean(search ?? tag ?? owner ?? quality) };
}

/** What a call asks for in its body, as if it stood in its address. */
export const toParams = (body: Record<string, unknown>) =>
  new URLSearchParams(Object.entries(body).map(([key, value]) => [key, String(value)]));
