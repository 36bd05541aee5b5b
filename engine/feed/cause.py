"""Why contacts are written: what the change feed tells beside each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Records of a run whose refusal is kept with what was sent.
MAX_REFUSED = 1_000


@dataclass(frozen=True, slots=True)
class Cause:
    """The reason why contacts are written.

    :param origin: a key of `const.CHANGE_ORIGINS`
    :param run_id: the `ghl.sync.run`
    :param user_id: the person, where it is not the one who ordered the run
    :param events: {GHL id of a contact: id of the `ghl.webhook.event`}
    :param lists_created: whether contacts that are new are listed one by one: those of
        a first fill are not
    :param has_room: whether the run may list more changes
    :param refused_left: how many refused records may be listed
    """

    origin: str = "other"
    run_id: int | None = None
    user_id: int | None = None
    events: Mapping[str, int] = field(default_factory=dict)
    lists_created: bool = True
    has_room: bool = True
    refused_left: int = MAX_REFUSED


def cause_of_run(run: Any) -> Cause:
    """Return the cause of what a `ghl.sync.run` writes."""
    written = run.contacts_created + run.contacts_updated + run.contacts_deleted
    is_first = run.kind == "full" and not run.location_id.last_full_at
    if is_first:
        # Contacts that are new in a first fill take no room.
        written -= run.contacts_created
    return Cause(
        origin="audit" if run.kind == "audit" else "run",
        run_id=run.id,
        lists_created=not is_first,
        has_room=written < run.env["ghl.settings"]._int("change_run_limit"),
        refused_left=max(0, MAX_REFUSED - run.bad_records),
    )
