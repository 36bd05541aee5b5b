"""Tell whoever wants to know which contacts have changed, after the commit.

Contacts are written by SQL, so Odoo's means (overrides of `write`, automation rules)
do not notice. A module that extends ``ghl.contact`` by `_on_contacts_changed` does.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from functools import partial
from typing import Any

from odoo import SUPERUSER_ID, api

from ...tools.log_line import log_line
from ..transaction import own_cursor, retry_transaction

_logger = logging.getLogger(__name__)

BATCH = 1_000
_KEY = "ghl_contacts_changed"


def announce(env: Any, contact_ids: Iterable[int]) -> None:
    """Have `_on_contacts_changed` called with these once they are committed.

    Nothing is collected where no module has extended it.
    """
    if not env["ghl.contact"]._wants_changes():
        return
    waiting = env.cr.postcommit.data.get(_KEY)
    if waiting is None:
        waiting = env.cr.postcommit.data[_KEY] = {}
        env.cr.postcommit.add(lambda: _tell(env, list(waiting)))
    # In the order of the changes, each once.
    waiting.update(dict.fromkeys(contact_ids))


def _tell(env: Any, contact_ids: list[int]) -> None:
    for start in range(0, len(contact_ids), BATCH):
        some = contact_ids[start : start + BATCH]
        try:
            retry_transaction(partial(_tell_some, env, some))
        # Others' code: the sync has committed, and goes on whatever they raise.
        except Exception:  # noqa: BLE001
            trace = traceback.format_exc()
            _logger.error(log_line("change_hook_failed", trace, contacts=len(some)))


def _tell_some(env: Any, contact_ids: list[int]) -> None:
    with own_cursor(env) as cr:
        own = api.Environment(cr, SUPERUSER_ID, {})
        own["ghl.contact"]._on_contacts_changed(contact_ids)
        own.flush_all()
