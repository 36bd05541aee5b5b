"""The activity of a run at this moment, what it does or waits for, in a person's words.

The engine writes facts (`tools/http/watch.py`); sentences and countdowns are made where
they are shown.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from odoo import fields

from ..tools.http.watch import LIMIT, PACE, TOKEN
from .clock import is_fresh

# Facts of a process that has been silent for longer say nothing of this moment.
STALE_SECONDS = 120
# Slugs of failures that keep an answer away.
_UNREACHABLE = (
    *("unreachable", "refused", "unresolved", "connect_timeout", "tls_failed"),
)
_QUOTA = (
    *("daily_quota_spent", "daily_share_spent", "daily_reserve_reached"),
    "rate_limited",
)
_BROKEN = ("connection_lost", "truncated", "bad_http", "bad_gzip", "transport_error")

# The stored facts about a run's wait.
Facts = dict[str, Any]


def waiting_facts(run: Any, code: str, status: int | None, attempts: int) -> Facts:
    """Return the facts of a run that waits until its `resume_at`."""
    return {
        "reason": "wait",
        "status": status,
        "code": code,
        "attempt": min(run.attempt + 1, attempts),
        "attempts": attempts,
        "since": None,
        "next_at": None,
    }


def probe_facts() -> Facts:
    """Return the facts of a run for which one request is under way."""
    return {"reason": "probe", "since": round(time.time(), 1)}


def describe(run: Any) -> dict[str, Any] | None:
    """Return the object `activity` of the JSON API, None when nothing is waited for."""
    facts = run.activity
    if not facts or not run._is_active():
        return None
    now = fields.Datetime.now()
    if facts.get("reason") == "probe":
        if not is_fresh(timestamp_of(facts.get("since")), STALE_SECONDS, now):
            return None
        next_at = None
    elif run.state == "waiting":
        next_at = run.resume_at or None
    elif not is_fresh(run.heartbeat_at, STALE_SECONDS, now):
        return None
    else:
        next_at = timestamp_of(facts.get("next_at"))
    return {
        "text": _sentence(run.env, facts, next_at, now),
        "status": facts.get("status"),
        "attempt": facts.get("attempt") or 1,
        "attempts": facts.get("attempts") or 1,
        "next_at": next_at.strftime("%Y-%m-%dT%H:%M:%SZ") if next_at else None,
    }


def span(env: Any, seconds: float) -> str:
    """Return a span of time in a person's words, rounded up."""
    seconds = max(1, round(seconds))
    if seconds < 120:
        return str(env._("%s s", seconds))
    minutes = -(-seconds // 60)
    if minutes < 120:
        return str(env._("%s min", minutes))
    return str(
        env._("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)
    )


def _sentence(env: Any, facts: Facts, next_at: datetime | None, now: datetime) -> str:
    reason = facts.get("reason")
    if reason == TOKEN:
        return str(env._("The access token is being renewed"))
    if reason == "probe":
        return str(env._("One request is under way to see whether GoHighLevel answers"))
    if reason == LIMIT:
        return str(
            env._(
                "GoHighLevel's request limit is used up for the moment, next in %s",
                span(env, (next_at - now).total_seconds() if next_at else 1),
            )
        )
    if reason == PACE:
        return str(
            env._(
                "GoHighLevel has refused requests that came too fast: they are sent "
                "more slowly for a while, next in %s",
                span(env, (next_at - now).total_seconds() if next_at else 1),
            )
        )
    is_due = reason == "wait" and next_at is not None and next_at <= now
    if reason == "wait" and facts.get("code") in _QUOTA and next_at and not is_due:
        return str(
            env._(
                "%(trouble)s, next try in %(span)s",
                trouble=_trouble(env, facts),
                span=span(env, (next_at - now).total_seconds()),
            )
        )
    if is_due:
        return str(
            env._(
                "%(trouble)s, %(tries)s is due",
                trouble=_trouble(env, facts),
                tries=_tries(env, facts),
            )
        )
    if next_at:
        return str(
            env._(
                "%(trouble)s, %(tries)s, next in %(span)s",
                trouble=_trouble(env, facts),
                tries=_tries(env, facts),
                span=span(env, (next_at - now).total_seconds()),
            )
        )
    return _under_way(env, facts, now)


def _under_way(env: Any, facts: Facts, now: datetime) -> str:
    """Return what is told of a request that is not answered yet."""
    since = timestamp_of(facts.get("since"))
    waited = (now - since).total_seconds() if since else 0
    if not facts.get("code"):
        return str(env._("No answer from GoHighLevel for %s", span(env, waited)))
    if waited >= 4:
        return str(
            env._(
                "%(trouble)s, %(tries)s, no answer for %(span)s",
                trouble=_trouble(env, facts),
                tries=_tries(env, facts),
                span=span(env, waited),
            )
        )
    return str(
        env._(
            "%(trouble)s, %(tries)s under way",
            trouble=_trouble(env, facts),
            tries=_tries(env, facts),
        )
    )


def _tries(env: Any, facts: Facts) -> str:
    return str(
        env._(
            "try %(attempt)s of %(attempts)s",
            attempt=facts.get("attempt") or 1,
            attempts=facts.get("attempts") or 1,
        )
    )


def _trouble(env: Any, facts: Facts) -> str:
    """Return who does not answer as it should, and how."""
    status, code = facts.get("status"), facts.get("code")
    busy = env._("GoHighLevel's request limit is used up for the moment")
    away = env._("GoHighLevel cannot be reached")
    broken = env._("The connection to GoHighLevel breaks off")
    refused = env._("GoHighLevel refuses the token")
    texts = {
        "edge_answer": env._(
            "Something between Odoo and GoHighLevel answers %s in its place", status
        ),
        "daily_quota_spent": env._("GoHighLevel's requests for today are used up"),
        "daily_share_spent": env._(
            "The share of the day's requests that syncs may use is spent"
        ),
        "daily_reserve_reached": env._(
            "The rest of the day's requests is kept for persons and other programs"
        ),
        "rate_limited": busy if facts.get("reason") == "wait" else None,
        "token_refused": refused,
        "token_invalid": refused,
        "timeout": env._("GoHighLevel does not answer in time"),
        "database_error": env._("Odoo's database is not available"),
        "memory_short": env._("Odoo is short of memory"),
        **dict.fromkeys(_UNREACHABLE, away),
        **dict.fromkeys(_BROKEN, broken),
    }
    if text := texts.get(code):
        return str(text)
    if status and status != 200:
        return str(env._("GoHighLevel answers %s", status))
    return str(env._("GoHighLevel's answer cannot be used"))


def timestamp_of(epoch: object) -> datetime | None:
    """Return epoch seconds as the UTC datetime that Odoo stores."""
    if not isinstance(epoch, (int, float)):
        return None
    return datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None)
