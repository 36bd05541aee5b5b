/**
 * Coverage in per cent with one decimal, rounded so that it never claims too much: 100
 * only when nothing is missing, and never 0 while something is there.
 */
export function coveragePercent(count: number, total: number | null): number | null {
  if (total === null) return null;
  if (count >= total) return 100;
  const rounded = Math.round((count / total) * 1000) / 10;
  return Math.min(Math.max(rounded, count > 0 ? 0.1 : 0), 99.9);
}

/** A share of a whole, rounded in the same honest way. */
export function share(part: number, whole: number): number {
  return whole > 0 ? (coveragePercent(part, whole) ?? 0) : 0;
}
