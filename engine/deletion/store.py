"""The rows of `ghl.deletion.candidate`: every statement about them.

Each statement is linear in its input: candidates are found by set operations, and
contacts are looked up by their keys.
"""

from datetime import datetime, timedelta
from typing import Any

from odoo import fields
from odoo.tools import SQL

from ..metrics.daily import count_deleted
from ..metrics.drift import count_repaired
from ..mirror.newer_state import utc
from ..mirror.tombstones import tombstone
from .brake import SPAN_DAYS

# States in which the vendor has to be asked for the contact itself.
NEEDS_GET = ("not_in_index", "unverified", "accepted")
# States of which nobody has decided anything, and that count for the brake.
_DOOMED = ("not_in_index", "unverified", "confirmed_deleted")
# States that end with the run that made them, if it ends early.
_UNFINISHED = ("unseen", *_DOOMED)
# Contacts that one statement turns into tombstones.
_TOMBSTONE_BATCH = 5_000

Row = tuple[int, int, str]


class CandidateStore:
    """Candidates of one location.

    :param run: the run whose candidates are meant; none: all that belong to no run
        that is at work
    :param webhooks: mean those that webhooks announced, and nobody else
    """

    def __init__(
        self, env: Any, location: Any, run: Any, webhooks: bool = False
    ) -> None:
        self.env = env
        self.location = location
        self.run = run
        self.model = env["ghl.deletion.candidate"]
        scope = [SQL("location_id = %s", location.id)]
        self._is_background = not run and not webhooks
        if run:
            scope.append(SQL("run_id = %s", run.id))
        elif webhooks:
            scope.append(SQL("run_id IS NULL"))
        self._scope = SQL(" AND ").join(scope)

    def execute(self, query: SQL) -> Any:
        """Execute a query; return the cursor."""
        self.model.flush_model()
        self.env.cr.execute(query)
        return self.env.cr

    def change(self, query: SQL) -> int:
        """Execute a statement that changes candidates; return how many."""
        count: int = self.execute(query).rowcount
        self.model.invalidate_model()
        return count

    def _first(self, query: SQL) -> Any:
        """Return the one value that a query has for an answer."""
        return self.execute(query).fetchone()[0]

    # === FORGETTING === #

    def drop_orphans(self) -> int:
        """Forget candidates whose contact somebody has removed for good."""
        return self.change(
            SQL(
                "DELETE FROM ghl_deletion_candidate WHERE location_id = %s"
                " AND contact_id IS NULL AND state <> 'tombstone'",
                self.location.id,
            )
        )

    def drop_unfinished(self) -> int:
        """Forget what a run that ends early has not finished."""
        return self.change(
            SQL(
                "DELETE FROM ghl_deletion_candidate"
                " WHERE %s AND state = ANY(%s) AND review_id IS NULL",
                self._scope,
                list(_UNFINISHED),
            )
        )

    # === READING === #

    def accepted_ids(self) -> list[int]:
        """Return the ids of the reviews that were accepted, and are still good."""
        accepted = (
            self.env["ghl.deletion.review"]
            .sudo()
            .search(
                [
                    ("location_id", "=", self.location.id),
                    ("state", "=", "accepted"),
                    ("expires_at", ">", _now()),
                ]
            )
        )
        return list(accepted.ids)

    def has_open(self) -> bool:
        """Tell whether the location has any candidate at all."""
        query = SQL(
            "SELECT EXISTS (SELECT FROM ghl_deletion_candidate"
            " WHERE location_id = %s AND state <> 'tombstone')",
            self.location.id,
        )
        return bool(self._first(query))

    def take(self, state: str, limit: int, after: int = 0) -> list[Row]:
        """Return (id, contact id, GHL id) of the next candidates in a state.

        :param after: the last that was taken: what has left the state since need not
            be passed over again
        """
        query = SQL(
            "SELECT id, contact_id, ghl_id FROM ghl_deletion_candidate"
            " WHERE %s AND state = %s AND id > %s AND contact_id IS NOT NULL"
            " ORDER BY id LIMIT %s",
            self._scope,
            state,
            after,
            limit,
        )
        return list(self.execute(query).fetchall())

    def sample(self, state: str, size: int) -> list[str]:
        """Return the GHL ids of some candidates that are drawn by lot."""
        query = SQL(
            "SELECT ghl_id FROM ghl_deletion_candidate WHERE %s AND state = %s"
            " ORDER BY random() LIMIT %s",
            self._scope,
            state,
            size,
        )
        return [ghl_id for (ghl_id,) in self.execute(query).fetchall()]

    def count(self, *states: str) -> int:
        """Count the candidates in some states."""
        query = SQL(
            "SELECT count(*) FROM ghl_deletion_candidate WHERE %s AND state = ANY(%s)",
            self._scope,
            list(states),
        )
        return int(self._first(query))

    def count_by_state(self) -> dict[str, int]:
        """Return {state: how many} of the location's candidates, without tombstones."""
        query = SQL(
            "SELECT state, count(*) FROM ghl_deletion_candidate"
            " WHERE location_id = %s AND state <> 'tombstone' GROUP BY state",
            self.location.id,
        )
        return dict(self.execute(query).fetchall())

    def count_doomed(self) -> int:
        """Count what the brake has to evaluate: of any run, and by webhooks."""
        query = SQL(
            "SELECT count(*) FROM ghl_deletion_candidate"
            " WHERE location_id = %s AND state = ANY(%s) AND review_id IS NULL",
            self.location.id,
            list(_DOOMED),
        )
        return int(self._first(query))

    def count_live(self) -> int:
        """Count the live contacts by the table itself: a counter may have drifted."""
        query = SQL(
            "SELECT count(*) FROM ghl_contact"
            " WHERE location_id = %s AND active IS TRUE",
            self.location.id,
        )
        return int(self._first(query))

    def drop_hidden(self) -> int:
        """Forget contacts that exist and were not listed: the counts agree by now."""
        return self.change(
            SQL(
                "DELETE FROM ghl_deletion_candidate"
                " WHERE location_id = %s AND state = 'hidden'",
                self.location.id,
            )
        )

    def has_tombstones(self, since: datetime | None) -> bool:
        """Tell whether anything was archived after a moment."""
        query = SQL(
            "SELECT EXISTS (SELECT FROM ghl_deletion_candidate WHERE location_id = %s"
            " AND state = 'tombstone' AND tombstoned_at >= %s)",
            self.location.id,
            since or datetime.min,
        )
        return bool(self._first(query))

    def count_lost(self) -> int:
        """Count deletions of the brake's span to which nobody has agreed.

        An acceptance also covers what was lost before it: the person saw that figure.
        """
        since = _now() - timedelta(days=SPAN_DAYS)
        agreed = (
            self.env["ghl.deletion.review"]
            .sudo()
            .search(
                [
                    ("location_id", "=", self.location.id),
                    ("state", "=", "accepted"),
                    ("decided_at", ">", since),
                ],
                order="decided_at desc",
                limit=1,
            )
        )
        query = SQL(
            "SELECT count(*) FROM ghl_deletion_candidate"
            " WHERE location_id = %s AND state = 'tombstone' AND review_id IS NULL"
            " AND tombstoned_at > %s",
            self.location.id,
            agreed.decided_at or since,
        )
        return int(self._first(query))

    def seen_contact(self) -> str | None:
        """Return the GHL id of a contact that this run has just seen."""
        if not self.run:
            return None
        query = SQL(
            """
            SELECT ghl_id FROM ghl_contact
             WHERE active AND id = (
                   SELECT (contact_ids->>0)::int FROM ghl_sync_page
                    WHERE run_id = %s ORDER BY id DESC LIMIT 1)
            """,
            self.run.id,
        )
        row = self.execute(query).fetchone()
        return row[0] if row else None

    def other_contact(self, excluded: list[str]) -> str | None:
        """Return the GHL id of a live contact that is no candidate, if there is one.

        By EXCEPT: an anti-join compares each with each where statistics are old.
        """
        query = SQL(
            """
            SELECT ghl_id FROM ghl_contact
             WHERE location_id = %(location)s AND active IS TRUE
            EXCEPT (
                SELECT ghl_id FROM ghl_deletion_candidate
                 WHERE location_id = %(location)s AND state <> 'tombstone'
                UNION ALL
                SELECT unnest(%(excluded)s::varchar[]))
             LIMIT 1
            """,
            location=self.location.id,
            excluded=excluded,
        )
        row = self.execute(query).fetchone()
        return row[0] if row else None

    # === ADVANCING === #

    def set_state(self, ids: list[int], state: str, reason: str | None = None) -> None:
        """Advance some candidates."""
        if not ids:
            return
        now = _now()
        self.change(
            SQL(
                "UPDATE ghl_deletion_candidate SET state = %s, reason = %s,"
                " checked_at = %s, confirmed_at = %s WHERE id = ANY(%s)",
                state,
                reason,
                now,
                now if state == "confirmed_deleted" else None,
                ids,
            )
        )

    def set_all(self, before: str, state: str, reason: str | None = None) -> int:
        """Advance all candidates that are in one state."""
        return self.change(
            SQL(
                "UPDATE ghl_deletion_candidate SET state = %s, reason = %s"
                " WHERE %s AND state = %s",
                state,
                reason,
                self._scope,
                before,
            )
        )

    def drop(self, ids: list[int]) -> None:
        """Forget some candidates: they live."""
        if ids:
            self.change(
                SQL("DELETE FROM ghl_deletion_candidate WHERE id = ANY(%s)", ids)
            )

    def announce(self, reasons: dict[str, str | None]) -> None:
        """Note what webhooks announced of live contacts of the mirror.

        :param reasons: {GHL id: why it is not confirmed, None when it is}
        """
        if not reasons:
            return
        now = _now()
        self.change(
            SQL(
                """
                INSERT INTO ghl_deletion_candidate AS k (
                    location_id, contact_id, ghl_id, origin, state, reason,
                    found_at, checked_at, confirmed_at)
                SELECT %(location)s, c.id, c.ghl_id, 'webhook',
                       CASE WHEN told.reason IS NULL THEN 'confirmed_deleted'
                            ELSE 'unconfirmed' END,
                       told.reason, %(now)s, %(now)s,
                       CASE WHEN told.reason IS NULL THEN %(now)s::timestamp END
                  FROM unnest(%(ids)s::varchar[], %(reasons)s::varchar[])
                       AS told(ghl_id, reason),
                       LATERAL (SELECT id, ghl_id FROM ghl_contact
                                 WHERE location_id = %(location)s
                                   AND ghl_id = told.ghl_id AND active
                                OFFSET 0) c
                ON CONFLICT (contact_id) WHERE state <> 'tombstone' DO UPDATE
                   SET state = EXCLUDED.state, reason = EXCLUDED.reason,
                       checked_at = EXCLUDED.checked_at,
                       confirmed_at = EXCLUDED.confirmed_at
                 WHERE k.state NOT IN ('in_review', 'kept')
                """,
                location=self.location.id,
                now=now,
                ids=list(reasons),
                reasons=list(reasons.values()),
            )
        )

    def recall(self, ghl_ids: list[str]) -> int:
        """Forget deletions of contacts that were shown since; return how many.

        Whoever found them: a run may have had the denial hours ago, and waits. What a
        person was asked about, or keeps, stays: each is asked for before it goes.
        """
        if not ghl_ids:
            return 0
        return self.change(
            SQL(
                "DELETE FROM ghl_deletion_candidate WHERE location_id = %s"
                " AND (origin = 'webhook' AND state <> 'tombstone'"
                "      OR state = ANY(%s)) AND ghl_id = ANY(%s)",
                self.location.id,
                list(_UNFINISHED),
                ghl_ids,
            )
        )

    def recall_listed(self, contact_ids: list[int], requested_at: float) -> int:
        """Forget candidates that a page has shown after they were denied.

        Not those about which a person is asked: a run that proves looks after these.

        :param requested_at: when the page was asked for (epoch seconds)
        :return: how many
        """
        # Checks are noted in whole seconds.
        since = utc(requested_at - 1)
        return self.change(
            SQL(
                "DELETE FROM ghl_deletion_candidate WHERE location_id = %s"
                " AND state NOT IN ('tombstone', 'in_review', 'kept')"
                " AND contact_id = ANY(%s)"
                " AND (checked_at IS NULL OR checked_at < %s)",
                self.location.id,
                contact_ids,
                since,
            )
        )

    # === TOMBSTONES === #

    def tombstone(self, accepted: bool) -> int:
        """Archive contacts whose deletion is confirmed; return how many were live.

        :param accepted: those that a person agreed to, else those that need nobody
        """
        agreed = SQL("review_id = ANY(%s)", self.accepted_ids())
        which = agreed if accepted else SQL("review_id IS NULL")
        query = SQL(
            "SELECT id, contact_id, run_id FROM ghl_deletion_candidate"
            " WHERE %s AND state = 'confirmed_deleted' AND %s"
            " AND contact_id IS NOT NULL ORDER BY id",
            self._scope,
            which,
        )
        rows = self.execute(query).fetchall()
        total = 0
        for start in range(0, len(rows), _TOMBSTONE_BATCH):
            batch = rows[start : start + _TOMBSTONE_BATCH]
            ids = [row[1] for row in batch]
            total += tombstone(self.location, ids)
            self.change(
                SQL(
                    "UPDATE ghl_deletion_candidate SET state = 'tombstone',"
                    " tombstoned_at = %s WHERE id = ANY(%s)",
                    _now(),
                    [row[0] for row in batch],
                )
            )
        self._count_tombstones(rows, total)
        return total

    def _count_tombstones(
        self, rows: list[tuple[int, int, int | None]], total: int
    ) -> None:
        if not total:
            return
        self.location.contact_count -= total
        if self._is_background and self.location.known_gap < 0:
            # Part of the difference that the last proof left: no news for a delta.
            self.location.known_gap = min(0, self.location.known_gap + total)
        by_run: dict[int, int] = {}
        for _id, _contact, run_id in rows:
            if run_id:
                by_run[run_id] = by_run.get(run_id, 0) + 1
        for run in self.env["ghl.sync.run"].browse(by_run).exists():
            run.contacts_deleted += by_run[run.id]
            count_repaired(run, by_run[run.id])
            if run.is_counted:
                count_deleted(self.location, by_run[run.id])


def candidates_of(location: Any) -> CandidateStore:
    """Return the candidates of a location, whichever run found them."""
    return CandidateStore(location.env, location, location.env["ghl.sync.run"])


def _now() -> datetime:
    now: datetime = fields.Datetime.now()
    return now
