import { localAction, type Action } from "../../lib/action";
import { runUrl } from "../../lib/odoo";
import { isActive, type Sync } from "../../lib/syncRun";

const ORDER = "/api/sync-location-contacts";

export function syncAllAction(locationId: string): Action {
  return localAction("sync_full", "Sync All Contacts", {
    path: ORDER,
    body: { location_id: locationId, kind: "full" },
  });
}

/** What can be done about the active or last run, of a person who may order one. */
export function syncOffers(locationId: string, sync: Sync | null, canSync: boolean): Action[] {
  if (!sync) return [];
  const may = { body: { location_id: locationId }, allowed: canSync };
  const run = localAction("open_run", "Open the Sync Run", {
    kind: "link",
    url: runUrl(sync.run_id),
  });
  if (sync.state === "failed") {
    const retry = {
      ...may,
      path: ORDER,
      body: { location_id: locationId, kind: sync.kind },
    };
    return [localAction("retry", "Retry", retry), run];
  }
  if (!isActive(sync)) return [run];
  const cancel = localAction("cancel", "Cancel Sync", { ...may, path: "/api/sync-cancel" });
  if (sync.state !== "waiting") return [cancel, run];
  return [localAction("try_now", "Try Now", { ...may, path: "/api/sync-resume" }), cancel, run];
}

/**
 * Codes of actions and notes of the state that are beside it already: in the panel of the
 * sync, the headline's figures, and the button that the page always has.
 */
export function covered(offers: readonly Action[], sync: Sync | null): string[] {
  const codes = [...offers.map(({ code }) => code), "sync_full", "figures"];
  return sync?.state === "cancelled" ? [...codes, "cancelled"] : codes;
}
