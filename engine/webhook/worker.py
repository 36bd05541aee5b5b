"""The worker behind the inbox of webhooks: the location's one writer, in batches.

An event says that a contact changed. The contact is read again, many by one search, so
that whatever order events come in, what is merged is never older than the event. A
deletion needs the same evidence, and passes the same brake, as one that a sync finds.
"""

import logging
import math
import time
import traceback
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools.dates import parse_ms
from ...tools.errors import (
    GhlAuthError,
    GhlError,
    GhlRateLimited,
    GhlRequestError,
    GhlScopeError,
)
from ...tools.foreign_text import clean
from ...tools.mapping.batch import prepare_batch
from ...tools.redact import redact
from ...tools.webhook.pace import RECHECK_DELAYS, ROUND
from ..access.refusals import (
    handle_refused_location,
    handle_refused_token,
    is_refused,
)
from ..access.state import PROBE_PAUSES
from ..deletion.deletions import Deletions
from ..mirror.merge import Merger
from ..slice import SliceCancelled, SliceOver, SyncSlice

_logger = logging.getLogger(__name__)

# Ids asked for in one search, and contacts read one by one, of a round.
SEARCH_BATCH = 50
LOOKUPS = 100
# Of so many deletes in a round each is looked up at once; more are searched for first,
# which takes a fiftieth of the requests.
FEW_DELETES = 10
# A run that is being worked on gets its turn after so many seconds of events, which are
# taken in rounds that are small enough not to use up a slice even at a slow account.
# What is left of them wakes the worker, should the run end before it is back.
TURN_SECONDS = 3
TURN_EVENTS = 20
REST_SECONDS = 10
# The search shows a change with a delay of seconds. A hit that is not quite as new as
# its event may be from just before it; one that is older than that certainly is.
FRESH_MS = 50
DOUBT_MS = 5_000
# What a contact has in common in the two shapes in which it is read.
_TELLING = ("tags", "dnd", "email", "phone", "assignedTo", "customFields")
# Nothing can be written now; the trigger or the watchdog brings the next attempt.
_DATABASE_GONE = (psycopg2.OperationalError, psycopg2.InterfaceError)


@dataclass
class _Change:
    """What the events of one contact ask for, and what came of it."""

    events: list = field(default_factory=list)
    hit: dict | None = None
    unlisted: bool = False
    later: bool = False
    denied: bool = False
    doubt: str | None = None
    payload: dict | None = None
    error: GhlError | None = None
    reason: str | None = None
    left: bool = False

    @property
    def newest(self):
        """The event that counts: by its own time, the order of arrival is nothing."""
        return max(self.events, key=lambda event: (event.event_ms, event.id))

    @property
    def tells_end(self) -> bool:
        """Whether the contact should be gone."""
        return self.newest.event_type == "ContactDelete"

    @property
    def is_delete(self) -> bool:
        """Whether the contact should be gone; after a look at it, the search tells."""
        return self.tells_end and not (self.newest.looks or self.newest.attempts)

    def compare(self) -> None:
        """Decide between the record itself and the search hit of it.

        The record may be ahead of the search; then it is merged now. It lacks some of
        what a hit has, though, so the hit follows when there is one.
        """
        self.later = self.hit is None or not _same(self.hit, self.payload)
        if not self.later:
            self.payload = None


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    # === AROUND A ROUND === #

    def _drain_webhooks(self, run_slice=None) -> None:
        """Handle the events that are due; called by the location's cron only.

        :param run_slice: of the run that is being worked on; without one, none is
        """
        self.ensure_one()
        location = self.sudo().with_context(tracking_disable=True)
        if not location._due_events(limit=1):
            return
        if run_slice is not None:
            location._drain_within(run_slice, in_turn=True)
            return
        if is_refused(location) or location.connection_id.is_moved:
            # Events wait: nobody calls with a dead token, or a copied one.
            return
        if not self.env["ir.cron"]._commit_progress(0, remaining=1):
            location._wake_next_slice()
            return
        with location._only_writer() as alone:
            if alone:
                location._drain_alone()

    def _drain_alone(self) -> None:
        own_slice = None
        try:
            own_slice = SyncSlice(
                self.env["ghl.sync.run"], self, priority="interactive"
            )
            self._drain_within(own_slice)
            self.env["ir.cron"]._commit_progress(0, remaining=0)
        except SliceOver:
            self._wake_next_slice()
        except (GhlError, UserError) as err:
            # Refused credentials, or none.
            self.env.cr.rollback()
            self.env.invalidate_all(flush=False)
            accepted = bool(own_slice and own_slice.any_success)
            self._postpone_due(str(err), self._meet_refusal(err, accepted))
            self.env["ir.cron"]._commit_progress(0, remaining=0)
        finally:
            if own_slice:
                own_slice.close()

    def _meet_refusal(self, err: Exception, accepted: bool):
        """Note a refused token; return when the events are tried again.

        That is no failure of theirs: None only when it is another trouble.
        """
        if not isinstance(err, GhlAuthError):
            return None
        pause = handle_refused_token(self, err, accepted)
        if pause is None:
            pause = PROBE_PAUSES[0]
        return fields.Datetime.now() + timedelta(seconds=pause)

    def _drain_within(self, run_slice, in_turn: bool = False) -> None:
        """Work through the inbox; trouble postpones events, and stops nothing else.

        :param in_turn: with a run, which goes on after a few seconds: else a flood of
            events would stop it
        :raise SliceOver: the time is up, and nobody else is waiting for a turn
        :raise GhlAuthError: the token is refused, and there is no other
        """
        deadline = time.monotonic() + TURN_SECONDS if in_turn else math.inf
        commit = run_slice.save if in_turn else run_slice.commit
        try:
            while events := self._due_events(limit=TURN_EVENTS if in_turn else ROUND):
                self._drain_round(run_slice, events, commit)
                if time.monotonic() > deadline and self._due_events(limit=1):
                    run_slice.save(self._plan_rest)
                    break
        except (SliceOver, SliceCancelled, GhlAuthError, *_DATABASE_GONE):
            raise
        except GhlRateLimited as err:
            self._meet_drain_trouble(
                run_slice, str(err), err.resume_at and err.resume_at_utc
            )
        except GhlError as err:
            reason = str(err)
            if isinstance(err, GhlScopeError):
                run_slice.save(lambda err=err: handle_refused_location(self, err))
            self._meet_drain_trouble(run_slice, reason)
        # The boundary of the worker: an event that nobody foresaw must neither stop
        # the sync nor be tried for ever.
        except Exception:  # noqa: BLE001
            # Masked: a database error quotes values, and those are personal data.
            trace = redact(traceback.format_exc())
            _logger.error("location %s: webhooks failed\n%s", self.id, trace)
            self._meet_drain_trouble(
                run_slice,
                self.env._("An unexpected error; the server's log has details."),
            )
        self._plan_next_drain()

    def _meet_drain_trouble(self, run_slice, reason: str, resume_at=None) -> None:
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)
        run_slice.save(lambda: self._postpone_due(reason, resume_at))

    def _due_events(self, limit: int):
        domain = Domain("location_id", "=", self.id) & Domain("state", "=", "new")
        due = Domain("next_try_at", "=", False) | Domain(
            "next_try_at", "<=", fields.Datetime.now()
        )
        return self.env["ghl.webhook.event"].search(
            domain & due, order="id", limit=limit
        )

    def _postpone_due(self, reason: str, resume_at=None) -> None:
        """Try the events in hand again later, or give them up after many times.

        :param resume_at: when the vendor answers again; such a wait is no failure
        """
        self._due_events(limit=ROUND)._postpone(reason, resume_at)
        self._plan_next_drain()

    def _plan_next_drain(self) -> None:
        """Wake the worker when the first event that waits is due."""
        waiting = self.env["ghl.webhook.event"].search(
            [
                ("location_id", "=", self.id),
                ("state", "=", "new"),
                ("next_try_at", "!=", False),
            ],
            order="next_try_at",
            limit=1,
        )
        if waiting:
            self._plan_wake(waiting.next_try_at, waiting.next_try_at)

    def _plan_rest(self) -> None:
        """Wake the worker for events that are due and were left to the next turn."""
        now = fields.Datetime.now()
        # What is to wake it this very second is what has woken it now.
        earliest = now + timedelta(seconds=1)
        self._plan_wake(earliest, now + timedelta(seconds=REST_SECONDS))

    def _plan_wake(self, earliest, moment) -> None:
        """Wake the worker at `moment`, unless it wakes after `earliest` anyway."""
        planned = [
            ("cron_id", "=", self.sudo().cron_id.id),
            ("call_at", ">=", earliest),
            ("call_at", "<=", moment + timedelta(minutes=1)),
        ]
        if not self.env["ir.cron.trigger"].sudo().search_count(planned, limit=1):
            # Triggers have whole seconds: never a moment too early.
            self._trigger_cron(moment + timedelta(seconds=1))

    # === A ROUND === #

    def _drain_round(self, run_slice, events, commit) -> None:
        """Handle some events: read what they are about, then write it all at once.

        :param commit: of `run_slice`: `commit`, or `save` when the time that is up is
            for the run to find out
        """
        changes: dict[str, _Change] = defaultdict(_Change)
        others = self.env["ghl.webhook.event"]
        for event in events:
            if event.contact_ghl_id:
                changes[event.contact_ghl_id].events.append(event)
            else:
                others |= event
        details = None
        if others:
            details = run_slice.call(lambda client: client.get_location())
        pages = self._search_changed(run_slice, changes, _to_search(changes))
        requested_at = time.time()
        self._look_up_doubtful(run_slice, changes)
        deletions = Deletions(run_slice, webhooks=True)
        self._check_denials(deletions, changes)
        # A contact that lives in spite of a delete event is read in full.
        alive = [
            k for k, change in changes.items() if change.is_delete and change.payload
        ]
        pages += self._search_changed(run_slice, changes, alive)
        for ghl_id in alive:
            changes[ghl_id].compare()

        def write():
            for batch, moment in pages:
                self._merge_changed(batch, moment)
            self._write_looked_up(changes, requested_at)
            self._write_deletions(deletions, changes)
            if details:
                self._store_details(details)
            others._settle("done")
            self._note_events(max(events.mapped("received_at")))

        commit(write, processed=len(events))

    def _search_changed(self, run_slice, changes: dict, wanted: list) -> list[tuple]:
        """Read contacts by searches for their ids; return (batch, moment) of each page.

        What a search does not show is left for a look-up: it may be too new.
        """
        batches = [
            wanted[start : start + SEARCH_BATCH]
            for start in range(0, len(wanted), SEARCH_BATCH)
        ]
        if not batches:
            return []
        answers = run_slice.gather(
            {
                number: lambda client, ids=ids: client.search_by_ids(ids)
                for number, ids in enumerate(batches)
            }
        )
        pages = []
        for number, ids in enumerate(batches):
            page = answers[number]
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
                changes[ghl_id].hit = hits.get(ghl_id)
                changes[ghl_id].unlisted = page.is_whole and ghl_id not in hits
            if hits:
                batch = prepare_batch(list(hits.values()), self.ghl_id)
                pages.append((batch, page.requested_at))
        return pages

    def _look_up_doubtful(self, run_slice, changes: dict) -> None:
        """Read those contacts by id of which the search did not tell enough."""
        doubtful = [k for k, change in changes.items() if not self._judge_hit(change)]
        for ghl_id in doubtful[LOOKUPS:]:
            changes[ghl_id].left = True
        asked = doubtful[:LOOKUPS]
        if not asked:
            return
        answers = run_slice.gather(
            {
                ghl_id: lambda client, ghl_id=ghl_id: client.get_contact(ghl_id)
                for ghl_id in asked
            }
        )
        for ghl_id, answer in answers.items():
            self._judge_answer(changes[ghl_id], answer)

    def _judge_hit(self, change: _Change) -> bool:
        """Decide by what the search told, and tell whether that was enough."""
        if change.tells_end and change.unlisted:
            # The index may have lost it: the contact itself is asked for.
            return False
        if change.is_delete and change.hit:
            # The search lags, or the contact was put back: the next look tells.
            change.later = True
            return True
        age = _age_ms(change)
        if change.hit is None or age is None or age > DOUBT_MS:
            return False
        change.later = age > FRESH_MS and not change.newest.looks
        return True

    def _judge_answer(self, change: _Change, answer) -> None:
        if isinstance(answer, GhlRateLimited):
            raise answer
        if isinstance(answer, GhlError):
            change.error = answer
        elif answer is None and change.hit:
            # One of the two is wrong: nothing is deleted that the search shows alive.
            change.later = True
        elif answer is None:
            change.denied = True
        else:
            change.payload = answer
            change.compare()

    def _check_denials(self, deletions: Deletions, changes: dict) -> None:
        """Believe a denial only while another contact is shown, by itself and listed.

        :raise GhlServerError: GoHighLevel denies even what it lists
        """
        denied = [ghl_id for ghl_id, change in changes.items() if change.denied]
        for ghl_id, reason in deletions.evidence.check_denials(denied).items():
            change = changes[ghl_id]
            change.doubt = change.reason = reason
            if reason:
                change.denied, change.later = False, True

    def _write_looked_up(self, changes: dict, requested_at: float) -> None:
        payloads = [c.payload for c in changes.values() if c.payload]
        if payloads:
            self._merge_changed(prepare_batch(payloads, self.ghl_id), requested_at)
        Event = self.env["ghl.webhook.event"]
        for change in changes.values():
            events = Event.browse([event.id for event in change.events])
            if change.left or change.denied:
                continue
            if change.error:
                events._postpone(str(change.error), final=not change.error.retryable)
            elif change.later and change.newest.looks < len(RECHECK_DELAYS):
                (events - change.newest)._settle("done")
                change.newest._look_again()
            else:
                events._settle("done", change.reason)

    def _merge_changed(self, batch, requested_at: float) -> None:
        result = Merger(self).merge_batch(batch, requested_at)
        if result.live_delta:
            self.contact_count += result.live_delta
        for issue in result.issues:
            _logger.info(
                "location %s: contact %s: %s",
                self.id,
                clean(issue.get("ghl_id") or "?", 100),
                issue["reason"],
            )

    # === DELETIONS === #

    def _write_deletions(self, deletions: Deletions, changes: dict) -> None:
        """Archive what is confirmed, or leave it to a person; note what is not."""
        store = deletions.store
        denied = {ghl_id: c for ghl_id, c in changes.items() if c.denied}
        unclear = {
            ghl_id: c.doubt or str(c.error)
            for ghl_id, c in changes.items()
            if _is_unconfirmed(c)
        }
        was_open = store.has_open()
        if was_open:
            store.recall([key for key, c in changes.items() if c.hit or c.payload])
        store.announce({**dict.fromkeys(denied), **unclear})
        reason = self.env._("Deleted at GoHighLevel.")
        if not deletions.archive_announced():
            reason = self.env._(
                "GoHighLevel says that it is deleted. So many at once wait for a "
                "person: see “Review Deletions” on the location."
            )
            self._wake_for_deletions(
                fields.Datetime.now() + timedelta(seconds=REST_SECONDS)
            )
        for change in denied.values():
            events = [event.id for event in change.events]
            self.env["ghl.webhook.event"].browse(events)._settle("done", reason)
        if denied or unclear:
            self._note_undecided_deletions()
        if was_open and not store.has_open():
            # What took the proof away is decided.
            self._order_sync("verify", "webhook")


def _is_unconfirmed(change: _Change) -> bool:
    """Tell whether a deletion stays unclear after a while: at first the index lags."""
    if not (change.newest.looks or change.newest.attempts):
        return False
    return bool(change.doubt or (change.error and change.tells_end))


def _to_search(changes: dict[str, _Change]) -> list[str]:
    """Return the ids to be searched for: all, but for deletes while they are few."""
    kept = [key for key, change in changes.items() if not change.is_delete]
    few = len(changes) - len(kept) <= FEW_DELETES
    return kept if few else list(changes)


def _age_ms(change: _Change) -> float | None:
    """Return by how much the hit is older than the event, None if it has no date."""
    updated = parse_ms((change.hit or {}).get("dateUpdated"))
    return None if updated is None else change.newest.event_ms - updated


def _same(hit: dict, contact: dict) -> bool:
    """Tell whether a search hit and the record itself are of the same moment."""
    if parse_ms(hit.get("dateUpdated")) != parse_ms(contact.get("dateUpdated")):
        return False
    return all((hit.get(k) or None) == (contact.get(k) or None) for k in _TELLING)
