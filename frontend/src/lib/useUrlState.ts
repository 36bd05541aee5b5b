import { useMemo, useSyncExternalStore } from "react";

/** Told on `window` whenever the page has changed its own address. */
export const URL_CHANGED = "ghl-url-changed";

/**
 * Told on `window` before a step becomes an entry of the history. An Odoo around the page
 * that prevents it makes an entry of its own: one of a frame leads nowhere once it is gone.
 */
export const URL_PUSHED = "ghl-url-pushed";

/** Marks entries of the history that this page has made: "back" then stays in it. */
const OURS = "ghlPushed";

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(URL_CHANGED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(URL_CHANGED, listener);
  };
}

function isOurs(): boolean {
  const state: unknown = window.history.state;
  return typeof state === "object" && state !== null && OURS in state;
}

export type UrlPatch = Readonly<Record<string, string | null>>;
export type UrlMode = "push" | "replace";

function patched(patch: UrlPatch): URL {
  const url = new URL(window.location.href);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === "") url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  return url;
}

function push(url: URL): void {
  const told = new Event(URL_PUSHED, { cancelable: true });
  if (window.dispatchEvent(told)) window.history.pushState({ [OURS]: true }, "", url);
  else window.history.replaceState({ [OURS]: true }, "", url);
}

function change(patch: UrlPatch, mode: UrlMode = "replace"): void {
  const url = patched(patch);
  if (url.href === window.location.href) return;
  if (mode === "push") push(url);
  else window.history.replaceState(window.history.state, "", url);
  window.dispatchEvent(new Event(URL_CHANGED));
}

/** Closes what was opened by a push: as the browser's own "back" would. */
function leave(patch: UrlPatch): void {
  if (isOurs()) window.history.back();
  else change(patch);
}

/**
 * The query string of the page as its state, so that a reload, a bookmark and the back
 * button lead to the same view. `null` removes a parameter; unknown ones are kept. Each
 * step that a person takes is pushed; what the page mends by itself is replaced.
 */
export function useUrlState(): readonly [
  URLSearchParams,
  (patch: UrlPatch, mode?: UrlMode) => void,
  (patch: UrlPatch) => void,
] {
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  const params = useMemo(() => new URLSearchParams(search), [search]);
  return [params, change, leave];
}
