"""The small lists that give names to ids: details, custom fields, tags and users."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...tools.errors import GhlError
from ..checkpoint import load_checkpoint, save_checkpoint
from ..mirror.details import store_details
from ..mirror.ensure_references import store_references
from ..slice.vendor_calls import Call


def reference_calls() -> dict[str, Call[Any]]:
    """Return the calls for the lists."""
    return {
        "details": lambda client: client.get_location(),
        "fields": lambda client: client.get_custom_fields(),
        "tags": lambda client: client.get_tags(),
        "users": lambda client: client.get_users(),
    }


def store_lists(run: Any, answers: dict[str, Any]) -> None:
    """Store the lists of a `ghl.sync.run`, and note which could not be read.

    Whatever is the matter with them, the contacts go on.

    :param answers: to `reference_calls`; a `GhlError` for what failed
    """
    location = run.location_id
    failed = {n: one for n, one in answers.items() if isinstance(one, GhlError)}
    lists = {n: one for n, one in answers.items() if n not in failed}
    details = lists.pop("details", None)
    if details:
        store_details(location, details)
    store_references(location, lists)
    run._add_issues(
        [
            {"severity": "altered", "reason": f"{name} could not be read: {error}"}
            for name, error in failed.items()
        ]
    )
    save_checkpoint(run, replace(load_checkpoint(run), references_due=False))
