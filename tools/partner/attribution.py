"""Attribution of a contact: by which source, medium and campaign it came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

# Kind → the vendor's keys for it, the likeliest first.
# https://marketplace.gohighlevel.com/docs/ghl/contacts/get-contact
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "utm_source": ("utmSource", "sessionSource"),
    "utm_medium": ("utmMedium", "medium"),
    "utm_campaign": ("utmCampaign", "campaign"),
}
KINDS: Final = tuple(_KEYS)


def attributed(kind: str, extra: Any) -> str | None:
    """Return what a contact's attribution says, its first before its last.

    :param kind: one of `KINDS`
    :param extra: the contact's fields without a column, or anything
    """
    for touch in _touches(extra if isinstance(extra, dict) else {}):
        for key in _KEYS[kind]:
            value = touch.get(key)
            if isinstance(value, str) and value.strip():
                return value.strip()
    return None


def _touches(extra: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed = extra.get("attributions")
    listed = listed if isinstance(listed, list) else []
    first = [one for one in listed if isinstance(one, dict) and one.get("isFirst")]
    for touch in (
        extra.get("attributionSource"),
        *first,
        extra.get("lastAttributionSource"),
        *listed,
    ):
        if isinstance(touch, dict):
            yield touch
