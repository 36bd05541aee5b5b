import type { Contact } from "../../../api/contacts";

/** A contact's name, or null where GoHighLevel has none worth the word. */
export function contactName(contact: Contact): string | null {
  const parts = [contact.first_name, contact.last_name].filter(Boolean).join(" ");
  return [contact.name ?? "", parts].map((name) => name.trim()).find(Boolean) ?? null;
}
