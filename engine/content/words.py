"""Tell in words what is promised of contents, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .pace import is_share_too_small, promised_days


def kind_label(env: Any, kind: str) -> str:
    """Return what a kind of field (`tools/audit/kinds.py`) is called."""
    labels: dict[str, str] = {
        "names": env._("names"),
        "email": env._("e-mail addresses"),
        "phone": env._("telephone numbers"),
        "company": env._("companies"),
        "address": env._("addresses"),
        "source": env._("sources"),
        "owner": env._("owners"),
        "dnd": env._("do not disturb"),
        "custom_fields": env._("custom fields"),
        "tags": env._("tags"),
        "opportunities": env._("opportunities"),
        "workflows": env._("workflows"),
        "other": env._("other fields"),
    }
    return labels.get(kind, kind)


def describe_drift(env: Any, drift: Mapping[str, int]) -> str | bool:
    """Return which kinds of fields differed, the most frequent first."""
    ranked = sorted(drift.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{kind_label(env, kind)}: {n}" for kind, n in ranked) or False


def describe_promise(location: Any, requests: int) -> str:
    """Return within how many days every contact is read again, and why so.

    :param requests: that it may take in a day
    """
    env, days = location.env, promised_days(location)
    text: str
    if days is None and location.audit_enabled and is_share_too_small(location):
        text = env._(
            "Contents are read again only when somebody asks: the share of the quota "
            "is %(requests)s requests a day, which is too few to read a page.",
            requests=requests,
        )
    elif days is None:
        text = env._("Contents are read again only when somebody asks.")
    elif days > location.audit_days:
        text = env._(
            "Every contact is read again within %(days)s days: with %(requests)s "
            "requests a day it takes longer than the %(wanted)s days wanted.",
            days=days,
            requests=requests,
            wanted=location.audit_days,
        )
    else:
        text = env._(
            "Every contact is read again within %(days)s days, by at most "
            "%(requests)s requests a day.",
            days=days,
            requests=requests,
        )
    return text
