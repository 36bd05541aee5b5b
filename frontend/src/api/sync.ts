import * as z from "zod/mini";

import { counter, figure, text } from "./fields";

/** What a run is doing at this moment that takes patience: a refusal, a silence. */
const activity = z.object({
  text: z.string(),
  status: z._default(figure, null),
  attempt: z._default(figure, null),
  attempts: z._default(figure, null),
  next_at: z._default(text, null),
});

const STATES = ["queued", "running", "waiting", "done", "failed", "cancelled"] as const;

export const syncSchema = z.object({
  run_id: z.union([z.number(), z.string()]),
  kind: z.string(),
  origin: text,
  /** Why it was started, in a sentence. */
  origin_text: z._default(text, null),
  /** What is read next, when a stronger kind was ordered while this one ran. */
  follow_up_kind: z._default(text, null),
  activity: z._default(z.catch(z.nullable(activity), null), null),
  state: z.enum(STATES),
  phase: text,
  message: text,
  contacts_seen: counter,
  contacts_expected: figure,
  contacts_created: counter,
  contacts_updated: counter,
  contacts_unchanged: counter,
  contacts_deleted: counter,
  bad_records: counter,
  percent: figure,
  rate: figure,
  eta_seconds: figure,
  requests_sent: counter,
  retries: counter,
  rate_limited: counter,
  requests_left_today: figure,
  started_at: text,
  finished_at: text,
  resume_at: text,
  error: text,
  error_code: text,
  proof: z.catch(
    z.nullable(
      z.object({ state: z.enum(["proven", "not_proven", "unknown"]), message: text }),
    ),
    null,
  ),
});

/** One sync of one location, as every endpoint shows it. */
export type Sync = z.infer<typeof syncSchema>;

export type SyncActivity = z.infer<typeof activity>;

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
