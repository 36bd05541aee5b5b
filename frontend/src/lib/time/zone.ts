function zoneName(lang: string, timeZone: string, style: "longGeneric" | "shortOffset") {
  const parts = new Intl.DateTimeFormat(lang, { timeZone, timeZoneName: style });
  return parts.formatToParts(new Date()).find(({ type }) => type === "timeZoneName")?.value;
}

/** "America/Los_Angeles" as "Los Angeles (Pacific Time)"; unknown names as they came. */
export function describeZone(zone: string | null, lang: string): string | null {
  if (!zone) return null;
  try {
    const name = zoneName(lang, zone, "longGeneric");
    const city = zone.split("/").at(-1)?.replaceAll("_", " ") ?? zone;
    return !name || name.includes(city) || !zone.includes("/") ? (name ?? zone) : `${city} (${name})`;
  } catch {
    return zone;
  }
}
