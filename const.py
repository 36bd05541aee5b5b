"""Names and defaults that more than one layer needs. Imports nothing of ours."""

PARAM_PREFIX = "ghl_contact_sync."

# The vendor's production host. A system parameter may name another one (tests, proxies).
DEFAULT_API_BASE_URL = "https://services.leadconnectorhq.com"
# https://marketplace.gohighlevel.com/docs/ lists the versions that are supported.
DEFAULT_API_VERSION = "2021-07-28"

# System parameters `ghl_contact_sync.<name>`: default and allowed range.
# `None` as a bound means unbounded on that side.
SETTINGS_INT = {
    "page_limit": (500, 100, 500),
    "fetch_threads": (16, 1, 64),
    "threshold_factor": (2, 1, 100),
    "threshold_minimum": (100, 0, 100_000),
    "total_ttl": (300, 0, 86_400),
    "delta_overlap": (300, 0, 86_400),
    "delete_brake": (20, 1, 100),
    "delete_brake_minimum": (50, 0, 1_000_000),
    "delta_interval": (15, 1, 1_440),
    "verify_interval": (24, 1, 8_760),
    "run_retention": (90, 1, 3_650),
    "event_retention": (30, 1, 3_650),
    "order_rate_limit": (30, 1, 10_000),
    "webhook_replay_window": (90, 5, 10_080),
}
SETTINGS_FLOAT = {
    "threshold_ratio": (0.8, 0.0, 1.0),
    "page_wait": (3.0, 0.0, 30.0),
}

# How long an ordered run may stay untouched before its state says that no worker runs.
QUEUE_ALARM_SECONDS = 60

# Route paths live here so that models never import controllers.
ROUTE_LOCATIONS = "/api/installed-locations"
ROUTE_CONTACTS = "/api/location-contacts-optimized"
ROUTE_SYNC = "/api/sync-location-contacts"
ROUTE_STATUS = "/api/sync-status"
ROUTE_CANCEL = "/api/sync-cancel"
ROUTE_ANALYTICS = "/api/location-analytics"
ROUTE_OPENAPI = "/api/ghl/openapi.json"
ROUTE_WEBHOOK = "/api/ghl/webhook"
ROUTE_OAUTH_CALLBACK = "/ghl/oauth/callback"
ROUTE_PAGE = "/ghl/analytics"

RUN_KINDS = [("full", "Full"), ("delta", "Delta"), ("verify", "Verify")]
# A stronger kind that is ordered while a weaker one runs follows it.
RUN_KIND_STRENGTH = {"delta": 0, "verify": 1, "full": 2}
RUN_ORIGINS = [
    ("button", "Backend Button"),
    ("api", "API"),
    ("cron", "Schedule"),
    ("threshold", "Smart Threshold"),
    ("webhook", "Webhook"),
    ("page", "Analytics Page"),
]
RUN_STATES = [
    ("queued", "Queued"),
    ("running", "Running"),
    ("waiting", "Waiting"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]
ACTIVE_STATES = ("queued", "running", "waiting")
RUN_PHASES = [
    ("queued", "Queued"),
    ("prepare", "Preparing"),
    ("sweep", "Reading Contacts"),
    ("delta", "Catching Up"),
    ("deletions", "Checking Deletions"),
    ("prove", "Proving"),
    ("done", "Done"),
]
