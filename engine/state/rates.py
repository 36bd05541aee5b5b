"""The use of a location's rate limits, in a person's words."""

from typing import Any

from odoo.tools import formatLang

from ..activity import timestamp_of
from .show import make_voice


def describe_rates(location: Any) -> str:
    """Return sentences on the requests that GoHighLevel allows, empty when unknown."""
    env, told = location.env, location.rate_snapshot or {}
    voice = make_voice(env)
    sentences = []
    if told.get("limit") and told.get("interval_ms"):
        sentences.append(
            env._(
                "GoHighLevel allows %(limit)s requests in %(seconds)s seconds.",
                limit=_number(env, told["limit"]),
                seconds=_number(env, told["interval_ms"] / 1_000),
            )
        )
    if told.get("remaining_today") is not None:
        sentences.append(
            env._(
                "%(left)s of %(limit)s requests are left today.",
                left=_number(env, told["remaining_today"]),
                limit=_number(env, told.get("limit_today") or told["remaining_today"]),
            )
        )
    reset = timestamp_of((told.get("daily") or {}).get("reset_at"))
    if reset:
        sentences.append(
            env._("The day's count begins anew at %s.", voice.timestamp(reset))
        )
    pause = timestamp_of(told.get("resume_at")) or timestamp_of(
        told.get("paused_until")
    )
    if pause:
        sentences.append(env._("Nothing is sent before %s.", voice.timestamp(pause)))
    if told.get("rate_limited"):
        sentences.append(
            env._(
                "%s requests were refused lately.", _number(env, told["rate_limited"])
            )
        )
    return " ".join(sentences)


def _number(env: Any, value: float) -> str:
    return str(formatLang(env, value, digits=0))
