import { toTimeZone } from "../locale";

export interface MonthPoint {
  readonly month: string;
  readonly added: number;
  readonly total: number;
}

const index = (month: string) =>
  Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;

const name = (position: number) =>
  `${String(Math.floor(position / 12)).padStart(4, "0")}-${String((position % 12) + 1).padStart(2, "0")}`;

/** The current month in a zone, as `YYYY-MM`; null: UTC. */
export function thisMonth(zone: string | null, now: Date = new Date()): string {
  const timeZone = toTimeZone(zone) ?? "UTC";
  // Sweden writes dates as ISO does.
  return new Intl.DateTimeFormat("sv", { timeZone, year: "numeric", month: "2-digit" }).format(now);
}

/**
 * A gapless series of the last `span` months (null: all that are plausible).
 *
 * The API lists only months in which something was added, and messy data has contacts
 * "added" in 1970 or 9999: those count into the totals but do not stretch the axis.
 */
export function monthSeries(
  growth: readonly MonthPoint[],
  span: number | null,
  current: string = thisMonth(null),
): MonthPoint[] {
  const last = index(current);
  const known = growth
    .filter(({ month }) => /^\d{4}-(0[1-9]|1[0-2])$/.test(month))
    .map((point) => ({ ...point, at: index(point.month) }))
    .filter(({ at }) => at <= last)
    .sort((a, b) => a.at - b.at);
  const plausible = known.find(({ at }) => at >= 2000 * 12);
  if (!plausible) return [];
  const first = span === null ? plausible.at : last - span + 1;
  let total = known.filter(({ at }) => at < first).at(-1)?.total ?? 0;
  const byMonth = new Map(known.map((point) => [point.at, point]));
  return Array.from({ length: last - first + 1 }, (_, offset) => {
    const point = byMonth.get(first + offset);
    total = point?.total ?? total;
    return { month: name(first + offset), added: point?.added ?? 0, total };
  });
}
