"""The metrics that `GET /api/ghl/metrics` tells of each location."""

from __future__ import annotations

from .openmetrics import Family

# Family and the column of the metrics that it is taken from.
_COUNTED = (
    ("read_contacts", "contacts_seen", "Contacts that were read."),
    ("created_contacts", "contacts_created", "Contacts that were new to the mirror."),
    ("updated_contacts", "contacts_updated", "Contacts that were written anew."),
    ("unchanged_contacts", "contacts_unchanged", "Contacts read and found unchanged."),
    ("deleted_contacts", "contacts_deleted", "Contacts archived as deleted."),
    ("repaired_contacts", "contacts_repaired", "Drift that proofs found and repaired."),
    (
        "drifted_contacts",
        "contacts_drifted",
        "Contacts that audits found changed without a new date, and repaired.",
    ),
    ("noted_issues", "bad_records", "Records that were not kept as they came."),
    ("sent_requests", "requests_sent", "Requests sent to GoHighLevel."),
    ("repeated_requests", "retries", "Requests that were sent again."),
    ("limited_requests", "rate_limited", "Requests that were refused with 429."),
    ("received_bytes", "bytes_received", "Size of the answers, unpacked."),
    ("busy_seconds", "busy_seconds", "Time that runs have worked, without waiting."),
    ("done_runs", "runs_done", "Runs that ended well."),
    ("failed_runs", "runs_failed", "Runs that failed."),
    ("cancelled_runs", "runs_cancelled", "Runs that were cancelled."),
)
_MEASURED = (
    ("mirrored_contacts", "Contacts in the mirror."),
    ("vendor_contacts", "Contacts that GoHighLevel holds, as last told."),
    ("coverage_ratio", "Mirrored share of what GoHighLevel holds."),
    (
        "gap_contacts",
        "GoHighLevel's count less the mirror's, after the last proof.",
    ),
    ("lag_seconds", "Every change that is older was read; newer ones may be missing."),
    ("proof_age_seconds", "Time since the mirror was last proven complete."),
    ("content_age_seconds", "Every contact's contents were read since."),
    (
        "content_promise_seconds",
        "Time within which every contact's contents are promised to be read again.",
    ),
    (
        "audit_drift_contacts",
        "Contacts that had changed without a new date when they were last read.",
    ),
    ("latency_p50_seconds", "Median time of today's (UTC) answers."),
    ("latency_p95_seconds", "95th percentile of the time of today's (UTC) answers."),
    ("latency_p99_seconds", "99th percentile of the time of today's (UTC) answers."),
    ("quota_limit_requests", "Requests that GoHighLevel allows in a day."),
    ("quota_left_requests", "Requests that are left of the day's quota."),
    ("active_runs", "Runs that are queued, at work or waiting."),
    ("refused_connections", "1 while GoHighLevel does not accept the connection."),
    ("open_alarms", "Troubles that are open, those of the connection included."),
)
COUNTER_COLUMNS = {name: column for name, column, _text in _COUNTED}
FAMILIES = (
    *(Family(name, "counter", text) for name, _column, text in _COUNTED),
    *(Family(name, "gauge", text) for name, text in _MEASURED),
)
PERCENTILES = {
    "latency_p50_seconds": 0.50,
    "latency_p95_seconds": 0.95,
    "latency_p99_seconds": 0.99,
}
