"""Sentences of a proof: how equal counts were found, or why they stay unequal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...tools.foreign_text import clean
from ...tools.sync.reconcile import Difference
from ..deletion.store import candidates_of
from ..privacy.left_out import count_listed

# Ids that a sentence names; the run's issues list all.
NAMED = 3


def describe_proof(location: Any, count: int, filed_elsewhere: int) -> str:
    """Return how it was found that a `ghl.location` is complete.

    :param filed_elsewhere: contacts that GoHighLevel files under other dates
    """
    text: str
    if filed_elsewhere:
        text = location.env._(
            "%(count)s contacts on both sides. GoHighLevel files %(filed)s of them "
            "under other dates than it shows; each of those was compared singly.",
            count=count,
            filed=filed_elsewhere,
        )
    elif location.connection_id._get_capabilities().can_count_ranges:
        text = location.env._("%s contacts on both sides, window by window.", count)
    else:
        text = location.env._(
            "%s contacts on both sides, by one count over all: this account cannot "
            "count by date.",
            count,
        )
    left_out = count_listed(location)
    if left_out:
        text = location.env._(
            "%(text)s %(count)s of them were erased here and are left out.",
            text=text,
            count=left_out,
        )
    return text


def explain_unequal(
    run: Any, differences: Sequence[Difference], gap: int, rounds: int
) -> str:
    """Return why the counts stay unequal.

    :param differences: windows that differ
    :param gap: GoHighLevel's count less the mirror's
    :param rounds: how often everything was compared
    """
    text: str
    if any(difference.remote < 0 for difference in differences):
        text = run.env._("GoHighLevel does not tell how many contacts there are.")
    elif gap:
        text = _explain_gap(run, gap, rounds)
    else:
        text = run.env._(
            "The location changed while it was compared: %s windows still differ.",
            len(differences),
        )
    return text


def explain_hidden(run: Any, read_all: bool, cut_short: bool) -> str | None:
    """Return why equal counts prove nothing while some contacts are not listed.

    Whoever is not listed is not counted either, as a rule: with as many others that the
    mirror lacks, counts are equal. A run that was listed everything, and could store
    it, knows that it lacks nobody.

    :param read_all: the run has read all contacts, as far as they were listed
    :param cut_short: GoHighLevel counted more than it listed
    """
    hidden = candidates_of(run.location_id).count("hidden")
    if not hidden:
        return None
    rejected = _rejected(run)
    text: str | None = None
    if rejected:
        text = run.env._(
            "%(count)s records of GoHighLevel cannot be mirrored%(which)s; see the "
            "run's issues. It does not list %(hidden)s others that exist.",
            count=len(rejected),
            which=_named(rejected),
            hidden=hidden,
        )
    elif read_all and cut_short:
        text = run.env._(
            "GoHighLevel counts more contacts than it lists, and does not list %s that "
            "exist: its counts cannot tell whether others are missing.",
            hidden,
        )
    elif not read_all:
        text = run.env._(
            "GoHighLevel counts as many contacts as the mirror holds, and does not "
            "list %s of these: as many others may be missing. A full sync tells.",
            hidden,
        )
    return text


def _rejected(run: Any) -> Any:
    """Return the issues of records that could not be mirrored."""
    return run.env["ghl.sync.issue"].search(
        [("run_id", "=", run.id), ("severity", "=", "rejected")]
    )


def _explain_gap(run: Any, gap: int, rounds: int) -> str:
    """Return why GoHighLevel's count differs, and which records are concerned."""
    text: str
    Issue = run.env["ghl.sync.issue"]
    mine = [("run_id", "=", run.id)]
    rejected = _rejected(run)
    if rejected and 0 < gap <= len(rejected):
        text = run.env._(
            "%(count)s records of GoHighLevel cannot be mirrored%(which)s; see the "
            "run's issues.",
            count=gap,
            which=_named(rejected),
        )
    elif gap < 0:
        named = [("severity", "=", "altered"), ("ghl_id", "!=", False)]
        unclear = Issue.search([*mine, *named])
        text = run.env._(
            "The mirror holds %(count)s contacts that GoHighLevel does not count"
            "%(which)s. "
            "It does not say clearly that they are gone, so they stay.",
            count=-gap,
            which=_named(unclear),
        )
    else:
        text = run.env._(
            "GoHighLevel counts %(gap)s contacts more than it shows, or keeps changing "
            "(%(rounds)s repairs brought nothing).",
            gap=gap,
            rounds=rounds,
        )
    return text


def _named(issues: Any) -> str:
    ids = list(dict.fromkeys(clean(i.ghl_id, 40) for i in issues if i.ghl_id))
    if not ids:
        return ""
    more = ", …" if len(ids) > NAMED else ""
    return f" ({', '.join(ids[:NAMED])}{more})"
