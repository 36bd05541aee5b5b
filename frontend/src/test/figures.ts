import type { Analytics } from "../api/analytics";
import type { Contact } from "../api/contacts";
import type { Sync } from "../lib/syncRun";

function count<T>(keys: readonly T[]): Map<T, number> {
  const found = new Map<T, number>();
  for (const key of keys) found.set(key, (found.get(key) ?? 0) + 1);
  return found;
}

const ranked = <T>(keys: readonly T[]) =>
  [...count(keys)].map(([name, amount]) => ({ name, count: amount })).sort((a, b) => b.count - a.count);

/** What the addon computes for the charts, the slow and plain way. */
export function figures(
  locationId: string,
  contacts: readonly Contact[],
  runs: readonly Sync[],
): Analytics {
  const months = count(contacts.map(({ date_added }) => (date_added ?? "").slice(0, 7)));
  let total = 0;
  const growth = [...months]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([month, added]) => ({ month, added, total: (total += added) }));
  const owners = count(contacts.map(({ assigned_to }) => assigned_to?.id ?? null));
  return {
    success: true,
    location_id: locationId,
    timezone: "America/Los_Angeles",
    as_of: new Date().toISOString(),
    growth,
    sources: ranked(contacts.map(({ source }) => source)),
    tags: ranked(contacts.flatMap(({ tags }) => tags.slice(0, 10))),
    owners: [...owners].map(([id, amount]) => ({
      id,
      name: contacts.find(({ assigned_to }) => assigned_to?.id === id)?.assigned_to?.name ?? null,
      count: amount,
    })),
    types: ranked(contacts.map(({ type }) => type)),
    quality: {
      with_email: contacts.filter(({ email }) => email).length,
      with_phone: contacts.filter(({ phone }) => phone).length,
      with_name: contacts.filter(({ name }) => name).length,
      unreachable: contacts.filter(({ email, phone }) => !email && !phone).length,
      duplicates_email: 0,
      without_date: contacts.filter(({ date_added }) => !date_added).length,
      dnd: contacts.filter(({ dnd }) => dnd).length,
      total: contacts.length,
    },
    others: {
      sources: { values: 0, count: 0 },
      tags: { values: 0, count: 0 },
      owners: { values: 0, count: 0 },
      types: { values: 0, count: 0 },
    },
    runs: [...runs],
  };
}
