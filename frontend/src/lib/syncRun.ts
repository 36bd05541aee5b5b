import type { Sync } from "../contract/types.gen";

export type { Sync };
export type SyncState = Sync["state"];

export function isActive(sync: Sync | null | undefined): boolean {
  return sync ? ["queued", "running", "waiting"].includes(sync.state) : false;
}

/** The server's figure if it has one, else what the counts say; null: not known yet. */
export function syncPercent(sync: Sync): number | null {
  if (sync.percent !== null) return Math.min(100, Math.max(0, sync.percent));
  if (sync.contacts_expected)
    return Math.min(100, (sync.contacts_seen / sync.contacts_expected) * 100);
  return sync.state === "queued" ? 0 : null;
}

/** How much a run has changed the mirror: tells when the table is worth another read. */
export function mirrorChanges(sync: Sync | null): number {
  if (!sync) return 0;
  return sync.contacts_created + sync.contacts_updated + sync.contacts_deleted;
}
