import type { Cancelled, Ordered, Resumed, Sync } from "../contract/types.gen";
import { isActive } from "../lib/syncRun";
import { makeSync } from "./makeSync";
import type { Place } from "./place";

/** The runs of the fake backend's places, moved on by hand. */
export class FakeRuns {
  /** The active run of a place reads `amount` more contacts, and ends when it has all. */
  step(place: Place, amount: number): void {
    const run = place.runs[0];
    if (!run || !isActive(run)) return;
    const total = place.upstream.length;
    const seen = Math.min(total, run.contacts_seen + amount);
    const created = run.contacts_created + Math.max(0, seen - Math.max(place.mirrored, run.contacts_seen));
    place.mirrored = Math.max(place.mirrored, seen);
    Object.assign(run, {
      state: "running",
      phase: "sweep",
      contacts_seen: seen,
      contacts_expected: total,
      contacts_created: created,
      contacts_unchanged: seen - created,
      percent: (seen / total) * 100,
      rate: 412.4,
      eta_seconds: (total - seen) / 412.4,
      requests_sent: Math.ceil(seen / 100) + 1,
      requests_left_today: 199_950,
    } satisfies Partial<Sync>);
    if (seen < total) return;
    const now = new Date().toISOString();
    Object.assign(run, {
      state: "done",
      phase: "done",
      finished_at: now,
      eta_seconds: null,
      proof: { state: "proven", message: null },
    } satisfies Partial<Sync>);
    place.provenAt = place.lastSync = now;
  }

  fail(place: Place, error: string): void {
    Object.assign(place.runs[0] ?? {}, {
      state: "failed",
      error,
      error_code: "upstream",
      finished_at: new Date().toISOString(),
    } satisfies Partial<Sync>);
  }

  order(place: Place, origin: Sync["origin"] = "button"): Ordered {
    const active = place.runs[0];
    if (active && isActive(active)) {
      return { success: true, status: "already_running", message: "Your order joined the sync that is running.", run_id: active.run_id, sync: active };
    }
    const run = makeSync({
      run_id: place.runs.length + 1,
      origin,
      state: "queued",
      phase: "queued",
      started_at: new Date().toISOString(),
    });
    place.runs.unshift(run);
    return { success: true, status: "started", message: "It is ordered.", run_id: run.run_id, sync: run };
  }

  /** The active run waits, as the server would say it. */
  wait(place: Place, message: string, seconds: number): void {
    Object.assign(place.runs[0] ?? {}, {
      state: "waiting",
      message,
      resume_at: new Date(Date.now() + seconds * 1000).toISOString(),
    } satisfies Partial<Sync>);
  }

  protected resume(place: Place): Resumed {
    const run = place.runs[0];
    if (run?.state !== "waiting") return { success: true, status: "nothing_waits", run_id: null, sync: run ?? null };
    Object.assign(run, { state: "running", message: null, resume_at: null } satisfies Partial<Sync>);
    return { success: true, status: "resumed", run_id: run.run_id, sync: run };
  }

  protected cancel(place: Place): Cancelled {
    const run = place.runs[0];
    if (!run || !isActive(run)) return { success: true, status: "idle", sync: run ?? null };
    const before = { ...run };
    Object.assign(run, { state: "cancelled", finished_at: new Date().toISOString() });
    return { success: true, status: "cancelling", sync: before };
  }
}
