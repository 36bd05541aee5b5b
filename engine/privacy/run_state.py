"""Erase persons from what runs keep to go on: cursors, and ids noted for later.

A run that waits, or contents read half-way, may keep them for days. A run that is at
work writes over this, or begins its step anew; when it ends, nothing of it is left.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ...tools.ghl.walk_keys import key_of
from ...tools.sync.window import Window
from ..checkpoint import load_checkpoint, save_checkpoint


def forget_in_runs(location: Any, ghl_ids: list[str]) -> None:
    """Have runs of a `ghl.location` go on without the ids of these contacts."""
    env, erased = location.env, frozenset(ghl_ids)
    here = ("location_id", "=", location.id)
    for run in env["ghl.sync.run"].search([here, ("checkpoint", "!=", False)]):
        _forget_noted(run, erased)
    rows = env["ghl.sync.window"].search([("run_id.location_id", "=", location.id)])
    for run, some in rows.grouped("run_id").items():
        windows = [row._to_window() for row in some]
        some._store(run, [window for window in windows if _leave(window, erased)])


def _forget_noted(run: Any, erased: frozenset[str]) -> None:
    checkpoint = load_checkpoint(run)
    kept = tuple(one for one in checkpoint.older_ids if one not in erased)
    if kept != checkpoint.older_ids:
        save_checkpoint(run, replace(checkpoint, older_ids=kept))


def _leave(window: Window, erased: frozenset[str]) -> bool:
    """Take the ids out of a window; tell whether there were any.

    What its cursor stood for is read again from the date passed, and a bit more than
    up to its end: no contact is passed over.
    """
    was = (window.cursor, window.until)
    if _names(window.cursor, erased):
        if window.done:
            window.cursor = None
        else:
            window.restart()
            window.made_up = False
    if window.until is not None and window.until[1] in erased:
        timestamp, contact_id = window.until
        window.until = (timestamp, contact_id[:-1] + chr(ord(contact_id[-1]) + 1))
    return was != (window.cursor, window.until)


def _names(cursor: Any, erased: frozenset[str]) -> bool:
    """Tell whether a cursor, of whatever form, holds one of these ids."""
    key = key_of(cursor)
    if key is not None:
        return key[1] in erased
    text = json.dumps(cursor, ensure_ascii=False) if cursor else ""
    return any(one in text for one in erased)
