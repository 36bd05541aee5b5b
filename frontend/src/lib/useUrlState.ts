import { useCallback, useMemo, useSyncExternalStore } from "react";

const CHANGED = "ghl-url-changed";

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(CHANGED, listener);
  };
}

export type UrlPatch = Readonly<Record<string, string | null>>;

/**
 * The query string of the page as its state, so that a reload, a bookmark and the back
 * button lead to the same view. `null` removes a parameter; unknown ones are kept.
 */
export function useUrlState(): readonly [
  URLSearchParams,
  (patch: UrlPatch, mode?: "push" | "replace") => void,
] {
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const update = useCallback((patch: UrlPatch, mode: "push" | "replace" = "replace") => {
    const url = new URL(window.location.href);
    for (const [key, value] of Object.entries(patch)) {
      if (value === null || value === "") url.searchParams.delete(key);
      else url.searchParams.set(key, value);
    }
    if (url.href === window.location.href) return;
    if (mode === "push") window.history.pushState(window.history.state, "", url);
    else window.history.replaceState(window.history.state, "", url);
    window.dispatchEvent(new Event(CHANGED));
  }, []);
  return [params, update];
}
