"""States that a full sync was shown and that are dated before what the mirror holds.

Usually the search lags behind an edit that a webhook has brought. It may as well be the
mirror that is wrong. The record itself tells: when it is of the same edit as what the
search shows, that is what there is, whatever dates and clocks said before.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ...tools.dates import parse_ms
from ...tools.errors import GhlError, GhlRequestError
from ...tools.mapping.batch import prepare_batch
from ..checkpoint import load_checkpoint, save_checkpoint
from ..feed.cause import cause_of_run
from ..metrics.drift import count_repaired
from ..mirror.merge import Merger
from ..slice.slice import SyncSlice
from ..slice.vendor_calls import Call

# A contact as the vendor sends it.
Contact = dict[str, Any]

# Contacts that are noted for a second look; of more than that the proof says so.
MAX_NOTED = 1_000
_BATCH = 49
# The record and the search hit of one edit differ by milliseconds.
SAME_MS = 1_000


def note_older(run: Any, ghl_ids: list[str]) -> None:
    """Note contacts of which an older state was shown, to be looked at again."""
    checkpoint = load_checkpoint(run)
    noted = tuple(dict.fromkeys([*checkpoint.older_ids, *ghl_ids]))
    kept = noted[:MAX_NOTED]
    more = checkpoint.older_left + len(noted) - len(kept)
    save_checkpoint(run, replace(checkpoint, older_ids=kept, older_left=more))


def settle_older(run: Any, run_slice: SyncSlice) -> None:
    """Look at the noted contacts again, and take over what the vendor confirms."""
    while ghl_ids := load_checkpoint(run).older_ids[:_BATCH]:
        hits = _confirmed_by_vendor(run_slice, ghl_ids)
        run_slice.commit(partial(_store, run, hits))


def explain_left(run: Any) -> str | None:
    """Return why nothing is proven when there were too many for a second look."""
    left = load_checkpoint(run).older_left
    if not left:
        return None
    return str(
        run.env._(
            "GoHighLevel shows older states of %s more contacts than could be looked "
            "at again. The next verify goes on.",
            left,
        )
    )


def _confirmed_by_vendor(
    run_slice: SyncSlice, ghl_ids: tuple[str, ...]
) -> list[Contact]:
    """Return the search hits that show the same edit as their records."""
    try:
        page = run_slice.call(lambda client: client.search_by_ids(ghl_ids))
    except GhlRequestError:
        return []
    hits = {hit["id"]: hit for hit in page.contacts if hit.get("id") in set(ghl_ids)}
    answers = run_slice.gather({key: _get(key) for key in hits})
    for answer in answers.values():
        if isinstance(answer, GhlError) and answer.retryable:
            raise answer
    return [hit for key, hit in hits.items() if _is_of_one_edit(hit, answers[key])]


def _get(ghl_id: str) -> Call[Any]:
    return lambda client: client.get_contact(ghl_id)


def _is_of_one_edit(hit: Contact, record: Any) -> bool:
    if not isinstance(record, dict):
        return False
    shown, own = parse_ms(hit.get("dateUpdated")), parse_ms(record.get("dateUpdated"))
    if shown is None or own is None:
        return shown == own
    return abs(shown - own) <= SAME_MS


def _store(run: Any, hits: list[Contact]) -> None:
    if hits:
        location = run.location_id
        batch = prepare_batch(hits, location.ghl_id)
        merger = Merger(location, cause_of_run(run))
        result = merger.merge_batches([(batch, None)], authoritative=True)
        run._add_issues(result.issues)
        run.contacts_updated += result.updated
        count_repaired(run, result.updated)
        if result.live_delta:
            location.contact_count += result.live_delta
    checkpoint = load_checkpoint(run)
    rest = checkpoint.older_ids[_BATCH:]
    save_checkpoint(run, replace(checkpoint, older_ids=rest))
