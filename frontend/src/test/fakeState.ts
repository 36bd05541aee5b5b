import type { LocationState } from "../api/state";
import { isActive, type Sync } from "../lib/syncRun";

export interface Figures {
  readonly mirrored: number | null;
  readonly total: number | null;
  readonly proven: boolean;
  readonly sync: Sync | null;
}

function word({ mirrored, total, proven, sync }: Figures): [string, LocationState["tone"], string] {
  if (sync && isActive(sync)) return ["syncing", "info", "Syncing"];
  if (sync?.state === "failed") return ["failed", "danger", "Failed"];
  if (mirrored === null) return ["never_synced", "neutral", "Never synced"];
  if (total !== null && mirrored > total) return ["too_many", "warning", "Too many"];
  if (total !== null && mirrored < total) return ["incomplete", "warning", "Incomplete"];
  return proven ? ["complete", "success", "Complete"] : ["unproven", "neutral", "Not proven"];
}

/** The `status` object of a location, as the server would compute it. */
export function fakeState(figures: Figures): LocationState {
  const { mirrored, total, sync } = figures;
  const [code, tone, label] = word(figures);
  const known = mirrored !== null && total !== null;
  return {
    code,
    tone,
    label,
    title: `${label}: the server's sentence.`,
    detail: sync?.state === "failed" ? sync.error : null,
    since: null,
    resume_at: null,
    progress: null,
    actions: [],
    notes: [],
    counts: {
      mirrored,
      ghl_total: total,
      ghl_total_at: null,
      difference: known ? mirrored - total : null,
      coverage: known ? Math.min(100, Math.floor((mirrored / (total || 1)) * 1000) / 10) : null,
    },
  };
}
