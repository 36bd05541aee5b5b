"""The checkpoint of a run: one slice stores it, and the next one goes on from there.

Beside it stand rows: `ghl.sync.window` (what is being read), `ghl.sync.page` (what was
seen) and `ghl.deletion.candidate`. All are written in the transaction of what they tell
of. Every default is safe: what a checkpoint does not tell is found out again.

No Odoo is imported here; a run is whatever has a `checkpoint` that holds JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ..tools.sync.reconcile import Difference

# Raise it when a key changes its name or meaning, and read the older version below.
VERSION = 2
# Sizes of the windows that the proof compares: a first look, and after a difference.
COARSE, FINE = "coarse", "fine"

# Names that version 1 (addon 19.0.2 and before) gave to the same values.
_RUN_NAMES_1 = {
    "mark": "watermark_ms",
    "last": "last_added_ms",
    "slow": "high_latency",
    "since": "pages_before",
    "paused_at": "progress_at_pause",
    "incomplete": "calibration_incomplete",
    "older": "older_ids",
    "prove": "proof",
}
_PROOF_NAMES_1 = {
    "sent": "requests_before",
    "before": "repaired_before",
    "unfiled": "surplus_seen",
    "filed": "filed_elsewhere",
}


class CheckpointUnreadable(ValueError):
    """Stored by a version of the addon that is not known here, or damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofState:
    """The proof of a run, between two of its steps."""

    #: by how large windows it compares: `COARSE` or `FINE`
    grid: str = COARSE
    #: how many times everything was compared already
    round: int = 0
    #: index of the scope (a date to compare along) that is being compared
    scope: int = 0
    #: requests that the run had sent before the proof
    requests_before: int = 0
    #: contacts counted in the mirror and upstream, by the last comparison
    totals: tuple[int, int] | None = None
    #: a sentence on why nothing is proven, or None
    unproven: str | None = None
    #: contacts created, updated and deleted by the run, before the repairs of a round
    repaired_before: tuple[int, ...] | None = None
    #: the same three after a round in which nothing remained to repair
    settled: tuple[int, ...] | None = None
    #: whether something of this round remained unclear, so that it settles nothing
    doubt: bool = False
    #: contacts that the vendor files under other dates than it shows
    filed_elsewhere: int = 0
    #: whether every contact was read, whatever its date
    read_all: bool = False
    #: whether the count of all told of more contacts than the windows, once
    surplus_seen: bool = False
    #: the vendor's count less the mirror's, when counts last stayed unequal
    last_gap: int | None = None
    #: the same, when only the count of all tells of it
    gap: int | None = None
    #: whether changes made during the repairs of the last round were read
    caught_up: bool = False
    #: differences to be halved; None while the scope is not compared yet
    pending: tuple[Difference, ...] | None = None
    #: differences that the repair of the others may close
    deferred: tuple[Difference, ...] = ()
    #: differences that are small enough to be read
    leaves: tuple[Difference, ...] = ()

    def next_comparison(self) -> ProofState:
        """Return the state without what belongs to the comparison that is over."""
        return replace(
            self, gap=None, caught_up=False, pending=None, deferred=(), leaves=()
        )

    def next_scope(self, scopes: int) -> ProofState:
        """Go on to the next scope; after repairs, compare coarsely once more.

        :param scopes: how many there are
        """
        state = self.next_comparison()
        if state.scope + 1 < scopes or state.grid == COARSE:
            return replace(state, scope=state.scope + 1)
        # Every window that differed was read; if that changed nothing, all is settled.
        return replace(
            state,
            scope=0,
            grid=COARSE,
            round=state.round + 1,
            settled=None if state.doubt else state.repaired_before,
            repaired_before=None,
            doubt=False,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what differs from a proof's beginning."""
        return _to_json(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ProofState:
        """Inverse of `to_json`.

        :raise CheckpointUnreadable: a value is of the wrong kind
        """
        read = _Reader(values)
        totals = read.whole_numbers("totals")
        return cls(
            grid=read.text("grid") or COARSE,
            round=read.whole_number("round") or 0,
            scope=read.whole_number("scope") or 0,
            requests_before=read.whole_number("requests_before") or 0,
            totals=(totals[0], totals[1]) if totals and len(totals) == 2 else None,
            unproven=read.text("unproven"),
            repaired_before=read.whole_numbers("repaired_before"),
            settled=read.whole_numbers("settled"),
            doubt=read.flag("doubt"),
            filed_elsewhere=read.whole_number("filed_elsewhere") or 0,
            read_all=read.flag("read_all"),
            surplus_seen=read.flag("surplus_seen"),
            last_gap=read.whole_number("last_gap"),
            gap=read.whole_number("gap"),
            caught_up=read.flag("caught_up"),
            pending=read.differences("pending"),
            deferred=read.differences("deferred") or (),
            leaves=read.differences("leaves") or (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The progress of a run, as far as no rows tell it."""

    #: latest date of change that was read (epoch ms); changes are read from there
    watermark_ms: int | None = None
    #: when changes were asked for, the last time that they were read (epoch ms)
    changes_asked_ms: int | None = None
    #: date on which the last contact was added (epoch ms)
    last_added_ms: int | None = None
    #: whether the lists that give names to ids were asked for, and are not stored
    references_due: bool = False
    #: whether answers took their time then; assumed until it was measured
    high_latency: bool = True
    #: id of the last `ghl.sync.page` row before what is being read again
    pages_before: int = 0
    #: whether the contacts that were not seen are candidates already
    listed: bool = False
    #: changes that an audit has read before contents; None before that
    changes_read: int | None = None
    #: ids of the parts that an audit has read, and was not shown all of
    unread_parts: tuple[int, ...] = ()
    #: whether something of the part in hand remained unclear
    doubt: bool = False
    #: whether the vendor counted more contacts than it showed
    cut_short: bool = False
    #: whether a page was seen to be short in the midst of a walk
    pages_short: bool = False
    #: fingerprint of all that had been done at the last pause (a CRC)
    progress_at_pause: int | None = None
    #: whether the run has calibrated anew on being surprised; once is enough
    recalibrated: bool = False
    #: whether a calibration by this run had to leave something open
    calibration_incomplete: bool = False
    #: GHL ids of contacts of which an older state was shown, to be looked at again
    older_ids: tuple[str, ...] = ()
    #: how many more there were than could be noted
    older_left: int = 0
    #: where the proof is; None before it has begun
    proof: ProofState | None = None

    def anew(self) -> Checkpoint:
        """Return what a run that begins anew remembers."""
        return Checkpoint(
            recalibrated=self.recalibrated,
            calibration_incomplete=self.calibration_incomplete,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what differs from a run's beginning, and the version."""
        return {"version": VERSION, **_to_json(self)}

    @classmethod
    def from_json(cls, stored: Any) -> Checkpoint:
        """Inverse of `to_json`; reads what older versions have stored as well.

        :param stored: nothing at all is the checkpoint of a run that has not begun
        :raise CheckpointUnreadable: of a later version, or damaged
        """
        values = _current(stored or {})
        read = _Reader(values)
        proof = read.mapping("proof")
        return cls(
            watermark_ms=read.whole_number("watermark_ms"),
            changes_asked_ms=read.whole_number("changes_asked_ms"),
            last_added_ms=read.whole_number("last_added_ms"),
            references_due=read.flag("references_due"),
            high_latency=read.flag("high_latency", default=True),
            pages_before=read.whole_number("pages_before") or 0,
            listed=read.flag("listed"),
            changes_read=read.whole_number("changes_read"),
            unread_parts=read.whole_numbers("unread_parts") or (),
            doubt=read.flag("doubt"),
            cut_short=read.flag("cut_short"),
            pages_short=read.flag("pages_short"),
            progress_at_pause=read.whole_number("progress_at_pause"),
            recalibrated=read.flag("recalibrated"),
            calibration_incomplete=read.flag("calibration_incomplete"),
            older_ids=read.texts("older_ids"),
            older_left=read.whole_number("older_left") or 0,
            proof=None if proof is None else ProofState.from_json(proof),
        )


def load_checkpoint(run: Any) -> Checkpoint:
    """Return the checkpoint of a `ghl.sync.run`; an unreadable one tells nothing."""
    try:
        return Checkpoint.from_json(run.checkpoint)
    except CheckpointUnreadable:
        return Checkpoint()


def save_checkpoint(run: Any, checkpoint: Checkpoint) -> None:
    """Have the checkpoint of a `ghl.sync.run` written with the transaction."""
    run.checkpoint = checkpoint.to_json()


def is_readable(run: Any) -> bool:
    """Tell whether a run's checkpoint is understood by this version of the addon."""
    try:
        Checkpoint.from_json(run.checkpoint)
    except CheckpointUnreadable:
        return False
    return True


def _to_json(state: Checkpoint | ProofState) -> dict[str, Any]:
    values = {}
    for one in fields(state):
        value = getattr(state, one.name)
        if value != one.default:
            values[one.name] = _plain(value)
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.to_json() if isinstance(value, (Difference, ProofState)) else value


def _current(stored: Any) -> dict[str, Any]:
    """Return the values under the names of this version.

    :raise CheckpointUnreadable: of a later version, or no object at all
    """
    if not isinstance(stored, Mapping):
        raise CheckpointUnreadable("no object")
    version = stored.get("version", 1)
    if version == VERSION:
        return dict(stored)
    if version != 1:
        raise CheckpointUnreadable(f"version {version}")
    values = _renamed(stored, _RUN_NAMES_1)
    if isinstance(values.get("proof"), Mapping):
        values["proof"] = _renamed(values["proof"], _PROOF_NAMES_1)
    return values


def _renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads values of JSON, each of the kind that it must be of.

    Every method returns None (or the default) for what is not there or null.
    """

    values: Mapping[str, Any]

    def _of_kind(self, name: str, kinds: type | tuple[type, ...]) -> Any:
        value = self.values.get(name)
        if value is not None and not isinstance(value, kinds):
            raise CheckpointUnreadable(name)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._of_kind(name, bool)
        return default if value is None else bool(value)

    def text(self, name: str) -> str | None:
        value = self._of_kind(name, str)
        return None if value is None else str(value)

    def mapping(self, name: str) -> Mapping[str, Any] | None:
        value: Mapping[str, Any] | None = self._of_kind(name, Mapping)
        return value

    def whole_number(self, name: str) -> int | None:
        value = self._of_kind(name, (int, float))
        return None if value is None else _whole(name, value)

    def whole_numbers(self, name: str) -> tuple[int, ...] | None:
        values = self._of_kind(name, (list, tuple))
        if values is None:
            return None
        return tuple(_whole(name, value) for value in values)

    def texts(self, name: str) -> tuple[str, ...]:
        values = self._of_kind(name, (list, tuple)) or ()
        if not all(isinstance(value, str) for value in values):
            raise CheckpointUnreadable(name)
        return tuple(values)

    def differences(self, name: str) -> tuple[Difference, ...] | None:
        values = self._of_kind(name, (list, tuple))
        if values is None:
            return None
        try:
            return tuple(Difference.from_json(value) for value in values)
        except (TypeError, ValueError) as err:
            raise CheckpointUnreadable(name) from err


def _whole(name: str, value: Any) -> int:
    """Return a number of JSON as a whole one.

    :raise CheckpointUnreadable: it is none
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CheckpointUnreadable(name)
    try:
        return int(value)
    except (OverflowError, ValueError) as err:
        raise CheckpointUnreadable(name) from err
