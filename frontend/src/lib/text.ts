/** Up to two letters of any script for an avatar; signs and emoji do not count. */
export function initials(name: string | null): string {
  const words = (name ?? "").slice(0, 200).match(/[\p{L}\p{N}]+/gu) ?? [];
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked
    .map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 0))
    .join("")
    .toLocaleUpperCase();
}

/** A stable number below `size` for a text, to pick a colour by. */
export function bucket(text: string, size: number): number {
  let hash = 0;
  for (const char of text) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash % size;
}

/** A link target only for what surely is a web address: data may hold `javascript:`. */
export function webLink(value: string): string | null {
  if (!/^https?:\/\//i.test(value) || value.length > 2000) return null;
  return URL.canParse(value) ? value : null;
}

export function plural(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}
