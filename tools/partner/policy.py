"""Policies of one field of an Odoo contact, when GoHighLevel shows a value.

Both sides have a value, and the link remembers what it wrote last. A value in Odoo that
is not the one that was written last is a person's, and stays, unless the field's policy
says that GoHighLevel leads.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, NamedTuple

LEADS: Final = "leads"
FILL: Final = "fill"
FIRST: Final = "first"
NEVER: Final = "never"
POLICIES: Final = (LEADS, FILL, FIRST, NEVER)


class _Missing:
    """Nothing was ever written."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


class Reason(StrEnum):
    """A reason not to take a value; shown on the link, in words of the models."""

    LOCAL_EDIT = "local_edit"
    CLEARED = "cleared"
    HAS_VALUE = "has_value"
    NEVER = "never"
    ONCE = "once"


class Decision(NamedTuple):
    """A decision on a field: write `value`, or leave it for a `reason`.

    Neither, when both sides agree already.
    """

    write: bool
    value: Any = None
    reason: Reason | None = None


_AGREED = Decision(False)


def decide(
    policy: str, new: Any, current: Any, written: Any = MISSING, *, linked_now: bool
) -> Decision:
    """Decide what to do with one field.

    Values are comparable as they are: converted to the field's type, False for none.

    :param policy: one of `POLICIES`
    :param new: what GoHighLevel shows
    :param current: what the Odoo contact has
    :param written: what the link wrote last, `MISSING` when it never did
    :param linked_now: whether the link is being made by this very run
    :raise ValueError: the policy is unknown
    """
    if policy not in POLICIES:
        raise ValueError(f"unknown policy {policy!r}")
    if _same(new, current):
        return _AGREED
    if policy == NEVER:
        return Decision(False, reason=Reason.NEVER)
    is_ours = written is not MISSING and _same(current, written)
    if _is_empty(new):
        return _decide_empty(policy, written, is_ours)
    if policy == LEADS:
        return Decision(True, new)
    if policy == FIRST:
        return _decide_first(new, current, written, linked_now)
    if is_ours and not _is_empty(current):
        # It follows GoHighLevel for as long as nobody has changed it.
        return Decision(True, new)
    if not _is_empty(current):
        reason = Reason.HAS_VALUE if written is MISSING else Reason.LOCAL_EDIT
        return Decision(False, reason=reason)
    if written is MISSING or is_ours:
        return Decision(True, new)
    return Decision(False, reason=Reason.CLEARED)


def _decide_empty(policy: str, written: Any, is_ours: bool) -> Decision:
    """GoHighLevel has no value (any more): only what we wrote is taken away."""
    if policy == FIRST or written is MISSING:
        return _AGREED
    if is_ours:
        return Decision(True, False)
    return Decision(False, reason=Reason.LOCAL_EDIT)


def _decide_first(new: Any, current: Any, written: Any, linked_now: bool) -> Decision:
    if not linked_now or written is not MISSING:
        return Decision(False, reason=Reason.ONCE)
    if not _is_empty(current):
        return Decision(False, reason=Reason.HAS_VALUE)
    return Decision(True, new)


def _is_empty(value: Any) -> bool:
    # Zero is a value; False is none, and Odoo's own word for that.
    return value is None or value is False or value == "" or value == []


def _same(one: Any, another: Any) -> bool:
    if _is_empty(one) and _is_empty(another):
        return True
    return type(one) is type(another) and bool(one == another)
