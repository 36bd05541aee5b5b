"""The closing phases of a run: deletions, and the proof that nothing is missing."""

import logging
from datetime import UTC, datetime

from odoo import models
from odoo.tools import SQL

from ..tools.ghl_errors import GhlError, GhlRequestError
from ..tools.batch import prepare_batch
from .ghl_sync_slice import DeleteBrake

_logger = logging.getLogger(__name__)

# Ids asked for in one search; the vendor bounds the page, not the filter.
CONFIRM_BATCH = 50
# Up to that many suspects are each asked for by id as well; beyond, two independent
# searches (the walk and the lookup) must do.
CONFIRM_SINGLY = 200


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _phase_deletions(self, run_slice) -> None:
        """Bury what a complete walk has not seen, once GoHighLevel confirms it."""
        suspects = self._unseen_contacts()
        if suspects:
            self._resolve_suspects(run_slice, suspects)

    def _unseen_contacts(self) -> dict[str, int]:
        """Return {GHL id: id} of live contacts that no page of this run brought."""
        self.env["ghl.sync.page"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT c.ghl_id, c.id
                  FROM ghl_contact c
                 WHERE c.location_id = %(location)s
                   AND c.active IS TRUE
                   AND c.observed_at < %(started)s
                   AND NOT EXISTS (
                       SELECT FROM (
                           SELECT jsonb_array_elements_text(p.contact_ids)::int AS id
                             FROM ghl_sync_page p
                            WHERE p.run_id = %(run)s) seen
                        WHERE seen.id = c.id)
                 ORDER BY c.id
                """,
                location=self.location_id.id,
                started=self._began_at(),
                run=self.id,
            )
        )
        return dict(self.env.cr.fetchall())

    def _began_at(self) -> datetime:
        """Return when the run began, to the microsecond."""
        began = (self.checkpoint or {}).get("began")
        if not began:
            return self.started_at
        return datetime.fromtimestamp(began, UTC).replace(tzinfo=None)

    def _resolve_suspects(
        self, run_slice, suspects: dict[str, int], likely_gone: bool = True
    ) -> None:
        """Read each suspect again by id: merge those that live, bury the others.

        :param suspects: {GHL id: id} of contacts that should have been seen
        :param likely_gone: rather than elsewhere
        :raise DeleteBrake: when so many are gone that a person must look
        """
        ghl_ids = list(suspects)
        if likely_gone and len(ghl_ids) == 1 and self._is_gone(run_slice, *ghl_ids):
            # To search for it first would have been one request more.
            gone = ghl_ids
        else:
            gone = []
            for start in range(0, len(ghl_ids), CONFIRM_BATCH):
                batch = ghl_ids[start : start + CONFIRM_BATCH]
                gone += self._confirm_batch(run_slice, batch)
            if 0 < len(gone) <= CONFIRM_SINGLY:
                gone = self._confirm_singly(run_slice, gone)
        if gone:
            self._check_brake(len(gone))
            run_slice.commit(lambda: self._bury([suspects[ghl_id] for ghl_id in gone]))

    def _is_gone(self, run_slice, ghl_id: str) -> bool:
        """Tell whether the vendor says that a contact does not exist."""
        return run_slice.ask(lambda client: client.get_contact(ghl_id)) is None

    def _confirm_batch(self, run_slice, ghl_ids: list[str]) -> list[str]:
        """Return those of `ghl_ids` that a search by id does not find; merge the rest.

        A vendor that does not understand the filter finds nothing at all, so one
        contact that is known to live is asked for as well.
        """
        witness = self._live_witness(ghl_ids)
        wanted = [*ghl_ids, *([witness] if witness else [])]
        try:
            page = run_slice.ask(lambda client: client.search_by_ids(wanted))
        except GhlRequestError:
            page = None
        if page is None or not witness or witness not in _ids(page.contacts):
            return self._confirm_singly(run_slice, ghl_ids)
        asked = set(ghl_ids)
        found = [c for c in page.contacts if c.get("id") in asked]
        if found:
            run_slice.commit(
                lambda: self._store_found(self._prepare(found), page.requested_at)
            )
        return [ghl_id for ghl_id in ghl_ids if ghl_id not in _ids(found)]

    def _live_witness(self, ghl_ids: list[str]) -> str | None:
        """Return the id of a live contact that is not among the suspects."""
        contact = self.env["ghl.contact"].search(
            [("location_id", "=", self.location_id.id), ("ghl_id", "not in", ghl_ids)],
            order="observed_at desc",
            limit=1,
        )
        return contact.ghl_id or None

    def _confirm_singly(self, run_slice, ghl_ids: list[str]) -> list[str]:
        """Return those of `ghl_ids` of which the vendor says that they do not exist."""
        answers = run_slice.ask_all(
            {
                ghl_id: lambda client, ghl_id=ghl_id: client.get_contact(ghl_id)
                for ghl_id in ghl_ids
            }
        )
        gone, found = [], []
        for ghl_id, answer in answers.items():
            if isinstance(answer, GhlError):
                # Not confirmed: nothing is deleted on a doubtful answer.
                raise answer
            if answer is None:
                gone.append(ghl_id)
            else:
                found.append(answer)
        if found:
            run_slice.commit(lambda: self._store_found(self._prepare(found), None))
        return gone

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

    def _bury(self, contact_ids: list[int]) -> None:
        buried = self.env["ghl.contact"]._bury(self.location_id, contact_ids)
        self.contacts_deleted += buried
        self.location_id.contact_count -= buried

    def _check_brake(self, gone: int) -> None:
        """Refuse to bury a great part of the mirror unless a person said so.

        :raise DeleteBrake: with the figures, for that person
        """
        settings = self.env["ghl.settings"]
        count = self.location_id.contact_count
        share = 100 * gone / count if count else 0
        limit = settings._int("delete_brake")
        if (
            self.brake_released
            or gone <= settings._int("delete_brake_minimum")
            or share <= limit
        ):
            return
        raise DeleteBrake(
            self.env._(
                "GoHighLevel no longer has %(gone)s of %(count)s mirrored contacts "
                "(%(share).0f %%), more than the %(limit)s %% that may be deleted "
                "without asking. Nothing was deleted. If this is right, choose "
                "“Accept Deletions” on the run.",
                gone=gone,
                count=count,
                share=share,
                limit=limit,
            )
        )

    def action_accept_deletions(self):
        """Order the sync again, with leave to delete as many as are gone."""
        self.ensure_one()
        self.location_id.check_access("write")
        run, _created = self.location_id._order_sync(self.kind, "button")
        run.sudo().brake_released = True
        return True


def _ids(contacts: list[dict]) -> set[str]:
    return {contact.get("id") for contact in contacts}
