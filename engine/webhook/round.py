"""One round of the worker: read what events are about, then write it all at once."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from odoo import fields

from ...tools.errors import GhlAuthError, GhlError, GhlRateLimited, GhlRequestError
from ...tools.foreign_text import clean
from ...tools.ghl.responses import SearchPage
from ...tools.log_line import log_line
from ...tools.mapping.batch import Batch, prepare_batch
from ...tools.webhook.pace import RECHECK_DELAYS
from ..deletion.background import plan_confirming
from ..deletion.deletions import Deletions
from ..deletion.evidence import contradiction
from ..deletion.words import note_undecided
from ..feed.cause import Cause
from ..location.webhook_gaps import note_events
from ..mirror.details import store_details
from ..mirror.merge import Merger
from ..privacy.left_out import erased_among, note_gone
from ..slice.slice import SyncSlice
from ..slice.vendor_calls import Call
from .change import Change, ids_to_search
from .inbox import REST_SECONDS

_logger = logging.getLogger(__name__)

# Ids asked for in one search, and contacts read one by one, of a round.
SEARCH_BATCH = 50
LOOKUPS = 100


class Round:
    """Some events of one location.

    :param events: `ghl.webhook.event`, all due
    """

    def __init__(self, run_slice: SyncSlice, events: Any) -> None:
        self.slice = run_slice
        self.env = run_slice.env
        self.location = run_slice.location
        self.events = events
        #: {GHL id: what its events ask for}
        self.changes: dict[str, Change] = defaultdict(Change)
        #: events that concern the location itself
        self.others = self.env["ghl.webhook.event"]
        for event in events:
            if event.contact_ghl_id:
                self.changes[event.contact_ghl_id].events.append(event)
            else:
                self.others |= event
        self._details: dict[str, Any] | GhlError | None = None
        #: (contacts, epoch seconds when they were asked for) of each page
        self._pages: list[tuple[Batch, float]] = []
        self._requested_at = 0.0
        self._deletions = Deletions(run_slice, webhooks=True)

    def work(self, commit: Callable[..., Any]) -> None:
        """Handle the events.

        :param commit: of the slice: `commit`, or `save` when the time that is up is
            for the run to find out
        """
        self._read()
        told = [event.correlation_id for event in self.events if event.correlation_id]
        commit(self._write, processed=len(self.events))
        _logger.info(
            log_line(
                "webhook_round",
                location=self.location.id,
                events=len(self.events),
                contacts=len(self.changes),
                event_correlation_ids=",".join(dict.fromkeys(told)) or None,
            )
        )

    # === READING === #

    def _read(self) -> None:
        if self.others:
            self._read_details()
        self._search(ids_to_search(self.changes))
        self._requested_at = time.time()
        self._look_up_doubtful()
        self._check_denials()
        # A contact that lives in spite of a delete event is read in full.
        alive = [
            key
            for key, change in self.changes.items()
            if change.is_delete and change.payload
        ]
        self._search(alive)
        for ghl_id in alive:
            self.changes[ghl_id].compare()

    def _read_details(self) -> None:
        """Read the location itself; whatever is the matter with that, contacts go on.

        :raise GhlAuthError: the token is refused
        :raise GhlRateLimited: nothing may be asked now
        """
        calls = {"details": lambda client: client.get_location()}
        answer = self.slice.gather(calls)["details"]
        if isinstance(answer, GhlAuthError | GhlRateLimited):
            raise answer
        self._details = answer

    def _search(self, wanted: list[str]) -> None:
        """Read contacts by searches for their ids.

        A contact that a search does not show is left for a look-up: it may be too new.
        """
        batches = {
            start: wanted[start : start + SEARCH_BATCH]
            for start in range(0, len(wanted), SEARCH_BATCH)
        }
        if not batches:
            return
        answers = self.slice.gather(
            {start: _search_for(ids) for start, ids in batches.items()}
        )
        for start, ids in batches.items():
            page = answers[start]
            if isinstance(page, GhlRequestError):
                # The vendor does not know this filter: one by one, then.
                continue
            if isinstance(page, GhlError):
                raise page
            hits = {c.get("id"): c for c in page.contacts}
            if hits.keys() - set(ids):
                # It ignored the filter.
                continue
            for ghl_id in ids:
                self.changes[ghl_id].hit = hits.get(ghl_id)
            if hits:
                batch = prepare_batch(list(hits.values()), self.location.ghl_id)
                self._pages.append((batch, page.requested_at))

    def _look_up_doubtful(self) -> None:
        """Read those contacts by id of which the search did not tell enough."""
        doubtful = [key for key, c in self.changes.items() if not c.evaluate_hit()]
        for ghl_id in doubtful[LOOKUPS:]:
            self.changes[ghl_id].left = True
        asked = doubtful[:LOOKUPS]
        if not asked:
            return
        answers = self.slice.gather({ghl_id: _get(ghl_id) for ghl_id in asked})
        for ghl_id, answer in answers.items():
            self.changes[ghl_id].evaluate_record(answer, contradiction(self.env))

    def _check_denials(self) -> None:
        """Believe a denial only while another contact is shown, by itself and listed.

        :raise GhlServerError: GoHighLevel denies even what it lists
        """
        denied = [ghl_id for ghl_id, change in self.changes.items() if change.denied]
        reasons = self._deletions.evidence.check_denials(denied)
        for ghl_id, reason in reasons.items():
            self.changes[ghl_id].evaluate_denial(reason)

    # === WRITING === #

    def _write(self) -> None:
        for batch, requested_at in self._pages:
            self._merge(batch, requested_at)
        # Noted before the events are written, which count as tried from then on.
        unclear = {
            key: change.doubt or str(change.error)
            for key, change in self.changes.items()
            if change.is_unconfirmed
        }
        self._write_looked_up()
        self._write_deletions(unclear)
        self._write_details()
        note_events(self.location, max(self.events.mapped("received_at")))
        self._forget_erased()

    def _write_details(self) -> None:
        if isinstance(self._details, GhlError):
            final = not self._details.retryable
            self.others._postpone(str(self._details), final=final)
            return
        if self._details:
            store_details(self.location, self._details)
        self.others._settle("done")

    def _forget_erased(self) -> None:
        """Remove the events of erased persons, which name them by their id."""
        for ghl_id in erased_among(self.location, self.changes):
            self._records(self.changes[ghl_id]).unlink()

    def _write_looked_up(self) -> None:
        payloads = [c.payload for c in self.changes.values() if c.payload]
        if payloads:
            batch = prepare_batch(payloads, self.location.ghl_id)
            self._merge(batch, self._requested_at)
        for change in self.changes.values():
            events = self._records(change)
            if change.left or change.denied:
                continue
            if change.error:
                events._postpone(str(change.error), final=not change.error.retryable)
            elif change.later and change.newest.rechecks < len(RECHECK_DELAYS):
                (events - change.newest)._settle("done")
                change.newest._schedule_recheck()
            else:
                events._settle("done", change.reason)

    def _merge(self, batch: Batch, requested_at: float) -> None:
        events = {key: c.newest.id for key, c in self.changes.items() if c.events}
        cause = Cause("webhook", events=events)
        result = Merger(self.location, cause).merge_batch(batch, requested_at)
        if result.live_delta:
            self.location.contact_count += result.live_delta
        for issue in result.issues:
            _logger.info(
                log_line(
                    "record_noted",
                    location=self.location.id,
                    contact=clean(issue.get("ghl_id") or "?", 100),
                    reason=issue["reason"],
                )
            )

    def _write_deletions(self, unclear: dict[str, str]) -> None:
        """Archive what is confirmed, or leave it to a person; note what is not.

        :param unclear: {GHL id: why its deletion is not certain}
        """
        location, store = self.location, self._deletions.store
        denied = {key: c for key, c in self.changes.items() if c.denied}
        note_gone(location, denied)
        was_open = store.has_open()
        if was_open:
            store.recall([key for key, c in self.changes.items() if c.is_alive])
            self.env["ghl.deletion.review"]._recount(location)
        store.announce({**dict.fromkeys(denied), **unclear})
        reason = self.env._("Deleted at GoHighLevel.")
        if self._deletions.archive_announced():
            waits = self.env._(
                "GoHighLevel says that it is deleted. It is archived, or a person is "
                "asked, with the others that a sync misses."
            )
        else:
            waits = self.env._(
                "GoHighLevel says that it is deleted. So many at once wait for a "
                "person: see “Review Deletions” on the location."
            )
            timestamp = fields.Datetime.now() + timedelta(seconds=REST_SECONDS)
            plan_confirming(location, timestamp)
        live = self._live_ids(list(denied))
        for key, change in denied.items():
            self._records(change)._settle("done", waits if key in live else reason)
        if denied or unclear:
            note_undecided(location)
        if was_open and not store.has_open():
            # The candidates that took the proof away are decided.
            location._order_sync("verify", "webhook")

    def _live_ids(self, ghl_ids: list[str]) -> set[str]:
        contacts = self.env["ghl.contact"].search(
            [("location_id", "=", self.location.id), ("ghl_id", "in", ghl_ids)]
        )
        return set(contacts.mapped("ghl_id"))

    def _records(self, change: Change) -> Any:
        events = [event.id for event in change.events]
        return self.env["ghl.webhook.event"].browse(events)


def _search_for(ids: list[str]) -> Call[SearchPage]:
    return lambda client: client.search_by_ids(ids)


def _get(ghl_id: str) -> Call[dict[str, Any] | None]:
    return lambda client: client.get_contact(ghl_id)
