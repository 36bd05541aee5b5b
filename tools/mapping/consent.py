"""Whether a contact may be contacted, channel by channel, as people say it.

The vendor's word is about not to be disturbed: *active* means that the channel is
closed.
"""

from __future__ import annotations

from typing import Any

# Its names are written in two ways, by the version of its API.
_CHANNELS = {
    "call": "Phone calls",
    "email": "Email",
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "gmb": "Google Business messages",
    "fb": "Facebook messages",
    "rcs": "RCS",
    "all": "All channels",
}
_STATES = {
    "active": (True, "Do not contact"),
    "permanent": (True, "Do not contact, for good"),
    "inactive": (False, "May be contacted"),
}


def consents(settings: Any) -> list[dict[str, Any]]:
    """Return one entry for each channel of `dndSettings`, in their order there.

    What is not known is told as it came, and is no consent: `blocked` is None.
    """
    if not isinstance(settings, dict):
        return []
    return [_consent(name, told) for name, told in settings.items()]


def _consent(name: str, told: Any) -> dict[str, Any]:
    told = told if isinstance(told, dict) else {"status": told}
    status = str(told.get("status") or "")
    blocked, text = _STATES.get(status.lower(), (None, status or "Not told"))
    reason = told.get("message")
    return {
        "channel": _CHANNELS.get(name.lower(), name),
        "blocked": blocked,
        "text": text,
        "reason": reason if isinstance(reason, str) and reason.strip() else None,
    }
