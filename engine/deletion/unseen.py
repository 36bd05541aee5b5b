"""List the contacts of the mirror that a run should have seen, and has not."""

from odoo import fields
from odoo.tools import SQL

from .store import CandidateStore


class Listing:
    """Makes candidates of a run; each statement is linear in its input.

    :param store: the candidates of that run
    """

    def __init__(self, store: CandidateStore) -> None:
        self.store = store
        self.env = store.env
        self.location = store.location
        self.run = store.run

    def _expected_sql(self, where: SQL) -> SQL:
        return SQL(
            "SELECT id FROM ghl_contact"
            " WHERE location_id = %s AND active IS TRUE AND %s",
            self.location.id,
            where,
        )

    def unseen_sql(self, where: SQL, since: int = 0) -> SQL:
        """Return the query for contacts that should have been seen, and were not.

        By EXCEPT: for a join PostgreSQL believes its statistics, which in a new mirror
        say that there is hardly a contact, and compares each with each. Left out are
        those that this run has looked after already, and those that wait for a person.

        :param where: selects the contacts that should have been seen
        :param since: id of the last `ghl.sync.page` row before they were read
        """
        return SQL(
            """
            %(expected)s
            EXCEPT (
                SELECT jsonb_array_elements_text(contact_ids)::int FROM ghl_sync_page
                 WHERE run_id = %(run)s AND id > %(since)s
                UNION ALL
                SELECT contact_id FROM ghl_deletion_candidate
                 WHERE location_id = %(location)s
                   AND (run_id = %(run)s AND state <> 'tombstone'
                        OR state IN ('in_review', 'kept')))
            """,
            expected=self._expected_sql(where),
            run=self.run.id,
            location=self.location.id,
            since=since,
        )

    def has_unseen(self, where: SQL, since: int) -> bool:
        """Tell whether any contact was not seen: usually none, and all is done."""
        self.env["ghl.sync.page"].flush_model()
        # After a first fill nothing older is there, and no page need be looked at.
        for query in (self._expected_sql(where), self.unseen_sql(where, since)):
            if not self.store.execute(SQL("SELECT EXISTS (%s)", query)).fetchone()[0]:
                return False
        return True

    def list_unseen(self, where: SQL, since: int) -> int:
        """Make candidates of the contacts that should have been seen, and were not."""
        self.env["ghl.sync.page"].flush_model()
        return self.store.change(
            SQL(
                """
                INSERT INTO ghl_deletion_candidate AS k (
                    location_id, run_id, contact_id, ghl_id, origin, state, found_at)
                SELECT %(location)s, %(run)s, unseen.id, c.ghl_id, 'run', 'unseen',
                       %(now)s
                  FROM (%(unseen)s) unseen,
                       LATERAL (SELECT ghl_id FROM ghl_contact
                                 WHERE id = unseen.id OFFSET 0) c
                 ORDER BY unseen.id
                ON CONFLICT (contact_id) WHERE state <> 'tombstone' DO UPDATE
                   SET run_id = EXCLUDED.run_id, %(fresh)s
                """,
                location=self.location.id,
                run=self.run.id,
                now=fields.Datetime.now(),
                unseen=self.unseen_sql(where, since),
                fresh=self._fresh_sql(),
            )
        )

    def _fresh_sql(self) -> SQL:
        """Return what begins a candidate anew; an acceptance that is valid stays."""
        accepted = self.store.accepted_ids()
        return SQL(
            """
            state = CASE WHEN k.review_id = ANY(%(accepted)s) THEN 'accepted'
                         ELSE 'unseen' END,
            review_id = CASE WHEN k.review_id = ANY(%(accepted)s) THEN k.review_id END,
            reason = NULL, confirmed_at = NULL
            """,
            accepted=accepted,
        )

    def adopt(self) -> int:
        """Have this run look after candidates that others have left behind."""
        return self.store.change(
            SQL(
                """
                UPDATE ghl_deletion_candidate k SET run_id = %(run)s, %(fresh)s
                 WHERE location_id = %(location)s
                   AND run_id IS DISTINCT FROM %(run)s
                   AND state NOT IN ('tombstone', 'kept', 'in_review')
                """,
                run=self.run.id,
                location=self.location.id,
                fresh=self._fresh_sql(),
            )
        )

    def drop_seen(self, since: int = 0) -> int:
        """Forget candidates that this run has seen: they live."""
        return self.store.change(
            SQL(
                """
                DELETE FROM ghl_deletion_candidate k
                 USING (SELECT DISTINCT jsonb_array_elements_text(contact_ids)::int
                               AS id
                          FROM ghl_sync_page WHERE run_id = %s AND id > %s) seen
                 WHERE k.contact_id = seen.id AND k.state <> 'tombstone'
                """,
                self.run.id,
                since,
            )
        )
