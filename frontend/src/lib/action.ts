import type { Action } from "../contract/types.gen";

/** Something a person may do about a message: a call of the API, or a place to go. */
export type { Action };

/** An action of the page's own: what is left out does not matter to its kind. */
export function localAction(code: string, label: string, part: Partial<Action> = {}): Action {
  return {
    code,
    label,
    kind: "api",
    method: "POST",
    path: null,
    body: null,
    url: null,
    allowed: true,
    ask: null,
    ...part,
  };
}

/** The target of a link, if it stays on this server: anything else is not ours. */
export function linkTarget(url: string | null): string | null {
  if (!url?.startsWith("/")) return null;
  try {
    const target = new URL(url, window.location.origin);
    return target.origin === window.location.origin
      ? `${target.pathname}${target.search}${target.hash}`
      : null;
  } catch {
    return null;
  }
}
