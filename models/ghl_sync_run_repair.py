"""Repairs: windows of which the counts differ are read again."""

from odoo import models
from odoo.tools import SQL

from ..tools.prover import Difference
from ..tools.windows import UPDATED

# More than that to be read again is a full sync's work.
MAX_LEAF = 20_000


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _repair_leaf(self, run_slice, state: dict) -> dict:
        """Read one differing span; merge it, and look after what it did not bring."""
        leaf = Difference.from_json(state["leaves"][0])
        rest = {**state, "leaves": state["leaves"][1:]}
        if leaf.remote > MAX_LEAF and self.kind != "full":
            run_slice.commit(lambda: self._join("full"))
            return {**rest, "doubt": True}
        window = leaf.span.window()
        seen, requests, doubt = self._read_aside(run_slice, window)
        suspects = {
            ghl_id: contact_id
            for ghl_id, contact_id in self._contacts_of(leaf.span).items()
            if ghl_id not in seen
        }
        if suspects:
            # Without an edit nothing leaves the place where it was added.
            likely_gone = leaf.span.scope != UPDATED
            self._resolve_suspects(run_slice, suspects, likely_gone)
        return {
            **rest,
            "requests": rest["requests"] + requests,
            "doubt": state.get("doubt") or doubt,
        }

    def _read_aside(self, run_slice, window) -> tuple[set[str], int, bool]:
        """Read a window to its end.

        :return: the GHL ids that it brought, pages, and whether it left doubts: the
            walk was cut short, or an older state than the mirror's came
        """
        seen: set[str] = set()
        pages = 0
        doubt = False
        while not window.done:
            page, batch = run_slice.ask(lambda _client: run_slice.fetch(window))
            pages += 1
            window.advance_by(page, run_slice.page_limit)
            if window.is_stuck and not window.restart():
                return seen, pages, True
            seen.update(batch.ids)
            run_slice.save(
                lambda batch=batch, page=page: self._store_found(
                    batch, page.requested_at
                )
            )
            doubt |= self._differs_from(batch)
        return seen, pages, doubt or window.short

    def _differs_from(self, batch) -> bool:
        """Tell whether the mirror holds another state of a contact than was read."""
        self.env.cr.execute(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM unnest(%s::varchar[], %s::varchar[]) AS told(id, hash)
                      JOIN ghl_contact c ON c.location_id = %s AND c.ghl_id = told.id
                     WHERE c.content_hash IS DISTINCT FROM told.hash)
                """,
                list(batch.ids),
                list(batch.digests),
                self.location_id.id,
            )
        )
        return self.env.cr.fetchone()[0]
