"""The reading phases of a run: prepare, sweep, delta."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..tools.ghl_dates import parse_ms
from ..tools.ghl_errors import GhlAuthError, GhlError, GhlPageLimitRefused
from ..tools.sweep import MIN_PAGES_TO_SPLIT, Sweep
from ..tools.windows import ALL, DATED, RECENT, UNDATED, UPDATED, Window, open_up
from .ghl_sync_slice import SliceOver

# What a vendor that refuses our page size is asked for instead: the documented maximum
# of the older list call, which every dialect accepts.
FALLBACK_PAGE_LIMIT = 100
# Dates later than that after now are typing errors; as a watermark one of them would
# hide every change to come.
FUTURE_MS = 86_400_000
_CHANGES = (UPDATED, RECENT)
# Pages that have arrived together are stored together: the bookkeeping around a page
# costs half as much as an unchanged page itself.
MAX_PAGES_AT_ONCE = 12


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    # === PREPARE === #

    def _phase_prepare(self, run_slice) -> None:
        """Read the small lists, and the date of the latest change before reading."""
        calls = {
            "details": lambda client: client.get_location(),
            "fields": lambda client: client.get_custom_fields(),
            "tags": lambda client: client.get_tags(),
            "users": lambda client: client.get_users(),
            "newest": _search_newest,
        }
        if self._may_be_large(run_slice):
            # To be known before the first page saves a round trip, a second at times.
            calls["latest"] = _search_latest
        answers = run_slice.ask_all(calls)
        newest = answers.pop("newest")
        if isinstance(newest, GhlError):
            raise newest
        latest = answers.pop("latest", None)
        last = None if isinstance(latest, GhlError) else _latest_added(latest)
        failed = {
            name: answers.pop(name)
            for name in list(answers)
            if isinstance(answers[name], GhlError)
        }
        for error in failed.values():
            if error.retryable:
                raise error
        run_slice.commit(lambda: self._store_prepared(answers, newest, last, failed))

    def _may_be_large(self, run_slice) -> bool:
        """Tell whether the sweep may want to cut windows, by what is known so far."""
        location = self.location_id
        least = MIN_PAGES_TO_SPLIT * run_slice.page_limit
        return (
            self.kind == "full"
            and run_slice.client.capabilities.can_split
            and (not location.ghl_total_at or location.ghl_total >= least)
        )

    def _store_prepared(self, answers: dict, newest, last, failed: dict) -> None:
        details = answers.pop("details", None)
        if details:
            self.location_id._store_details(details)
        self.location_id._store_references(answers)
        dates = [parse_ms(c.get("dateUpdated")) for c in newest.contacts]
        usable = [date for date in dates if date is not None and date < _future_ms()]
        self._save_checkpoint(mark=max(usable, default=None), last=last)
        # The token may read contacts and nothing else: names stay ids, nothing is lost.
        self._add_issues(
            [
                {"severity": "altered", "reason": f"{name} could not be read: {error}"}
                for name, error in failed.items()
            ]
        )
        self.phase = self._following_phase("prepare")

    def _following_phase(self, phase: str) -> str:
        phases = self._phases_left()
        return phases[phases.index(phase) + 1]

    def _save_checkpoint(self, **values) -> None:
        self.checkpoint = {**(self.checkpoint or {}), **values}

    # === SWEEP === #

    def _phase_sweep(self, run_slice) -> None:
        """Read every contact, window by window."""
        windows = [w for w in self._load_windows() if w.scope not in _CHANGES]
        if not windows:
            first = [Window(ALL)]
            if not run_slice.client.capabilities.undated_listed:
                first.append(Window(UNDATED))
            windows = run_slice.commit(lambda: self._add_windows(*first))
        self._read_windows(run_slice, windows, with_splits=True)
        run_slice.commit(self._count_seen)

    def _count_seen(self) -> None:
        """Count each contact once: windows that are split overlap by a page."""
        self.env["ghl.sync.page"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT count(DISTINCT seen.contact_id)
                  FROM ghl_sync_page,
                       jsonb_array_elements(contact_ids) AS seen(contact_id)
                 WHERE run_id = %s
                """,
                self.id,
            )
        )
        (seen,) = self.env.cr.fetchone()
        written = self.contacts_created + self.contacts_updated
        self.contacts_seen = seen
        self.contacts_unchanged = max(0, seen - written)

    # === DELTA === #

    def _phase_delta(self, run_slice) -> None:
        """Read what changed since the watermark, less the overlap for the index's lag.

        A contact that is edited during the walk moves to its end: it is seen again.
        """
        windows = [w for w in self._load_windows() if w.scope in _CHANGES]
        if not windows:
            lower = self._delta_lower()
            if lower is not None:
                able = run_slice.client.capabilities.can_select_dates
                window = Window(UPDATED if able else RECENT, lower=lower)
                windows = run_slice.commit(lambda: self._add_windows(window))
        self._read_windows(run_slice, windows, with_splits=False)
        positions = [w.newest for w in windows if w.newest is not None]
        run_slice.commit(lambda: self._raise_mark(positions))
        if self.kind == "delta":
            total = run_slice.ask(lambda client: client.count())
            run_slice.commit(lambda: self._check_total(total))

    def _delta_lower(self) -> int | None:
        """Return the moment (epoch ms) from which changes are read."""
        if self.kind == "full":
            mark = (self.checkpoint or {}).get("mark")
        else:
            mark = self.location_id.watermark_ms
        if not mark:
            return None
        return int(mark) - 1_000 * self.env["ghl.settings"]._int("delta_overlap")

    def _raise_mark(self, positions: list[int]) -> None:
        mark = (self.checkpoint or {}).get("mark")
        usable = [p for p in (mark, *positions) if p is not None and p < _future_ms()]
        self._save_checkpoint(mark=max(usable, default=mark))

    def _check_total(self, total: int | None) -> None:
        """Compare the totals after a delta; a verify closes a gap that is news."""
        if total is None:
            return
        location = self.location_id
        location._store_total(total)
        if total - location.contact_count != location.known_gap:
            self._join("verify")

    # === WINDOWS === #

    def _read_windows(
        self, run_slice, windows: list[Window], with_splits: bool
    ) -> None:
        """Read and store every page of the windows.

        :raise SliceOver: when the time is up; what was in flight has been stored
        """
        new: list[Window] = []
        cut: list[Window] = []

        def on_split(window: Window, later: Window) -> None:
            windows.append(later)
            new.append(later)
            cut.append(window)

        def before_next(window: Window) -> None:
            undated = self._open_up(run_slice, sweep, window, windows)
            if undated:
                windows.append(undated)
                new.append(undated)
                sweep.add(undated)

        def store(items, commit=run_slice.commit) -> None:
            commit(
                lambda: self._store_pages(run_slice, items, new, cut),
                processed=sum(len(fetched.batch) for _w, fetched in items) or 1,
            )

        sweep = Sweep(
            run_slice.fetch,
            windows,
            threads=run_slice.threads,
            page_limit=run_slice.page_limit,
            before_next=before_next,
            on_split=on_split if with_splits else None,
            last=(self.checkpoint or {}).get("last"),
        )
        try:
            while True:
                items = self._next_pages(run_slice, sweep)
                if not items:
                    return
                store(items)
                new.clear()
                cut.clear()
                self.location_id._drain_webhooks(run_slice)
        except (SliceOver, GhlError):
            # Time is up, or one window met trouble: the others' pages have travelled.
            for item in sweep.take_all():
                store([item], run_slice.save)
            raise
        finally:
            run_slice.stop.set()
            sweep.close()
            run_slice.stop.clear()

    def _next_pages(self, run_slice, sweep) -> list:
        """Return the pages that have arrived, at least one; none when all is read."""
        while True:
            try:
                return sweep.next_batch(MAX_PAGES_AT_ONCE)
            except GhlAuthError as err:
                run_slice.renew_token(err)
            except GhlPageLimitRefused:
                self._shrink_pages(run_slice, sweep)

    def _open_up(self, run_slice, sweep, window, windows) -> Window | None:
        """Go on by ranges once the first page has told that there is much to read.

        :return: a window for the contacts without date, where that is needed
        """
        least = MIN_PAGES_TO_SPLIT * run_slice.page_limit
        if window.scope != ALL or window.remaining < least:
            return None
        if not run_slice.client.capabilities.can_split:
            return None
        if sweep.last is None:
            sweep.last = _latest_added(run_slice.ask(_search_latest))
        if sweep.last is None:
            return None
        undated = open_up(window)
        self._save_checkpoint(last=sweep.last)
        return None if any(one.scope == UNDATED for one in windows) else undated

    def _shrink_pages(self, run_slice, sweep) -> None:
        if run_slice.page_limit <= FALLBACK_PAGE_LIMIT:
            raise
        run_slice.page_limit = sweep.page_limit = FALLBACK_PAGE_LIMIT
        connection = self.location_id.connection_id
        run_slice.save(
            lambda: connection.write({"page_limit_accepted": FALLBACK_PAGE_LIMIT})
        )

    def _store_pages(
        self, run_slice, items, new: list[Window], cut: list[Window]
    ) -> None:
        """Merge pages and move the checkpoint: one transaction, nothing in between.

        :param items: (window, fetched page) of pages that arrived together, all of one
            phase
        :param new: windows that have no row yet
        :param cut: windows that were cut in two since the last checkpoint
        """
        # A crash of PostgreSQL (not of Odoo) may undo the last half second: rows and
        # checkpoint together, so those pages are just read again.
        self.env.cr.execute("SET LOCAL synchronous_commit TO off")
        result = self.env["ghl.contact"]._merge_batches(
            self.location_id,
            [(fetched.batch, fetched.page.requested_at) for _w, fetched in items],
        )
        run_slice.expects_news = result.created + result.updated > result.unchanged
        self._count_pages(items, result)
        if result.seen_ids:
            page = {"run_id": self.id, "contact_ids": result.seen_ids}
            self.env["ghl.sync.page"].create(page)
        stored = list({id(window): window for window, _fetched in items}.values())
        stored += [window for window in new if window not in stored]
        self.env["ghl.sync.window"]._store(self, stored, cut)

    def _count_pages(self, items, result) -> None:
        """Add pages that were merged, and what is wrong with them, to the figures."""
        location = self.location_id
        values = {
            "attempt": 0,
            "error": False,
            "error_code": False,
            "contacts_created": self.contacts_created + result.created,
            "contacts_updated": self.contacts_updated + result.updated,
        }
        self._add_issues(result.issues)
        for window, fetched in items:
            page = fetched.page
            self._add_issues(
                [
                    {
                        "severity": "rejected",
                        "reason": "an entry of the page is no object",
                    }
                    for _item in page.rejected
                ]
            )
            if self.kind == "delta" and window.expected:
                values["contacts_expected"] = window.expected
            if self.kind == "full" and not self.contacts_expected and page.total:
                self.contacts_expected = page.total
                location._store_total(page.total)
        if self.kind == "delta" or any(w.scope not in _CHANGES for w, _page in items):
            # What a delta at the end of a full sync reads again was counted before.
            seen = sum(fetched.page.count for _w, fetched in items)
            values["contacts_seen"] = self.contacts_seen + seen
            values["contacts_unchanged"] = self.contacts_unchanged + result.unchanged
        self.write(values)
        if result.live_delta:
            location.contact_count += result.live_delta

    def _load_windows(self) -> list[Window]:
        rows = self.env["ghl.sync.window"].search(
            [("run_id", "=", self.id)], order="id"
        )
        return [row._to_window() for row in rows]

    def _add_windows(self, *windows: Window) -> list[Window]:
        self.env["ghl.sync.window"]._store(self, list(windows))
        return list(windows)


def _search_newest(client):
    """Return a page with the latest change, as far as that can be selected."""
    able = client.capabilities.can_select_dates
    return client.search(
        filters=Window(UPDATED, upper=_future_ms()).filters() if able else (),
        sort=[{"field": "dateUpdated", "direction": "desc"}],
        # Without a filter, typing errors in years to come stand first.
        page_limit=1 if able else FALLBACK_PAGE_LIMIT,
    )


def _search_latest(client):
    """Return a page with the contact that was added last."""
    return client.search(
        filters=Window(DATED).filters(),
        sort=[{"field": "dateAdded", "direction": "desc"}],
        page_limit=1,
    )


def _latest_added(page) -> int | None:
    """Return the date of the first contact of a page, if it has one."""
    contacts = page.contacts if page else []
    moment = parse_ms(contacts[0].get("dateAdded")) if contacts else None
    # A typing error in years to come would have windows cut where nobody is.
    return None if moment is None else min(moment, _future_ms())


def _future_ms() -> int:
    now = fields.Datetime.now() + timedelta(milliseconds=FUTURE_MS)
    return int(
        (now - fields.Datetime.to_datetime("1970-01-01")).total_seconds() * 1_000
    )
