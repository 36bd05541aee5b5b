"""The proof: counts of both sides, window by window; what differs is repaired."""

from functools import partial

from odoo import fields, models
from odoo.tools import SQL

from ..tools.ghl_errors import GhlError
from ..tools.prover import Difference, Span, compare, cover, narrow
from ..tools.windows import ALL, DATED, RECENT, UNCHANGED, UNDATED, UPDATED

# A window of the first comparison holds about that many contacts, as long as that makes
# no more windows than the bound: a verify of a million costs some sixty requests.
WINDOW_SIZE = 10_000
MAX_WINDOWS = 24
# A location that is edited all the while gets that many chances to hold still.
ROUNDS = 4
# More than that to be read again is a full sync's work.
MAX_LEAF = 20_000

_COLUMNS = {
    DATED: "date_added_ms",
    UNDATED: "date_added_ms",
    UPDATED: "date_updated_ms",
    UNCHANGED: "date_updated_ms",
}


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _phase_prove(self, run_slice) -> None:
        """Compare, narrow down, repair, until the counts are equal or stay unequal.

        Along dateAdded (who exists); a verify also along dateUpdated (who is stale).
        The state of the work is in the checkpoint, so that a slice may end anywhere.
        """
        scopes = [DATED, UPDATED] if self.kind == "verify" else [DATED]
        if not run_slice.client.capabilities.can_count_ranges:
            scopes = [ALL]
        state = (self.checkpoint or {}).get("prove") or {"scope": 0, "round": 0}
        while state["scope"] < len(scopes):
            if "pending" not in state:
                state = self._compare_scope(run_slice, scopes[state["scope"]], state)
            elif state["pending"]:
                state = self._narrow_once(run_slice, state)
            elif state["leaves"]:
                state = self._repair_leaf(run_slice, state)
            else:
                # Repaired: the comparison must now hold.
                state = {k: state[k] for k in ("scope", "round", "requests", "totals")}
                state["round"] += 1
            run_slice.commit(
                lambda state=state: self._save_checkpoint(prove=state), processed=1
            )
        run_slice.save(lambda: self._store_proof(state))

    # === COMPARING === #

    def _compare_scope(self, run_slice, scope: str, state: dict) -> dict:
        """Count every window of a scope on both sides."""
        without = UNDATED if scope == DATED else UNCHANGED
        if state["round"]:
            self._catch_up(run_slice)
        spans = [Span(ALL)]
        if scope != ALL:
            spans = cover(scope, self._cuts(scope, run_slice), without)
        remote = self._count_remote(run_slice, spans)
        local = self._count_local(spans)
        state = {
            **state,
            "requests": state.get("requests", 0) + len(spans),
            "totals": [sum(local), sum(remote)],
        }
        differences = compare(spans, local, remote)
        if min(remote) < 0:
            # Reading everything again would not tell how much there is.
            differences, state["unproven"] = [], self._explain(differences, 0)
        if not differences:
            return {
                "scope": state["scope"] + 1,
                "round": 0,
                "requests": state["requests"],
                "totals": state["totals"],
                "unproven": state.get("unproven"),
            }
        if state["round"] >= ROUNDS:
            gap = sum(remote) - sum(local)
            words = self._explain(differences, gap)
            return {
                "scope": state["scope"] + 1,
                "round": 0,
                "requests": state["requests"],
                "totals": state["totals"],
                "unproven": words,
            }
        return {
            **state,
            "pending": [difference.to_json() for difference in differences],
            "leaves": [],
        }

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
        leaves, left = narrow(pending, middle, self._count_local, count_remote)
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

    # === COUNTING === #

    def _count_remote(self, run_slice, spans: list[Span]) -> list[int]:
        answers = run_slice.ask_all(
            {
                index: lambda client, span=span: client.count(span.window().filters())
                for index, span in enumerate(spans)
            }
        )
        counts = []
        for index in range(len(spans)):
            answer = answers[index]
            if isinstance(answer, GhlError):
                raise answer
            counts.append(-1 if answer is None else answer)
        return counts

    def _count_local(self, spans: list[Span]) -> list[int]:
        """Count the live contacts of each span: index scans, one statement each."""
        counts = []
        for span in spans:
            self.env.cr.execute(
                SQL("SELECT count(*) FROM ghl_contact WHERE %s", self._span_sql(span))
            )
            counts.append(self.env.cr.fetchone()[0])
        return counts

    def _contacts_of(self, span: Span) -> dict[str, int]:
        self.env.cr.execute(
            SQL("SELECT ghl_id, id FROM ghl_contact WHERE %s", self._span_sql(span))
        )
        return dict(self.env.cr.fetchall())

    def _span_sql(self, span: Span) -> SQL:
        column = SQL.identifier(_COLUMNS.get(span.scope, "id"))
        parts = [SQL("active IS TRUE AND location_id = %s", self.location_id.id)]
        if span.scope in (UNDATED, UNCHANGED):
            parts.append(SQL("%s IS NULL", column))
        elif span.lower is None and span.upper is None:
            parts.append(SQL("%s IS NOT NULL", column))
        if span.lower is not None:
            parts.append(SQL("%s >= %s", column, span.lower))
        if span.upper is not None:
            parts.append(SQL("%s < %s", column, span.upper))
        return SQL(" AND ").join(parts)

    def _cuts(self, scope: str, run_slice) -> list[int]:
        """Return dates that cut the mirror into windows of about equal size."""
        count = self.location_id.contact_count
        able = run_slice.client.capabilities
        windows = min(MAX_WINDOWS, -(-count // WINDOW_SIZE))
        if able.count_limit:
            # As many as it takes for every count to be exact.
            windows = -(-2 * count // able.count_limit)
        if windows < 2:
            return []
        self.env.cr.execute(
            SQL(
                """
                SELECT moment FROM (
                    SELECT %(column)s AS moment,
                           row_number() OVER (ORDER BY %(column)s) AS number
                      FROM ghl_contact
                     WHERE active IS TRUE AND location_id = %(location)s
                       AND %(column)s IS NOT NULL) numbered
                 WHERE number %% %(step)s = 0
                 ORDER BY moment
                """,
                column=SQL.identifier(_COLUMNS[scope]),
                location=self.location_id.id,
                step=-(-count // windows),
            )
        )
        return [able.align(int(moment)) for (moment,) in self.env.cr.fetchall()]

    def _middle(self, span: Span, align=int) -> int | None:
        """Return the median date of the span's contacts, if it cuts the span."""
        column = SQL.identifier(_COLUMNS[span.scope])
        where = self._span_sql(span)
        self.env.cr.execute(
            SQL(
                """
                SELECT %(column)s FROM ghl_contact WHERE %(where)s ORDER BY %(column)s
                OFFSET (SELECT count(*) / 2 FROM ghl_contact WHERE %(where)s) LIMIT 1
                """,
                column=column,
                where=where,
            )
        )
        row = self.env.cr.fetchone()
        if not row:
            return None
        middle = align(int(row[0]))
        if span.lower is not None and middle <= span.lower:
            # Many share the first date: cut right after it.
            middle = align(span.lower + 1_000) if align(1) == 0 else span.lower + 1
        if span.upper is not None and middle >= span.upper:
            return None
        return middle

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
                "changing: the counts still differ by %(gap)s after %(rounds)s repairs.",
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
