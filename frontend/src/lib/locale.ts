/** Odoo writes languages as `sr_RS@latin` or `en_US`; browsers want BCP 47 tags. */
export function toLanguageTag(odooLang: string | null | undefined): string {
  const [base = "", script] = (odooLang ?? "").split("@");
  const parts = base.split("_");
  if (script?.toLowerCase() === "latin") parts.splice(1, 0, "Latn");
  if (script?.toLowerCase() === "cyrillic") parts.splice(1, 0, "Cyrl");
  try {
    return Intl.getCanonicalLocales(parts.join("-"))[0] ?? "en-US";
  } catch {
    return "en-US";
  }
}

/** A time zone that the browser does not know must not break every date on the page. */
export function toTimeZone(name: string | null | undefined): string | undefined {
  if (!name) return undefined;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name;
  } catch {
    return undefined;
  }
}

/**
 * Reads a date of the API. Odoo's own `YYYY-MM-DD HH:MM:SS` is UTC without saying so,
 * which browsers would take for local time.
 */
export function parseDate(value: string | null | undefined): Date | null {
  if (!value) return null;
  const odoo = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?)$/.exec(value);
  const date = new Date(odoo ? `${odoo[1] ?? ""}T${odoo[2] ?? ""}Z` : value);
  return Number.isNaN(date.getTime()) ? null : date;
}
