"""Closed channels of a GoHighLevel contact, and who closed them.

``dnd`` alone decides nothing where channels are told: the vendor was seen to send
``dnd: true`` with every channel ``inactive``. Where no channel is told it is all there
is, and closes every channel: to write to somebody who asked not to be written to is
the worse error.
https://marketplace.gohighlevel.com/docs/ghl/contacts/get-contact
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

EMAIL: Final = "email"
PHONE: Final = "phone"

# The vendor's name of a channel, in any case → what Odoo can keep from being used.
_CHANNELS: Final[Mapping[str, str]] = {"email": EMAIL, "sms": PHONE, "call": PHONE}
# A channel that the contact closed is active as a block; the vendor may also close one
# for good.
_CLOSED: Final = frozenset(("active", "permanent"))


def closed_channels(dnd: Any, settings: Any) -> frozenset[str]:
    """Return the channels (`EMAIL`, `PHONE`) that must not be used.

    :param dnd: the contact's own switch
    :param settings: ``{"Email": {"status": "active", …}, "SMS": …}``, or anything
    """
    told = _told(settings)
    if told:
        return frozenset(_CHANNELS[name] for name, closed in told.items() if closed)
    return frozenset((EMAIL, PHONE)) if dnd is True else frozenset()


def _told(settings: Any) -> dict[str, bool]:
    """Return {channel: closed} of the channels that say either."""
    if not isinstance(settings, dict):
        return {}
    told = {}
    for name, value in settings.items():
        status = value.get("status") if isinstance(value, dict) else None
        key = str(name).lower()
        if key in _CHANNELS and isinstance(status, str) and status:
            told[key] = status.lower() in _CLOSED
    return told
