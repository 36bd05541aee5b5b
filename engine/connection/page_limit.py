"""The page size: how many contacts are asked for at a time."""

from typing import Any


def page_limit(location: Any) -> int:
    """Return how many contacts to ask for at a time."""
    wanted: int = location.env["ghl.settings"]._int("page_limit")
    return min(wanted, location.connection_id.sudo().page_limit_accepted or wanted)
