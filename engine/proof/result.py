"""The result of a proof, written on the run and on its location."""

from __future__ import annotations

from typing import Any

from odoo import fields

from ...tools.sync.reconcile import Span
from ...tools.sync.window import ALL
from ..checkpoint import ProofState
from ..deletion.store import candidates_of
from ..deletion.words import undecided
from ..location.figures import store_total
from ..privacy.left_out import known_contacts
from ..reading.counting import MirrorCounter
from ..reading.stale_reads import explain_left
from ..reading.window_reader import was_cut_short
from ..run_calibration import doubt_calibration
from .contents import note_contents_read
from .words import describe_proof, explain_hidden


def store_proof(run: Any, state: ProofState) -> None:
    """Say on a `ghl.sync.run` and its location what is proven, or why nothing is."""
    location = run.location_id
    correct_count(location)
    local, remote = state.totals or (0, 0)
    # Nothing is proven while deletions are undecided, even if the counts agree.
    unproven = undecided(location) or state.unproven or explain_left(run)
    read_all = state.read_all or run.kind == "full"
    unproven = unproven or explain_hidden(run, read_all, was_cut_short(run))
    run.write(
        {
            "proof_state": "not_proven" if unproven else "proven",
            "proof_message": unproven
            or describe_proof(location, local, state.filed_elsewhere),
            "proof_local": local,
            "proof_remote": max(remote, 0),
            "proof_requests": run.requests_sent - state.requests_before,
        }
    )
    if state.gap is not None:
        remote = known_contacts(location) + state.gap
    if read_all:
        # Noted now, while it is known which contacts were not shown.
        note_contents_read(run)
    values = {
        "proof_state": run.proof_state,
        "proof_message": run.proof_message,
        "known_gap": remote - known_contacts(location) if remote >= 0 else 0,
    }
    if not unproven:
        candidates_of(location).drop_hidden()
        values["proven_complete_at"] = fields.Datetime.now()
    location.write(values)
    if remote >= 0:
        store_total(location, remote)
    if unproven:
        # The account may select other ranges than is believed of it.
        doubt_calibration(run)


def correct_count(location: Any) -> None:
    """Make a `ghl.location`'s counter what the table holds.

    Rows may have been removed behind the addon's back, by SQL or a data cleaner.
    """
    count = MirrorCounter(location).count_mirrored(Span(ALL))
    if location.contact_count != count:
        # GoHighLevel's total does not move along with a mistake of ours.
        location.write({"contact_count": count, "ghl_total": location.ghl_total})
