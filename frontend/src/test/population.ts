import type { Contact } from "../api/contacts";

const FIRST = ["Ada", "Bruno", "Chloé", "Dmitri", "Elif", "Farah", "Gustav", "Hana", "Imani", "João"];
const LAST = ["Abrahamsen", "Brontë", "Castillo", "Dvořák", "Eriksson", "Fontaine", "García", "Haddad"];
const COMPANIES = ["Northwind Dental", "Blue Harbor Realty", null, "Studio Kestrel", "Alpenglow GmbH"];
const SOURCES = ["Facebook lead form", "Website", "Referral", null, "Import 2024", "Google Ads"];
const TAGS = ["lead", "customer", "newsletter", "webinar 2026", "vip", "cold", "do not call", "trial"];
export const OWNERS = [
  { id: "u1", name: "Marta Oliveira" },
  { id: "u2", name: "Sam Whitfield" },
  { id: "u3", name: null },
];

/** The same pick for the same contact every time. */
function pick<T>(list: readonly T[], index: number, salt: number): T {
  return list[(index * 7919 + salt * 104_729 + (index >> 3)) % list.length] as T;
}

function usual(index: number): Contact {
  const first = pick(FIRST, index, 1);
  const last = pick(LAST, index, 2);
  const added = new Date(Date.UTC(2026, 10, 23, 9) - index * 6.7 * 3_600_000);
  const address = {
    address1: `${index} Main Street`,
    city: "Brussels",
    state: null,
    postal_code: "1000",
    country: "BE",
  };
  return {
    id: `c${String(index).padStart(6, "0")}`,
    name: `${first} ${last}`,
    first_name: first,
    last_name: last,
    email: index % 9 ? `${first}.${last}.${index}@example.com`.toLowerCase() : null,
    phone: index % 6 ? `+32 470 ${String(100000 + ((index * 37) % 899999))}` : null,
    company_name: pick(COMPANIES, index, 3),
    tags: TAGS.slice(0, index % 5).map((_, at) => pick(TAGS, index + at, 4)),
    source: pick(SOURCES, index, 5),
    type: index % 4 ? "lead" : "customer",
    assigned_to: index % 3 ? (OWNERS[index % 3] ?? null) : null,
    dnd: index % 23 === 0,
    address,
    ...address,
    website: index % 5 ? null : "https://example.com/about",
    timezone: "Europe/Brussels",
    date_added: added.toISOString(),
    date_updated: added.toISOString(),
    additional_emails: index % 7 ? [] : [`second.${index}@example.com`],
    additional_phones: index % 7 ? [] : ["+32 2 555 01 02"],
    dnd_settings: [
      { channel: "Calls", blocked: true, text: "Do not disturb", reason: "Asked by phone" },
      { channel: "Text messages", blocked: false, text: "Allowed", reason: null },
    ],
    custom_fields: {
      Birthday: "1990-02-28",
      "Contract value": 1200 + index,
      "Signed up": true,
      Interests: ["sailing", "chess"],
      Passport: { number: "X-1", scans: [{ name: "front.png", url: "https://example.com/f" }] },
    },
  };
}

/** What people really have in their CRM, on the first page of the table. */
const MESSY: readonly Partial<Contact>[] = [
  { name: null, first_name: null, last_name: null, company_name: null, dnd: true },
  { name: "محمد عبد الله الحسيني", company_name: "شركة النور للتجارة", dnd: false },
  { name: "🦄 Zoë 🚀 (do not merge!!!)", email: "zoë+tag@exämple.com" },
  { name: "Wolfeschlegelsteinhausenbergerdorff".repeat(6), email: `${"x".repeat(240)}@example.com` },
  { name: "Tagged Ted", tags: Array.from({ length: 5000 }, (_, at) => `tag number ${at}`) },
  { name: "Year Zero", date_added: "0000-00-00T00:00:00Z", date_updated: null, phone: "call mum" },
];

export function population(size: number): Contact[] {
  return Array.from({ length: size }, (_, index) => ({
    ...usual(index),
    ...(MESSY[index - 1] ?? {}),
  }));
}
