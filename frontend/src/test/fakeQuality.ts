import type { Contact } from "../api/contacts";
import type { Quality } from "../api/quality";

/** Two figures of the addon's, one of each sort, counted the slow and plain way. */
export function fakeQuality(locationId: string, contacts: readonly Contact[]): Quality {
  const silent = contacts.filter(lacksPhone).length;
  return {
    success: true,
    location_id: locationId,
    as_of: contacts.length > 0 ? new Date().toISOString() : null,
    contacts: contacts.length,
    score: 91.5,
    score_parts: [
      { label: "can be reached", finding: "unreachable", weight: 40, share: 78.75, points: 31.5 },
      { label: "have a name", finding: "no_name", weight: 60, share: 100, points: 60 },
    ],
    stale_days: 365,
    figures: [
      { name: "named", label: "With a name", meaning: "A name.", is_good: true, count: contacts.length },
      { name: "phone_missing", label: "No phone", meaning: "No phone number.", is_good: false, count: silent },
      { name: "stale", label: "Stale", meaning: "Not changed.", is_good: false, count: 0 },
    ],
    history: [],
  };
}

export function lacksPhone({ phone }: Contact): boolean {
  return !phone;
}
