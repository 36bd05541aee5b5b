"""The queue of the job that links contacts, and when it begins."""

from __future__ import annotations

from typing import Any

from ..crons import own_crons


def wake_job(env: Any) -> None:
    """Have the job of links look at its queue now."""
    own_crons.trigger(env, "ir_cron_partners")


def link_all(location: Any) -> None:
    """Have every contact of a location looked at."""
    location.env["ghl.partner.todo"].sudo()._add_all(location)
    wake_job(location.env)


def enable_links(locations: Any) -> None:
    """Give locations their own mapping, and queue what they hold."""
    for location in locations:
        if not location.partner_mapping_ids:
            location.env["ghl.partner.mapping"]._copy_template(location)
        link_all(location)
