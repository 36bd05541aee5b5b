"""Names and defaults that more than one layer needs. Imports nothing of ours."""

PARAM_PREFIX = "ghl_contact_sync."

# The vendor's production host; a system parameter may name another one.
DEFAULT_API_BASE_URL = "https://services.leadconnectorhq.com"
# The app that people work in; agencies with a white label have an address of their own.
DEFAULT_APP_BASE_URL = "https://app.gohighlevel.com"
# https://marketplace.gohighlevel.com/docs/ lists the versions that are supported.
DEFAULT_API_VERSION = "2021-07-28"

# Columns of text by which contacts are sorted.
SORTED_TEXTS = (
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "company_name",
    "source",
    "type",
    "city",
    "country",
)

# System parameters `ghl_contact_sync.<name>`: default and allowed range.
# `None` as a bound means unbounded on that side.
SETTINGS_INT = {
    "page_limit": (500, 100, 500),
    "fetch_threads": (32, 1, 64),
    "threshold_factor": (2, 1, 100),
    "threshold_minimum": (100, 0, 100_000),
    "total_ttl": (300, 0, 86_400),
    "delta_overlap": (300, 0, 86_400),
    "delete_brake": (20, 1, 100),
    "delete_brake_minimum": (50, 0, 1_000_000),
    "delta_interval": (15, 1, 1_440),
    "delta_shortest": (5, 1, 1_440),
    "delta_longest": (60, 1, 10_080),
    "verify_interval": (24, 1, 8_760),
    "audit_days": (7, 1, 365),
    "audit_share": (5, 1, 50),
    "deletion_review_days": (7, 1, 90),
    "deleted_retention": (90, 0, 3_650),
    "run_retention": (90, 1, 3_650),
    "event_retention": (30, 1, 3_650),
    "metric_retention": (400, 1, 3_650),
    "stale_days": (365, 1, 36_500),
    "alarm_retention": (90, 1, 3_650),
    "task_retention": (30, 1, 3_650),
    "refusal_retention": (30, 1, 3_650),
    "change_retention": (90, 1, 3_650),
    "change_limit": (5_000_000, 10_000, 1_000_000_000),
    "change_run_limit": (100_000, 0, 10_000_000),
    "order_rate_limit": (30, 1, 10_000),
    "quota_share": (100, 1, 100),
    "webhook_replay_window": (90, 5, 10_080),
}
SETTINGS_FLOAT = {
    # Hours of a location's own day.
    "quiet_from": (1.0, 0.0, 24.0),
    "quiet_to": (5.0, 0.0, 24.0),
    "threshold_ratio": (0.8, 0.0, 1.0),
    # Below the time-out of whoever asks: the page's own is 30 s.
    "page_wait": (3.0, 0.0, 15.0),
}

# Switches, stored as True or False.
SETTINGS_FLAG = {
    "adaptive_sync": True,
    "audit_enabled": True,
    "webhook_enabled": True,
    "webhook_rsa_enabled": True,
    "change_feed": True,
    "alarm_webhook_private": False,
}

# After so long without a touch, the state of an ordered run says that no worker runs.
QUEUE_ALARM_SECONDS = 60

# Route paths live here so that models never import controllers.
ROUTE_LOCATIONS = "/api/installed-locations"
ROUTE_CONTACTS = "/api/location-contacts-optimized"
ROUTE_SYNC = "/api/sync-location-contacts"
ROUTE_STATUS = "/api/sync-status"
ROUTE_CANCEL = "/api/sync-cancel"
ROUTE_DELETIONS = "/api/deletion-review"
ROUTE_RESUME = "/api/sync-resume"
ROUTE_ANALYTICS = "/api/location-analytics"
ROUTE_QUALITY = "/api/location-quality"
ROUTE_CHANGES = "/api/contact-changes"
ROUTE_FLEET = "/api/ghl/fleet"
ROUTE_PARTNER = "/api/contact-partner"
ROUTE_ERASE = "/api/contact-erase"
ROUTE_METRICS = "/api/ghl/metrics"
ROUTE_OPENAPI = "/api/ghl/openapi.json"
ROUTE_WEBHOOK = "/api/ghl/webhook"
ROUTE_OAUTH_CONNECT = "/ghl/oauth/connect"
ROUTE_OAUTH_CALLBACK = "/ghl/oauth/callback"
ROUTE_OAUTH_CONFIRM = "/ghl/oauth/confirm"
ROUTE_PAGE = "/ghl/analytics"

RUN_KINDS = [
    ("full", "Full"),
    ("delta", "Delta"),
    ("verify", "Verify"),
    ("audit", "Audit"),
]
# Ordered instead of a kind: whichever closes what was measured.
AUTO_KIND = "auto"
# A stronger kind that is ordered while a weaker one runs follows it.
RUN_KIND_STRENGTH = {"delta": 0, "audit": 1, "verify": 2, "full": 3}
RUN_ORIGINS = [
    ("button", "Backend Button"),
    ("api", "API"),
    ("cron", "Schedule"),
    ("threshold", "Smart Threshold"),
    ("webhook", "Webhook"),
    ("page", "Analytics Page"),
]
# Causes of a change of a mirrored contact, and the kinds of change.
CHANGE_ORIGINS = [
    ("run", "Sync"),
    ("audit", "Audit"),
    ("webhook", "Webhook"),
    ("read_again", "Read Again"),
    ("deletions", "Check of Deletions"),
    ("person", "Person"),
    ("other", "Other"),
]
CHANGE_ACTIONS = [
    ("created", "Created"),
    ("changed", "Changed"),
    ("deleted", "Deleted"),
    ("restored", "Restored"),
    ("removed", "Removed for Good"),
    ("refused", "Refused"),
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
    ("audit", "Reading Contents Again"),
    ("done", "Done"),
]
# The phases of each kind of run, in their order.
RUN_KIND_PHASES = {
    "full": ("prepare", "sweep", "delta", "deletions", "prove"),
    "delta": ("delta",),
    "verify": ("prepare", "delta", "prove"),
    "audit": ("delta", "audit"),
}

# The vendor's keys for webhooks, Ed25519 and RSA; used while Settings name no others.
# https://marketplace.gohighlevel.com/docs/webhook/WebhookIntegrationGuide
WEBHOOK_PUBLIC_KEYS = """
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=
-----END PUBLIC KEY-----
-----BEGIN PUBLIC KEY-----
MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAokvo/r9tVgcfZ5DysOSC
Frm602qYV0MaAiNnX9O8KxMbiyRKWeL9JpCpVpt4XHIcBOK4u3cLSqJGOLaPuXw6
dO0t6Q/ZVdAV5Phz+ZtzPL16iCGeK9po6D6JHBpbi989mmzMryUnQJezlYJ3DVfB
csedpinheNnyYeFXolrJvcsjDtfAeRx5ByHQmTnSdFUzuAnC9/GepgLT9SM4nCpv
uxmZMxrJt5Rw+VUaQ9B8JSvbMPpez4peKaJPZHBbU3OdeCVx5klVXXZQGNHOs8gF
3kvoV5rTnXV0IknLBXlcKKAQLZcY/Q9rG6Ifi9c+5vqlvHPCUJFT5XUGG5RKgOKU
J062fRtN+rLYZUV+BjafxQauvC8wSWeYja63VSUruvmNj8xkx2zE/Juc+yjLjTXp
IocmaiFeAO6fUtNjDeFVkhf5LNb59vECyrHD2SQIrhgXpO4Q3dVNA5rw576PwTzN
h/AMfHKIjE4xQA1SZuYJmNnmVZLIZBlQAF9Ntd03rfadZ+yDiOXCCs9FkHibELhC
HULgCsnuDJHcrGNd5/Ddm5hxGQ0ASitgHeMZ0kcIOwKDOzOU53lDza6/Y09T7sYJ
PQe7z0cvj7aE4B+Ax1ZoZGPzpJlZtGXCsu9aTEGEnKzmsFqwcSsnw3JB31IGKAyk
T1hhTiaCeIY/OwwwNUY2yvcCAwEAAQ==
-----END PUBLIC KEY-----
""".strip()
WEBHOOK_HEADER = "X-GHL-Contact-Sync"
# An event repeats a contact's data; nothing the vendor sends comes near this.
WEBHOOK_MAX_BODY = 1024 * 1024
