import type { Contact } from "../../../api/contacts";

/**
 * In words, on which channels a contact is not to be disturbed; null: on none.
 *
 * GoHighLevel says it twice, and the two differ in the wild: channels decide where any says
 * something, its one switch only where none does.
 */
export function doNotDisturb({ dnd, dnd_settings }: Contact): string | null {
  const told = dnd_settings.filter(({ blocked }) => blocked !== null);
  const closed = told.filter(({ blocked }) => blocked);
  if (told.length === 0) return dnd ? "Yes, on all channels" : null;
  if (closed.length === 0) return null;
  if (closed.length < told.length) return "On some channels";
  // Nothing is known of channels that are not listed, unless the switch is on.
  return dnd ? "Yes, on all channels" : "Yes, on all channels listed";
}
