import json
from typing import Any

from odoo import api, fields, models

from ... import const
from ...tools.mapping.scrub import scrub
from ...tools.sync.window import Window

# Key under which a cursor is stored that holds what PostgreSQL refuses.
_TEXT = "{text}"


class GhlSyncWindow(models.Model):
    """One `dateAdded` range of a run with its cursor: the checkpoint."""

    _name = "ghl.sync.window"
    _description = "GoHighLevel Sync Window"
    _order = "run_id, id"

    run_id = fields.Many2one(
        "ghl.sync.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    phase = fields.Selection(
        const.RUN_PHASES, readonly=True, help="The phase of the run that reads it."
    )
    scope = fields.Selection(
        [
            ("all", "All"),
            ("dated", "By Date Added"),
            ("undated", "Without Date Added"),
            ("updated", "By Date Updated"),
            ("unchanged", "Without Date Updated"),
            ("recent", "Latest Changes First"),
        ],
        required=True,
        readonly=True,
    )
    # Half-open range in epoch milliseconds; floats because Odoo's Integer has 32 bits.
    lower_ms = fields.Float(readonly=True)
    upper_ms = fields.Float(readonly=True)
    has_lower = fields.Boolean(readonly=True)
    has_upper = fields.Boolean(readonly=True)
    cursor = fields.Json(
        readonly=True, help="`searchAfter` of the last contact stored."
    )
    made_up = fields.Boolean(
        readonly=True, help="It begins at a cursor that no answer has shown."
    )
    until = fields.Json(
        readonly=True, help="Where another window begins: date in ms and contact id."
    )
    second = fields.Json(
        readonly=True, help="Another range that selects its contacts: scope and bounds."
    )
    position_ms = fields.Float(readonly=True)
    has_position = fields.Boolean(readonly=True)
    has_expected = fields.Boolean(readonly=True)
    short = fields.Boolean(readonly=True, help="Ended before its total was reached.")
    fell_short = fields.Boolean(readonly=True, help="Its last page was not full.")
    expected = fields.Integer(readonly=True)
    seen = fields.Integer(readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("done", "Done")],
        default="open",
        required=True,
        readonly=True,
    )

    def _to_window(self) -> Window:
        """Return the window as the sweep uses it."""
        self.ensure_one()
        return Window(
            self.scope,
            lower=int(self.lower_ms) if self.has_lower else None,
            upper=int(self.upper_ms) if self.has_upper else None,
            cursor=_unpacked(self.cursor),
            position=int(self.position_ms) if self.has_position else None,
            expected=self.expected if self.has_expected else None,
            seen=self.seen,
            done=self.state == "done",
            short=self.short,
            key=self.id,
            made_up=self.made_up,
            until=tuple(self.until) if self.until else None,
            second=tuple(self.second) if self.second else None,
            fell_short=self.fell_short,
        )

    @api.model
    def _store(
        self,
        run,
        windows: list[Window],
        cut: list[Window] = (),
        phase: str | None = None,
    ) -> None:
        """Make rows of windows: new ones are created, known ones written.

        :param windows: those of which everything up to their cursor is stored
        :param cut: those that were cut; a page of theirs may still be on its way to
            being stored, so only their bounds are written
        :param phase: which phase of the run reads the new ones; its present one
        """
        keys = [window.key for window in (*windows, *cut) if window.key]
        # A key whose row does not exist is that of a transaction that was undone.
        known = set(self.browse(keys).exists().ids)
        for window in windows:
            values = _values(window)
            if window.key in known:
                self.browse(window.key).write(values)
            else:
                values.update(run_id=run.id, phase=phase or run.phase)
                window.key = self.create(values).id
                known.add(window.key)
        for window in cut:
            if window.key in known and window not in windows:
                values = _values(window)
                bounds = ("upper_ms", "has_upper", "expected", "has_expected", "until")
                self.browse(window.key).write({name: values[name] for name in bounds})


def _packed(cursor) -> Any:
    """Return a cursor as PostgreSQL stores it: it goes back just as it came.

    It is opaque; as text within text even a NUL in it is but some characters.
    """
    if not cursor:
        return False
    is_odd = scrub(cursor) != cursor or (isinstance(cursor, dict) and _TEXT in cursor)
    return {_TEXT: json.dumps(cursor)} if is_odd else cursor


def _unpacked(stored) -> Any:
    if isinstance(stored, dict) and stored.keys() == {_TEXT}:
        return json.loads(stored[_TEXT])
    return stored or None


def _values(window: Window) -> dict:
    return {
        "scope": window.scope,
        "lower_ms": window.lower or 0.0,
        "has_lower": window.lower is not None,
        "upper_ms": window.upper or 0.0,
        "has_upper": window.upper is not None,
        "cursor": _packed(window.cursor),
        "position_ms": window.position or 0.0,
        "has_position": window.position is not None,
        "expected": window.expected or 0,
        "has_expected": window.expected is not None,
        "made_up": window.made_up,
        "until": list(window.until) if window.until else False,
        "second": list(window.second) if window.second else False,
        "seen": window.seen,
        "short": window.short,
        "fell_short": window.fell_short,
        "state": "done" if window.done else "open",
    }
