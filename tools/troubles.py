"""Every slug that `ghl.sync.run.error_code` can hold: whom it concerns, what helps.

Trouble belongs to what it is about: one location's refusal says nothing of the others
of its connection, and a vendor that does not answer says nothing of a token.
"""

from __future__ import annotations

from dataclasses import dataclass

LOCATION = "location"
CONNECTION = "connection"
CONTACT = "contact"
SERVER = "server"
VENDOR = "vendor"
SUBJECTS = (LOCATION, CONNECTION, CONTACT, SERVER, VENDOR)
TONES = ("danger", "warning", "info")


@dataclass(frozen=True, slots=True)
class Trouble:
    """The meaning of a slug.

    :param str subject: what the trouble is about, of `SUBJECTS`
    :param str tone: of `TONES`; how a run is shown that *ended* with it
    :param tuple actions: codes of `tools.actions`, the most helpful first
    """

    subject: str
    tone: str
    actions: tuple[str, ...]


_RETRY = ("sync_full", "open_run")
_TOKEN = ("reconnect", "replace_token", "test_connection", "open_connection")

# Passing trouble of the vendor or of the way there: a run waits and goes on by itself;
# one that ends with it has tried for an hour.
_PASSING = (
    "rate_limited",
    "token_busy",
    "daily_quota_spent",
    "daily_share_spent",
    "daily_reserve_reached",
    "server_error",
    "edge_answer",
    "transport_error",
    "timeout",
    "connect_timeout",
    "refused",
    "unresolved",
    "unreachable",
    "connection_lost",
    "tls_failed",
    "truncated",
    "bad_http",
    "bad_gzip",
    "unknown_encoding",
    "too_large",
    "payload_error",
    "wrong_shape",
    "invalid_utf8",
    "not_json",
)
# The vendor refuses what was asked: the same again will not help, a person may.
_REFUSED = (
    "ghl_error",
    "request_refused",
    "cursor_refused",
    "page_limit_refused",
    "filter_ignored",
    "invalid_field",
    "foreign_records",
)

TROUBLES: dict[str, Trouble] = {
    **dict.fromkeys(_PASSING, Trouble(VENDOR, "warning", ("try_now", *_RETRY))),
    **dict.fromkeys(_REFUSED, Trouble(VENDOR, "danger", _RETRY)),
    # The connection
    "token_invalid": Trouble(CONNECTION, "danger", _TOKEN),
    # One that worked a moment ago: tried again, since a single 401 may be a slip.
    "token_refused": Trouble(CONNECTION, "warning", ("try_now", *_TOKEN)),
    "token_missing": Trouble(CONNECTION, "danger", _TOKEN),
    "token_malformed": Trouble(CONNECTION, "danger", _TOKEN),
    "needs_reauth": Trouble(CONNECTION, "danger", _TOKEN),
    "database_moved": Trouble(
        CONNECTION, "danger", ("confirm_move", "open_connection")
    ),
    "bad_client": Trouble(CONNECTION, "danger", ("open_connection",)),
    "configuration": Trouble(CONNECTION, "danger", _TOKEN),
    # One location
    "token_scope": Trouble(
        LOCATION, "danger", ("test_connection", "open_connection", *_RETRY)
    ),
    "not_installed": Trouble(LOCATION, "danger", ("open_connection", *_RETRY)),
    "not_found": Trouble(LOCATION, "danger", ("open_location", *_RETRY)),
    "location_archived": Trouble(LOCATION, "info", ("unarchive", "open_location")),
    "connection_archived": Trouble(
        CONNECTION, "info", ("unarchive_connection", "open_connection")
    ),
    "location_paused": Trouble(LOCATION, "warning", ("try_now", *_RETRY)),
    "delete_brake": Trouble(
        LOCATION, "danger", ("review_deletions", "verify", "open_run")
    ),
    # Contents were not all read again within the promised time. No run ends with this.
    "contents_old": Trouble(LOCATION, "warning", ("read_contents", "open_location")),
    # An audit was not shown all that it was to read: nobody can read more.
    "contents_unread": Trouble(VENDOR, "warning", ("read_contents", "open_run")),
    # One contact
    "bad_id": Trouble(CONTACT, "warning", ("open_issues", *_RETRY)),
    # This server
    "memory_short": Trouble(SERVER, "warning", ("try_now", *_RETRY)),
    "database_error": Trouble(SERVER, "warning", ("try_now", *_RETRY)),
    "internal_error": Trouble(SERVER, "danger", _RETRY),
    "bad_address": Trouble(SERVER, "danger", ("open_settings", *_RETRY)),
    "redirected": Trouble(SERVER, "danger", ("open_settings", *_RETRY)),
    "stopped": Trouble(SERVER, "info", _RETRY),
}

# Slugs that a newer version, or a module on top, may have written.
UNKNOWN = Trouble(LOCATION, "danger", _RETRY)


# The way to give access back that a connection of this `auth_kind` refuses.
_OTHER_WAY = {"pit": "reconnect", "oauth": "replace_token"}


def actions_for(trouble: Trouble, connection_kind: str) -> tuple[str, ...]:
    """Return the actions of a trouble that a connection of this kind can take."""
    other = _OTHER_WAY.get(connection_kind)
    return tuple(code for code in trouble.actions if code != other)


def find_trouble(code: str | None) -> Trouble | None:
    """Return what a slug means; ``None`` for none."""
    return TROUBLES.get(code, UNKNOWN) if code else None
