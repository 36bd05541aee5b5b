import type { Sync } from "../api/sync";

/** A run; what is not given is as if nothing had been read yet. */
export function makeSync(part: Partial<Sync> = {}): Sync {
  return {
    run_id: 1,
    location_id: "loc1",
    kind: "full",
    origin: "button",
    origin_text: "Started because a person ordered it in Odoo.",
    follow_up_kind: null,
    activity: null,
    state: "running",
    phase: "sweep",
    message: null,
    contacts_seen: 0,
    contacts_expected: null,
    contacts_created: 0,
    contacts_updated: 0,
    contacts_unchanged: 0,
    contacts_deleted: 0,
    bad_records: 0,
    percent: null,
    rate: null,
    eta_seconds: null,
    requests_sent: 0,
    retries: 0,
    rate_limited: 0,
    requests_left_today: null,
    queued_at: null,
    started_at: null,
    finished_at: null,
    resume_at: null,
    error: null,
    error_code: null,
    proof: null,
    ...part,
  };
}
