"""Deletions: contacts that were not seen are looked up, confirmed and archived.

Each step is committed with the rows of `ghl.deletion.candidate` that say how far it
is, so that a slice may end anywhere, and memory does not grow with their number.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from odoo.tools import SQL

from ...tools.dates import parse_ms
from ..checkpoint import load_checkpoint, save_checkpoint
from ..feed.cause import Cause, cause_of_run
from ..location.figures import store_total
from ..metrics.drift import count_repaired
from ..mirror.merge import Merger
from ..rate_limit import get_governor
from ..slice.slice import DeleteBrake
from .brake import Brake, Verdict
from .evidence import SEARCH_BATCH, Evidence, Found, sick_index
from .store import NEEDS_GET, CandidateStore, Row
from .unseen import Listing

# Searches by id that travel together.
BATCHES_AT_ONCE = 8
# Contacts that are asked for by id together, and stored by one commit.
ASKED_AT_ONCE = 50
# A run confirms so many by itself: about three minutes at the vendor's usual limit.
# More than that are confirmed in the background, while deltas and webhooks go on.
CONFIRM_IN_RUN = 2_000
# Share of the day's quota that the background leaves to everything else.
QUOTA_KEPT = 0.3
# A sample is searched first when there are so many: an index that is out of order would
# have each contact that it lost looked up, at a great expense.
HEALTH_CHECK_FROM = 200
HEALTH_SAMPLE = 50


def close_full_sync(run_slice: Any) -> None:
    """Archive what a complete walk has not seen, once GoHighLevel confirms it."""
    deletions = Deletions(run_slice)
    deletions.begin()
    # Contacts that webhooks brought meanwhile are looked up too: to leave them out by
    # the time at which they were seen would trust every clock that told it.
    deletions.resolve(SQL("TRUE"))
    deletions.apply()


class Deletions:
    """The candidates of a run, or with a slice without run those of a location.

    :param webhooks: those that webhooks announced, whatever the slice works on
    """

    def __init__(self, run_slice: Any, webhooks: bool = False) -> None:
        self.slice = run_slice
        self.env = run_slice.env
        self.location = run_slice.location
        self.run = self.env["ghl.sync.run"] if webhooks else run_slice.run
        self.store = CandidateStore(self.env, self.location, self.run, webhooks)
        self.listing = Listing(self.store)
        self.evidence = Evidence(run_slice, self.store)
        #: the last candidate of each state that this slice has asked for
        self._asked: dict[str, int] = {}

    # === FINDING === #

    def begin(self) -> None:
        """Take over what earlier runs and webhooks have left undecided."""
        # A review may be open though none of its contacts is left.
        if self.store.has_open() or self._review():
            self.slice.commit(self._take_over)
            self._advance()

    def _take_over(self) -> None:
        self.env["ghl.deletion.review"]._expire(self.location)
        self.store.drop_orphans()
        self.listing.drop_seen()
        self.listing.adopt()
        self.env["ghl.deletion.review"]._recount(self.location)

    def _review(self) -> Any:
        """Return the question that waits for a person, or none."""
        return self.env["ghl.deletion.review"]._current(self.location)

    def resolve(self, where: SQL, since: int = 0, likely_gone: bool = True) -> None:
        """Find out what became of live contacts that should have been seen.

        Those that live are read again, those that are gone are noted.

        :param where: selects the contacts that should have been seen
        :param since: id of the last `ghl.sync.page` row before they were read
        :param likely_gone: rather than elsewhere
        """
        if not load_checkpoint(self.run).listed:
            if not self.listing.has_unseen(where, since):
                return
            self.slice.commit(lambda: self._list(where, since))
            if self.store.count("unseen") == 1 and likely_gone:
                # A search for it would be one request more.
                self.slice.commit(lambda: self.store.set_all("unseen", "unverified"))
            self._check_index_health()
        self._advance()

    def _list(self, where: SQL, since: int) -> None:
        self.listing.list_unseen(where, since)
        save_checkpoint(self.run, replace(load_checkpoint(self.run), listed=True))

    def _advance(self) -> None:
        """Look up and confirm, as far as a run does that by itself."""
        self.look_up()
        if self.store.count(*NEEDS_GET) <= CONFIRM_IN_RUN:
            self.confirm()

    def _check_index_health(self) -> None:
        """Discard the candidates when the search itself must be at fault."""
        count = self.store.count("unseen")
        if count <= HEALTH_CHECK_FROM or not self.evaluate(count).beyond:
            return
        drawn = self.store.sample("unseen", HEALTH_SAMPLE)
        answers = self.evidence.ask(drawn)
        if len(answers.denied) <= len(drawn) // 2:
            self.slice.commit(lambda: self._discard(count))

    def _discard(self, count: int) -> None:
        """Leave contacts alone of which the vendor shows and says different things."""
        reason = self.env._(
            "GoHighLevel's search does not find %s contacts of which most exist, or "
            "are not denied. Nothing was deleted; the next verify looks again.",
            count,
        )
        self.store.set_all("unseen", "unconfirmed", reason)
        self._note_doubt()
        self.run._add_issues([{"severity": "altered", "reason": reason}])

    # === LOOKING UP === #

    def look_up(self) -> None:
        """Search for candidates; merge those that are found."""
        size, after = SEARCH_BATCH * BATCHES_AT_ONCE, 0
        while rows := self.store.take("unseen", size, after):
            after = rows[-1][0]
            self._commit_found(self._search(rows))

    def _search(self, rows: list[Row]) -> list[tuple[list[Row], Found]]:
        """Search for candidates; return what was found, batch by batch."""
        batches = {
            start: rows[start : start + SEARCH_BATCH]
            for start in range(0, len(rows), SEARCH_BATCH)
        }
        found = self.evidence.search(
            {
                name: [ghl_id for _id, _contact, ghl_id in batch]
                for name, batch in batches.items()
            }
        )
        return [(batch, found[name]) for name, batch in batches.items()]

    def _commit_found(self, results: list[tuple[list[Row], Found]]) -> None:
        def store() -> None:
            for rows, found in results:
                self._store_found(rows, found)

        self.slice.commit(store)

    def _store_hits(self, rows: list[Row], found: Found) -> list[int]:
        """Merge those that were found; return the candidates that were not."""
        if found.hits:
            self._merge(list(found.hits.values()), found.requested_at)
        self.store.drop([row[0] for row in rows if row[2] in found.hits])
        return [row[0] for row in rows if row[2] not in found.hits]

    def _store_found(self, rows: list[Row], found: Found) -> None:
        missing = self._store_hits(rows, found)
        if found.index == "ok":
            self.store.set_state(missing, "not_in_index")
        elif found.index == "silent":
            self.store.set_state(missing, "unverified")
        else:
            self.store.set_state(missing, "unconfirmed", sick_index(self.env))
            self._note_doubt()

    def _note_doubt(self) -> None:
        if self.run:
            checkpoint = replace(load_checkpoint(self.run), doubt=True)
            save_checkpoint(self.run, checkpoint)

    def _merge(
        self, contacts: list[dict[str, Any]], requested_at: float | None
    ) -> None:
        cause = cause_of_run(self.run) if self.run else Cause("deletions")
        result = Merger(self.location, cause).merge_page(contacts, requested_at)
        if self.run:
            self.run._add_issues(result.issues)
            self.run.contacts_created += result.created
            self.run.contacts_updated += result.updated
            count_repaired(self.run, result.created + result.updated)
        if result.live_delta:
            self.location.contact_count += result.live_delta

    # === CONFIRMING === #

    def confirm(self) -> None:
        """Ask for each candidate by id."""
        while self.confirm_batch():
            self.slice.poll_inbox()

    def confirm_batch(self, then: Callable[[], None] | None = None) -> bool:
        """Ask for some candidates by id; tell whether there were any.

        :param then: done and committed with what was learnt
        """
        state, rows = self._take_next()
        if not rows:
            return False
        answers = self.evidence.ask([ghl_id for _id, _contact, ghl_id in rows])
        living = [row for row in rows if row[2] in answers.living]
        # The index may well list contacts that were never searched for.
        is_searched = state == "not_in_index"
        found = [] if is_searched or not living else self._search(living)

        def store() -> None:
            by_id = {ghl_id: row_id for row_id, _contact, ghl_id in rows}
            self.store.set_state(
                [by_id[ghl_id] for ghl_id in answers.denied], "confirmed_deleted"
            )
            if is_searched:
                self._store_hidden([row[0] for row in living])
            for batch, one in found:
                self._store_living(batch, one)
            self._merge_newer(answers.living)
            for ghl_id, reason in answers.unclear.items():
                self.store.set_state([by_id[ghl_id]], "unconfirmed", reason)
            self._note_unclear(answers.unclear)
            if then:
                then()

        self.slice.commit(store)
        return True

    def _take_next(self) -> tuple[str, list[Row]]:
        """Return candidates of one state to be asked for by id, and that state."""
        for state in NEEDS_GET:
            rows = self.store.take(state, ASKED_AT_ONCE, self._asked.get(state, 0))
            if rows:
                self._asked[state] = rows[-1][0]
                return state, rows
        return "", []

    def _store_living(self, rows: list[Row], found: Found) -> None:
        """Note what a search tells of contacts that GoHighLevel shows by their id."""
        missing = self._store_hits(rows, found)
        if found.index == "ok":
            self._store_hidden(missing)
        elif found.index == "sick":
            self.store.set_state(missing, "unconfirmed", sick_index(self.env))
            self._note_doubt()
        else:
            reason = self.env._(
                "GoHighLevel shows it by its id; no search could tell whether it is "
                "listed."
            )
            self.store.set_state(missing, "hidden", reason)
            self._note_issue(
                missing,
                self.env._(
                    "GoHighLevel has %s contacts that it did not list, and no search "
                    "could be asked for them. They were left as they are.",
                    len(missing),
                ),
            )

    def _store_hidden(self, ids: list[int]) -> None:
        """Note contacts that exist, and that a search in order does not list."""
        self.store.set_state(ids, "hidden")
        self._note_issue(
            ids,
            self.env._(
                "GoHighLevel's search does not list %s contacts that exist. "
                "They were left as they are.",
                len(ids),
            ),
        )

    def _note_issue(self, ids: list[int], reason: str) -> None:
        if ids and self.run:
            self.run._add_issues([{"severity": "altered", "reason": reason}])

    def _merge_newer(self, living: dict[str, dict[str, Any]]) -> None:
        """Merge contacts that are shown by id with a change that the mirror lacks.

        Read by id they have other fields than in a search; a sync would write the same
        contact to and fro if they were always merged.
        """
        if not living:
            return
        self.env.cr.execute(
            "SELECT ghl_id, date_updated_ms FROM ghl_contact"
            " WHERE location_id = %s AND ghl_id = ANY(%s)",
            [self.location.id, list(living)],
        )
        known = dict(self.env.cr.fetchall())
        newer = [
            contact
            for ghl_id, contact in living.items()
            if (parse_ms(contact.get("dateUpdated")) or 0) > (known.get(ghl_id) or 0)
        ]
        if newer:
            self._merge(newer, None)

    def _note_unclear(self, unclear: dict[str, str]) -> None:
        if not self.run or not unclear:
            return
        issues = [
            {
                "ghl_id": ghl_id,
                "severity": "altered",
                "reason": self.env._(
                    "GoHighLevel does not list it, and does not say that it is gone; "
                    "it was left as it is. %s",
                    reason,
                ),
            }
            for ghl_id, reason in unclear.items()
        ]
        self._note_doubt()
        self.run._add_issues(issues)

    # === THE BRAKE === #

    def evaluate(self, gone: int) -> Verdict:
        """Return what the brake says of so many deletions."""
        settings = self.env["ghl.settings"]
        brake = Brake(
            settings._int("delete_brake"), settings._int("delete_brake_minimum")
        )
        return brake.evaluate(gone, self.store.count_lost(), self.store.count_live())

    def evaluate_all(self) -> Verdict:
        """Return what the brake says of all that would go, of whatever origin."""
        held = self._review()._count_waiting()
        return self.evaluate(self.store.count_doomed() + held)

    def apply(self) -> None:
        """Archive what is confirmed, or ask a person.

        :raise DeleteBrake: a person must decide; only when there is a run
        """
        if self.store.count("confirmed_deleted"):
            self.slice.commit(lambda: self.store.tombstone(accepted=True))
        if not self.store.count("confirmed_deleted", "not_in_index", "unverified"):
            return
        verdict = self.evaluate_all()
        if not verdict.beyond:
            self.slice.commit(lambda: self.store.tombstone(accepted=False))
            return
        # The person who is asked sees beside it how many GoHighLevel has now.
        total = self.slice.call(lambda client: client.count())
        review = self.slice.save(lambda: self._ask_person(verdict, total))
        if self.run:
            raise DeleteBrake(review._question())

    def _ask_person(self, verdict: Verdict, total: int | None) -> Any:
        if total is not None:
            store_total(self.location, total)
        review = self.env["ghl.deletion.review"]
        return review._ask(self.location, self.run, verdict)

    def go_on(self) -> bool:
        """Confirm and archive what runs have left; for a slice without run.

        :return: False when nothing is left, True when the day's quota is short
        :raise SliceOver: there is more
        """
        self.apply()
        # Judged once for all that is left: it counts whatever may yet be confirmed.
        agreed = not self.evaluate_all().beyond

        def archive() -> None:
            self.store.tombstone(accepted=True)
            if agreed:
                self.store.tombstone(accepted=False)

        while not self._is_quota_short():
            if not self.confirm_batch(archive):
                self.apply()
                return False
        return True

    def _is_quota_short(self) -> bool:
        """Tell whether the rest of the day's requests belongs to everything else."""
        told = get_governor(self.location).snapshot()
        left, limit = told["remaining_today"], told["limit_today"]
        return bool(limit) and left is not None and left < QUOTA_KEPT * limit

    def archive_announced(self) -> bool:
        """Archive what webhooks announced and the vendor confirmed.

        Belongs to the caller's transaction.

        :return: False when that is so much that a person must decide
        """
        if not self.store.count("confirmed_deleted"):
            return True
        self.store.tombstone(accepted=True)
        if self.evaluate_all().beyond:
            return False
        self.store.tombstone(accepted=False)
        return True
