"""Deletions: who was not seen is looked up, confirmed to be gone, and buried.

Each step is committed with the rows of `ghl.sync.page` that say how far it is, so that
a slice may end anywhere, and memory does not grow with the number of suspects.
"""

import random

from odoo import models
from odoo.tools import SQL

from ...engine.slice import DeleteBrake
from ...tools.errors import (
    GhlError,
    GhlNotFound,
    GhlPayloadError,
    GhlRequestError,
    GhlScopeError,
)
from ...tools.mapping.batch import prepare_batch

# Ids asked for in one search, besides a witness; the vendor bounds the page, which some
# accounts may not have larger than fifty, not the filter.
CONFIRM_BATCH = 49
# Searches by id that travel together.
BATCHES_AT_ONCE = 8
# Up to that many contacts that the search does not find are each asked for by id as
# well. Of more than that so many are drawn: the walk and the search share one index,
# and what that has lost may live all the same.
CONFIRM_SINGLY = 200
SAMPLE = 50
# Answers that say nothing about whether a contact exists. Of a single one a scope that
# is lacking says nothing either.
_UNCLEAR = (GhlRequestError, GhlNotFound, GhlPayloadError)
_UNCLEAR_OF_ONE = (*_UNCLEAR, GhlScopeError)


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _phase_deletions(self, run_slice) -> None:
        """Bury what a complete walk has not seen, once GoHighLevel confirms it."""
        # Whoever came by a webhook meanwhile is looked up as well: to leave them out by
        # the time at which they were seen would trust every clock that told it.
        self._resolve_unseen(run_slice, SQL("TRUE"))
        self._bury_confirmed(run_slice)

    # === SUSPECTS === #

    def _resolve_unseen(
        self, run_slice, where: SQL, since: int = 0, likely_gone: bool = True
    ) -> None:
        """Find out what became of live contacts that should have been seen.

        Those that live are read again, those that are gone are noted.

        :param where: selects the contacts that should have been seen
        :param since: id of the last `ghl.sync.page` row before they were read
        :param likely_gone: rather than elsewhere
        """
        if not (self.checkpoint or {}).get("listed"):
            if not self._has_suspects(where, since):
                return
            run_slice.commit(lambda: self._list_suspects(where, since))
            if self._count_rows("suspect") == 1 and likely_gone:
                # To search for it first would be one request more.
                run_slice.commit(lambda: self._rows("suspect").write({"kind": "blind"}))
            self._doubt_the_index(run_slice)
        while rows := self._rows("suspect", BATCHES_AT_ONCE):
            self._look_up(run_slice, rows)
        if self._count_rows("absent") > CONFIRM_SINGLY and not self._was_cut_short():
            self._confirm_by_sample(run_slice)
        while rows := self._rows(("blind", "absent"), 1):
            self._confirm_singly(run_slice, rows)

    def _expected_sql(self, where: SQL) -> SQL:
        return SQL(
            "SELECT id FROM ghl_contact"
            " WHERE location_id = %s AND active IS TRUE AND %s",
            self.location_id.id,
            where,
        )

    def _suspects_sql(self, where: SQL, since: int) -> SQL:
        """Return the query for contacts that should have been seen, and were not.

        By EXCEPT: for a join PostgreSQL believes its statistics, which in a new mirror
        say that there is hardly a contact, and compares each with each.
        """
        self.env["ghl.sync.page"].flush_model()
        return SQL(
            """
            %(expected)s
            EXCEPT
            SELECT jsonb_array_elements_text(contact_ids)::int FROM ghl_sync_page
             WHERE run_id = %(run)s AND (id > %(since)s OR kind = 'gone')
            """,
            expected=self._expected_sql(where),
            run=self.id,
            since=since,
        )

    def _has_suspects(self, where: SQL, since: int) -> bool:
        """Tell whether any contact was not seen: usually none, and all is done."""
        # After a first fill nothing older is there, and no page need be looked at.
        for query in (self._expected_sql(where), self._suspects_sql(where, since)):
            self.env.cr.execute(SQL("SELECT EXISTS (%s)", query))
            if not self.env.cr.fetchone()[0]:
                return False
        return True

    def _list_suspects(self, where: SQL, since: int) -> None:
        """Make rows of the contacts that should have been seen, and were not."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO ghl_sync_page (run_id, kind, contact_ids)
                SELECT %(run)s, 'suspect', jsonb_agg(id ORDER BY id)
                  FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number
                          FROM (%(suspects)s) found) numbered
                 GROUP BY number / %(size)s
                 ORDER BY number / %(size)s
                """,
                run=self.id,
                suspects=self._suspects_sql(where, since),
                size=CONFIRM_BATCH,
            )
        )
        self.env["ghl.sync.page"].invalidate_model()
        self._save_checkpoint(listed=True)

    def _rows(self, kinds: str | tuple[str, ...], limit: int | None = None):
        """Return the run's rows of these kinds."""
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        return self.env["ghl.sync.page"].search(
            [("run_id", "=", self.id), ("kind", "in", kinds)], order="id", limit=limit
        )

    def _count_rows(self, kind: str) -> int:
        """Return how many contacts the rows of a kind name."""
        self.env["ghl.sync.page"].flush_model()
        self.env.cr.execute(
            "SELECT coalesce(sum(jsonb_array_length(contact_ids)), 0)"
            " FROM ghl_sync_page WHERE run_id = %s AND kind = %s",
            [self.id, kind],
        )
        return int(self.env.cr.fetchone()[0])

    def _ghl_ids(self, contact_ids: list[int]) -> dict[str, int]:
        """Return {GHL id: id}."""
        self.env.cr.execute(
            "SELECT ghl_id, id FROM ghl_contact WHERE id = ANY(%s)", [contact_ids]
        )
        return dict(self.env.cr.fetchall())

    def _doubt_the_index(self, run_slice) -> None:
        """Suspect nobody when so many are that the search itself must be at fault.

        A search that is out of order shows nothing or half of the contacts, and would
        have each of the others looked up, at a great expense.
        """
        count = self._count_rows("suspect")
        if count <= CONFIRM_SINGLY or not self._is_beyond_brake(count):
            return
        gone, living, doubtful = self._ask_for_some(run_slice, "suspect")
        if len(living) + len(doubtful) > len(gone):
            run_slice.commit(lambda: self._acquit("suspect"))

    def _acquit(self, kind: str) -> None:
        """Leave contacts alone of which the vendor shows and says different things."""
        count = self._count_rows(kind)
        self._rows(kind).unlink()
        self._save_checkpoint(doubt=True)
        self._add_issues(
            [
                {
                    "severity": "altered",
                    "reason": self.env._(
                        "GoHighLevel's search does not find %s contacts of which some "
                        "exist. Nothing was deleted; the next verify looks again.",
                        count,
                    ),
                }
            ]
        )

    def _was_cut_short(self) -> bool:
        """Tell whether the vendor counted more than it showed in this run."""
        if (self.checkpoint or {}).get("cut_short"):
            return True
        return bool(
            self.env["ghl.sync.window"].search_count(
                [("run_id", "=", self.id), ("short", "=", True)], limit=1
            )
        )

    # === LOOKING UP === #

    def _look_up(self, run_slice, rows) -> None:
        """Search for the contacts of some rows; merge those that are found.

        A vendor that does not understand the filter finds nothing at all, so one
        contact that is known to live is asked for as well.
        """
        witness = self._live_witness()
        asked = {row: self._ghl_ids(row.contact_ids) for row in rows}
        answers = run_slice.ask_all(
            {
                row: lambda client, ids=ids: client.search_by_ids([*ids, *witness])
                for row, ids in asked.items()
            }
        )
        verdicts = []
        for row, ids in asked.items():
            page = answers[row]
            if isinstance(page, GhlRequestError):
                verdicts.append((row, "blind", list(ids.values()), [], None))
                continue
            if isinstance(page, GhlError):
                raise page
            found = [c for c in page.contacts if c.get("id") in ids]
            shown = {contact["id"] for contact in found}
            missing = [ids[ghl_id] for ghl_id in ids if ghl_id not in shown]
            told = {c.get("id") for c in page.contacts}
            proves = witness and told.issuperset(witness) and page.is_whole
            verdict = "absent" if proves else "blind"
            verdicts.append((row, verdict, missing, found, page.requested_at))
        run_slice.commit(lambda: self._store_verdicts(verdicts))

    def _store_verdicts(self, verdicts: list[tuple]) -> None:
        """Note what became of rows.

        :param verdicts: (row, its new kind, ids left in it, contacts that were found,
            when they were asked for)
        """
        for row, kind, contact_ids, found, requested_at in verdicts:
            if found:
                self._store_found(self._prepare(found), requested_at)
            if contact_ids:
                row.write({"kind": kind, "contact_ids": contact_ids})
            else:
                row.unlink()

    def _live_witness(self) -> list[str]:
        """Return the GHL id of a live contact that is no suspect, if there is one."""
        self.env["ghl.sync.page"].flush_model()
        for order in (
            SQL("date_updated_ms IS NOT NULL ORDER BY date_updated_ms DESC"),
            SQL("date_updated_ms IS NULL"),
        ):
            self.env.cr.execute(
                SQL(
                    """
                    SELECT ghl_id FROM ghl_contact
                     WHERE location_id = %s AND active IS TRUE
                       AND NOT EXISTS (
                           SELECT FROM ghl_sync_page
                            WHERE run_id = %s AND kind <> 'seen'
                              AND contact_ids @> to_jsonb(ghl_contact.id))
                       AND %s LIMIT 1
                    """,
                    self.location_id.id,
                    self.id,
                    order,
                )
            )
            row = self.env.cr.fetchone()
            if row:
                return [row[0]]
        return []

    # === CONFIRMING === #

    def _confirm_by_sample(self, run_slice) -> None:
        """Ask for some of very many that the search does not find.

        When even one of them lives the search proves nothing, and all are left alone.
        """
        _gone, living, doubtful = self._ask_for_some(run_slice, "absent")
        if living or doubtful:
            run_slice.commit(lambda: self._acquit("absent"))
        else:
            run_slice.commit(lambda: self._rows("absent").write({"kind": "gone"}))

    def _ask_for_some(self, run_slice, kind: str) -> tuple[list, list, list]:
        """Draw some contacts of a kind of rows and ask for each; see `_ask_singly`."""
        rows = self._rows(kind)
        picked = random.choices(rows, k=SAMPLE)
        ids = {random.choice(row.contact_ids) for row in picked}
        return self._ask_singly(run_slice, self._ghl_ids(list(ids)))

    def _confirm_singly(self, run_slice, row) -> None:
        """Ask for each contact of a row by id."""
        ids = self._ghl_ids(row.contact_ids)
        gone, living, doubtful = self._ask_singly(run_slice, ids)
        living = self._as_hits(run_slice, living)

        def store():
            dead = [ids[ghl_id] for ghl_id in gone]
            self._store_verdicts([(row, "gone", dead, living, None)])
            if doubtful:
                self._save_checkpoint(doubt=True)
            self._add_issues(
                [
                    {
                        "ghl_id": ghl_id,
                        "severity": "altered",
                        "reason": self.env._(
                            "GoHighLevel does not show it, and does not say clearly "
                            "that it is gone; it was left as it is."
                        ),
                    }
                    for ghl_id in doubtful
                ]
            )

        run_slice.commit(store)

    def _as_hits(self, run_slice, contacts: list[dict]) -> list[dict]:
        """Return contacts as the search shows them, as far as it does.

        Read by id they have other fields, and would be written again by every sync.
        """
        if not contacts:
            return contacts
        try:
            ids = [contact["id"] for contact in contacts]
            page = run_slice.ask(lambda client: client.search_by_ids(ids))
        except _UNCLEAR:
            return contacts
        hits = {contact.get("id"): contact for contact in page.contacts}
        return [hits.get(contact["id"], contact) for contact in contacts]

    def _ask_singly(self, run_slice, ghl_ids) -> tuple[list[str], list[dict], list]:
        """Ask for contacts one by one.

        :return: ids of those that do not exist, those that do, ids of those of which
            the vendor says neither
        """
        answers = run_slice.ask_all(
            {
                ghl_id: lambda client, ghl_id=ghl_id: client.get_contact(ghl_id)
                for ghl_id in ghl_ids
            }
        )
        gone, living, unclear = [], [], []
        for ghl_id, answer in answers.items():
            if answer is None:
                gone.append(ghl_id)
            elif not isinstance(answer, GhlError):
                living.append(answer)
            elif isinstance(answer, _UNCLEAR_OF_ONE):
                unclear.append(ghl_id)
            else:
                raise answer
        denied = self._denied(run_slice, unclear) if unclear else set()
        gone += denied
        return gone, living, [ghl_id for ghl_id in unclear if ghl_id not in denied]

    def _denied(self, run_slice, ghl_ids: list[str]) -> set[str]:
        """Return which contacts do not exist, of those that the vendor refuses to show.

        The vendor's words for a deleted contact are not documented. What is refused
        while another contact is shown, and what a search that finds that one does not
        find, does not exist.

        :raise GhlScopeError: the token may not read any contact
        """
        witness = self._live_witness()
        if not witness:
            return set()
        try:
            shown = run_slice.ask(lambda client: client.get_contact(witness[0]))
            page = run_slice.ask(
                lambda client: client.search_by_ids([*ghl_ids, *witness])
            )
        except _UNCLEAR:
            return set()
        told = {contact.get("id") for contact in page.contacts}
        if not shown or not page.is_whole or not told.issuperset(witness):
            return set()
        return set(ghl_ids) - told

    def _prepare(self, contacts: list[dict]):
        return prepare_batch(contacts, self.location_id.ghl_id)

    def _store_found(self, batch, requested_at) -> None:
        result = self.env["ghl.contact"]._merge_batch(
            self.location_id, batch, requested_at
        )
        self._add_issues(result.issues)
        self.contacts_created += result.created
        self.contacts_updated += result.updated
        if result.live_delta:
            self.location_id.contact_count += result.live_delta

    # === BURYING === #

    def _bury_confirmed(self, run_slice) -> None:
        """Turn into tombstones what is gone.

        :raise DeleteBrake: when that is so many that a person must look
        """
        gone = self._count_rows("gone")
        if gone:
            self._check_brake(gone)
            run_slice.commit(self._bury_gone)

    def _bury_gone(self) -> None:
        rows = self._rows("gone")
        buried = sum(
            self.env["ghl.contact"]._bury(self.location_id, row.contact_ids)
            for row in rows
        )
        rows.unlink()
        self.contacts_deleted += buried
        self.location_id.contact_count -= buried

    def _is_beyond_brake(self, gone: int) -> bool:
        """Tell whether a person must agree to so many deletions."""
        settings = self.env["ghl.settings"]
        # What this run has buried already is part of the same loss.
        gone += self.contacts_deleted
        count = self.location_id.contact_count + self.contacts_deleted
        limit = settings._int("delete_brake")
        return (
            not self.brake_released
            and gone > settings._int("delete_brake_minimum")
            and 100 * gone > limit * count
        )

    def _check_brake(self, gone: int) -> None:
        """Refuse to bury a great part of the mirror unless a person said so.

        :raise DeleteBrake: with the figures, for that person
        """
        if not self._is_beyond_brake(gone):
            return
        count = self.location_id.contact_count
        raise DeleteBrake(
            self.env._(
                "GoHighLevel no longer has %(gone)s of %(count)s mirrored contacts "
                "(%(share).0f %%), more than the %(limit)s %% that may be deleted "
                "without asking. They were not deleted. If this is right, choose "
                "“Accept Deletions” on the run.",
                gone=gone,
                count=count,
                share=100 * gone / count if count else 100,
                limit=self.env["ghl.settings"]._int("delete_brake"),
            )
        )

    def action_accept_deletions(self):
        """Order the sync again, with leave to delete as many as are gone."""
        self.ensure_one()
        self.location_id.check_access("write")
        run, _created = self.location_id._order_sync(self.kind, "button")
        run.sudo().brake_released = True
        return True
