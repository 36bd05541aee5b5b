import type { Change, Changes } from "../contract/types.gen";

/** A page of the changes that were planted, as the addon tells them. */
export function changesOf(planted: readonly Change[] = [], params: URLSearchParams): Changes {
  const before = Number(params.get("before") ?? Infinity);
  const found = planted.filter(({ id }) => id < before);
  const changes = found.slice(0, Number(params.get("limit")));
  const more = found.length > changes.length;
  return { success: true, changes, next_before: more ? (changes.at(-1)?.id ?? null) : null };
}
