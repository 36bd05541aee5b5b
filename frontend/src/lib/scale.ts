/** Round values from 0 up to at least `highest`, for the lines of a chart. */
export function niceTicks(highest: number, count = 4): number[] {
  const raw = Math.max(highest, 1) / count;
  const size = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 2.5, 5, 10].find((step) => step * size >= raw) ?? 10;
  const step = Math.max(1, Math.ceil(factor * size));
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, line) => line * step);
}

/** Which of `length` labels to write so that at most `most` stand side by side. */
export function labelStep(length: number, most: number): number {
  return Math.max(1, Math.ceil(length / most));
}
