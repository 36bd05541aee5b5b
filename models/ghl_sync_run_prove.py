"""The proof: counts of both sides, window by window; what differs is repaired."""

from functools import partial

from odoo import fields, models

from ..tools.prover import Difference, Span, compare, narrow
from ..tools.windows import ALL, DATED, RECENT, UPDATED
from .ghl_sync_run_count import COARSE, FINE, SMALL_LOCATION

# A location that is edited all the while gets that many chances to hold still.
ROUNDS = 4
# More than that to be read again is a full sync's work.
MAX_LEAF = 20_000

# What a state of the work hands on to the next scope.
_KEPT = ("grid", "round", "scope", "requests", "totals", "unproven")


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _phase_prove(self, run_slice) -> None:
        """Compare, narrow down, repair, until the counts are equal or stay unequal.

        Along dateAdded (who exists); a verify also along dateUpdated (who is stale).
        A coarse comparison is enough as long as nothing differs. Once something does,
        all is compared by smaller windows, since a contact that is missing and one too
        many in the same window cancel each other; and when everything is repaired,
        again by windows that are cut elsewhere.

        The state of the work is in the checkpoint, so that a slice may end anywhere.
        """
        scopes = self._proof_scopes()
        state = (self.checkpoint or {}).get("prove") or self._first_proof_state()
        while state["scope"] < len(scopes):
            state = self._prove_step(run_slice, scopes, state)
            run_slice.commit(lambda state=state: self._save_checkpoint(prove=state))
        run_slice.save(lambda: self._store_proof(state))

    def _first_proof_state(self) -> dict:
        state = {"grid": COARSE, "round": 0, "scope": 0, "requests": 0}
        count = self.location_id.contact_count
        if self.kind == "verify" and count <= SMALL_LOCATION:
            everything = Difference(Span(ALL), count, count)
            work = {"pending": [], "deferred": [], "leaves": [everything.to_json()]}
            state.update(grid=FINE, **work)
            # The repair of all ends the first pass over every scope.
            state["scope"] = len(self._proof_scopes()) - 1
        return state

    def _proof_scopes(self) -> list[str]:
        if not self.location_id.connection_id._get_capabilities().can_count_ranges:
            return [ALL]
        return [DATED, UPDATED] if self.kind == "verify" else [DATED]

    def _prove_step(self, run_slice, scopes: list[str], state: dict) -> dict:
        if "pending" not in state:
            return self._compare_scope(run_slice, scopes, state)
        if state["pending"]:
            return self._narrow_once(run_slice, state)
        if state["leaves"]:
            return self._repair_leaf(run_slice, state)
        if state["deferred"]:
            return self._take_up_deferred(state)
        return self._next_scope(scopes, state)

    def _next_scope(self, scopes: list[str], state: dict) -> dict:
        """Go on to the next scope; after repairs, compare coarsely once more."""
        kept = {key: state[key] for key in _KEPT if key in state}
        if state["scope"] + 1 < len(scopes) or state["grid"] == COARSE:
            return {**kept, "scope": state["scope"] + 1}
        return {**kept, "scope": 0, "grid": COARSE, "round": state["round"] + 1}

    # === COMPARING === #

    def _compare_scope(self, run_slice, scopes: list[str], state: dict) -> dict:
        """Count every window of a scope on both sides."""
        scope = scopes[state["scope"]]
        if state["round"] and state["grid"] == COARSE:
            self._catch_up(run_slice)
        spans = self._spans(scope, state["grid"], run_slice.client.capabilities)
        remote = self._count_remote(run_slice, spans)
        local = self._count_local(spans)
        state = {
            **state,
            "requests": state["requests"] + len(spans),
            "totals": [sum(local), sum(remote)],
        }
        differences = compare(spans, local, remote)
        if not differences:
            return self._next_scope(scopes, state)
        unknown = min(remote) < 0
        if unknown or (state["grid"] == COARSE and state["round"] >= ROUNDS):
            # Reading everything again would not tell more.
            gap = sum(remote) - sum(local)
            words = self._explain(differences, gap)
            return {**state, "scope": len(scopes), "unproven": words}
        if state["grid"] == COARSE and self._has_finer_grid(scope):
            return {**state, "scope": 0, "grid": FINE}
        # A stale contact is too many where it was and lacks where it went. Read again
        # by its id, it leaves the one and arrives at the other: half of the work.
        surplus = differences
        if scope == UPDATED:
            surplus = [d for d in differences if d.local > d.remote]
        deferred = [d for d in differences if d not in surplus]
        return {
            **state,
            "grid": FINE,
            "pending": [difference.to_json() for difference in surplus],
            "deferred": [difference.to_json() for difference in deferred],
            "leaves": [],
        }

    def _take_up_deferred(self, state: dict) -> dict:
        """Look after the differences that the repairs so far have not closed."""
        deferred = [Difference.from_json(values) for values in state["deferred"]]
        counts = self._count_local([difference.span for difference in deferred])
        left = [
            Difference(difference.span, count, difference.remote)
            for difference, count in zip(deferred, counts, strict=True)
            if count != difference.remote
        ]
        pending = [difference.to_json() for difference in left]
        return {**state, "pending": pending, "deferred": []}

    def _catch_up(self, run_slice) -> None:
        """Read what changed while the comparison was being repaired."""
        mark = (self.checkpoint or {}).get("mark")
        if not mark:
            return
        lower = int(mark) - 1_000 * self.env["ghl.settings"]._int("delta_overlap")
        able = run_slice.client.capabilities.can_select_dates
        window = Span(UPDATED if able else RECENT, lower).window()
        self._read_aside(run_slice, window)
        if window.newest is not None:
            run_slice.commit(lambda: self._raise_mark([window.newest]))

    def _narrow_once(self, run_slice, state: dict) -> dict:
        pending = [Difference.from_json(values) for values in state["pending"]]
        sent = 0

        def count_remote(spans):
            nonlocal sent
            sent += len(spans)
            return self._count_remote(run_slice, spans)

        able = run_slice.client.capabilities
        middle = partial(self._middle, align=able.align)
        leaves, left = narrow(
            pending, middle, self._count_local, count_remote, self._leaf_size()
        )
        return {
            **state,
            "requests": state["requests"] + sent,
            "pending": [difference.to_json() for difference in left],
            "leaves": state["leaves"] + [leaf.to_json() for leaf in leaves],
        }

    # === REPAIRING === #

    def _repair_leaf(self, run_slice, state: dict) -> dict:
        """Read one differing span; merge it, and look after what it did not bring."""
        leaf = Difference.from_json(state["leaves"][0])
        rest = {**state, "leaves": state["leaves"][1:]}
        if leaf.remote > MAX_LEAF and self.kind != "full":
            run_slice.commit(lambda: self._join("full"))
            return rest
        seen, requests = self._read_aside(run_slice, leaf.span.window())
        suspects = {
            ghl_id: contact_id
            for ghl_id, contact_id in self._contacts_of(leaf.span).items()
            if ghl_id not in seen
        }
        if suspects:
            self._resolve_suspects(run_slice, suspects)
        return {**rest, "requests": rest["requests"] + requests}

    def _read_aside(self, run_slice, window) -> tuple[set[str], int]:
        """Read a window to its end; return the GHL ids that it brought, and pages."""
        seen: set[str] = set()
        pages = 0
        while not window.done:
            page, batch = run_slice.ask(lambda _client: run_slice.fetch(window))
            pages += 1
            window.advance_by(page, run_slice.page_limit)
            if window.is_stuck and not window.restart():
                break
            seen.update(contact.ghl_id for contact in batch.contacts)
            run_slice.save(
                lambda batch=batch, page=page: self._store_found(
                    batch, page.requested_at
                )
            )
        return seen, pages

    # === THE RESULT === #

    def _explain(self, differences: list[Difference], gap: int) -> str:
        """Return why the counts stay unequal, in words."""
        if any(difference.remote < 0 for difference in differences):
            return self.env._("GoHighLevel does not tell how many contacts there are.")
        rejected = self.env["ghl.sync.issue"].search_count(
            [("run_id", "=", self.id), ("severity", "=", "rejected")]
        )
        if rejected and 0 < gap <= rejected:
            return self.env._(
                "%s records of GoHighLevel cannot be mirrored; see the run's issues.",
                gap,
            )
        if gap:
            return self.env._(
                "GoHighLevel counts %(remote)s contacts more than it shows, or keeps "
                "changing: the counts differ by %(gap)s after %(rounds)s repairs.",
                remote=max(gap, 0),
                gap=gap,
                rounds=ROUNDS,
            )
        return self.env._(
            "The location changed while it was compared: %s windows still differ.",
            len(differences),
        )

    def _describe_proof(self, count: int) -> str:
        able = self.location_id.connection_id._get_capabilities()
        if able.can_count_ranges:
            return self.env._("%s contacts on both sides, window by window.", count)
        return self.env._(
            "%s contacts on both sides, by one count over all: this account cannot "
            "count by date.",
            count,
        )

    def _store_proof(self, state: dict) -> None:
        local, remote = state.get("totals") or [0, 0]
        unproven = state.get("unproven")
        now = fields.Datetime.now()
        self.write(
            {
                "proof_state": "not_proven" if unproven else "proven",
                "proof_message": unproven or self._describe_proof(local),
                "proof_local": local,
                "proof_remote": max(remote, 0),
                "proof_requests": state.get("requests", 0),
            }
        )
        location = self.location_id
        values = {
            "proof_state": self.proof_state,
            "proof_message": self.proof_message,
            "known_gap": remote - location.contact_count if remote >= 0 else 0,
        }
        if not unproven:
            values["proven_complete_at"] = now
        if remote >= 0:
            values.update(ghl_total=remote, ghl_total_at=now)
        location.write(values)
