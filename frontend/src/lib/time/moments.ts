import type { Formatters } from "../format";

/** "2026-11-25 20:46:56 UTC", "2026-11-25T20:46:56Z": how servers write a moment. */
const MOMENT =
  /\b(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?(?: ?(?:UTC|GMT)\b|Z\b|\+00:?00(?!\d))/g;
const LONGEST = 4_000;

/** The server's sentence with its moments in the reader's own zone and language. */
export function localMoments(text: string, format: Formatters): string {
  return text
    .slice(0, LONGEST)
    .replace(MOMENT, (_whole, day: string, time: string) =>
      format.dateTime(`${day}T${time.length === 5 ? `${time}:00` : time}Z`),
    );
}

const DAY_ONLY = /^\d{4}-\d{2}-\d{2}$/;
const MIDNIGHT = /^(\d{4}-\d{2}-\d{2})T00:00:00(?:\.0+)?(?:Z|\+00:?00)$/;
const EXACT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/**
 * A value that is a date, as a person writes it; null for what is none. A day without
 * a time stays that day in every time zone.
 */
export function dateValue(value: string, format: Formatters): string | null {
  if (value.length > 40) return null;
  const day = DAY_ONLY.exec(value)?.[0] ?? MIDNIGHT.exec(value)?.[1];
  if (day) return format.day(day);
  return EXACT.test(value) ? format.dateTime(value) : null;
}
