"""Our own contestant: the whole product, on a live server, ordered from outside."""

import time
from typing import NamedTuple

import psycopg2
import requests

from provision.shell import Problem, say
from stack.live import LiveStack, Location
from stack.mirror import ACTIONS

from . import webhook_rig as rig
from .clock import memory_of
from .meter import Meter
from .results import Sample

# A database session reports its statistics ten seconds after it fell idle.
STATISTICS_SECONDS = 11
POLL = 0.05
# The scheduled action that makes the indexes of large mirrors.
LISTS = "Indexes of Contacts"
# Odoo wakes its cron workers at least once a minute.
REST = 90
# A run without a page for so long has stopped for good.
PATIENCE = 300

_CLEAR = """
    TRUNCATE ghl_contact, ghl_contact_ghl_tag_rel CASCADE;
    DELETE FROM ghl_sync_run;
    UPDATE ghl_location
       SET contact_count = 0, watermark_ms = NULL, last_full_at = NULL,
           last_sync_at = NULL, last_delta_at = NULL, last_verify_at = NULL,
           proven_complete_at = NULL, known_gap = 0, ghl_total = 0, ghl_total_at = NULL;
"""
_ACTIVE = "state IN ('queued', 'running', 'waiting')"


class Point(NamedTuple):
    """How far the ordered syncs were at a moment: contacts seen, and new ones."""

    at: float
    seen: int
    created: int


class Product:
    """A live stack, and how a user has it sync."""

    def __init__(self, stack: LiveStack):
        self.stack = stack
        self.memory_idle: int | None = None
        # The bench orders more syncs in a minute than a person may.
        self.set_parameter("order_rate_limit", "10000")
        # Indexes of large mirrors are made when a case says so, not beside others.
        stack.call("ir.cron", "write", self._find_cron(LISTS), {"active": False})
        self._rest()

    def set_parameter(self, name: str, value: str) -> None:
        """Store a system parameter of the addon."""
        rig.set_settings(self.stack, **{name: value})

    def restart(self) -> None:
        """Start the server anew, as it is before the first sync."""
        self.stack.odoo.restart()
        self._rest()

    def clear(self) -> None:
        """Empty the mirror, as before the first fill."""
        self.stack.sql(_CLEAR)

    def sync(self, kind: str, *locations: Location) -> Sample:
        """Order a sync of locations and wait until all of it is done.

        :return: the size of what was synced, by the wall's clock from the first order
        :raise Problem: when a run does not end as done
        """
        self.stack.control("DELETE", "/stats")
        meter = Meter(
            self.stack.postgres,
            self.stack.database,
            self.stack.sandbox.process.pid,
            self.stack.odoo.pid,
        )
        with self.stack.postgres.connect(self.stack.database) as watch, meter:
            since = time.monotonic()
            runs = [self._order(kind, location) for location in locations]
            course = self._wait(watch, runs)
            seconds = time.monotonic() - since
        sample = Sample(sum(location.size for location in locations), seconds)
        sample.cpu = {who: meter.cpu(who) for who in ("client", "database", "sandbox")}
        stats = self.stack.control("GET", "/stats")
        sample.figures = {
            "requests": stats["requests"],
            "rate_limited": stats["rate_limited"],
            "most_in_flight": stats["max_in_flight"],
            "requests_per_second": stats["requests"] / seconds,
            "run_seconds": self._run_seconds(runs),
            "first_seconds": _first_seconds(course, since),
            "there_seconds": _there_seconds(course, since),
            "rate_last_tenth": _last_rate(course),
            "memory_peak_mb": meter.peak_memory / 2**20,
            "memory_idle_mb": (self.memory_idle or 0) / 2**20,
        }
        return sample

    def make_lists_fast(self) -> None:
        """Have the indexes of large mirrors made, beside all other work."""
        self.stack.call("ir.cron", "method_direct_trigger", self._find_cron(LISTS))

    def _find_cron(self, name: str) -> list[int]:
        return self.stack.call(
            "ir.cron",
            "search",
            [("cron_name", "ilike", name), ("active", "in", [True, False])],
        )

    def is_exact(self, *locations: Location) -> bool:
        """Tell whether the mirror holds as many live contacts as there are, proven."""
        rows = self.stack.sql(
            """
            SELECT l.ghl_id, l.contact_count, l.proof_state, l.proof_message,
                   (SELECT count(*) FROM ghl_contact c
                     WHERE c.location_id = l.id AND c.active)
              FROM ghl_location l WHERE l.id = ANY(%s)
            """,
            [[location.id for location in locations]],
        )
        exact = True
        for ghl_id, stored, proof, message, counted in rows:
            path = f"/locations/{ghl_id}/summary"
            total = self.stack.control("GET", path)["total"]
            as_told = stored == counted == total and proof == "proven"
            if not as_told:
                say(f"  not exact: {counted} of {total}, {stored} known; {message}")
            exact &= as_told
        return exact

    def table_figures(self) -> dict:
        """Return the counters of PostgreSQL for the table of contacts, when settled."""
        time.sleep(STATISTICS_SECONDS)
        names = ("n_tup_ins", "n_tup_upd", "n_tup_del", "seq_scan")
        rows = self.stack.sql(
            f"SELECT {', '.join(names)} FROM pg_stat_user_tables "
            "WHERE relname = 'ghl_contact'"
        )
        return dict(zip(names, rows[0], strict=True))

    def versions(self) -> dict:
        """Return the versions of Odoo and the addon, as the server tells them."""
        answer = requests.post(
            f"{self.stack.url}/web/webclient/version_info", json={}, timeout=60
        ).json()
        (addon,) = self.stack.sql(
            "SELECT latest_version FROM ir_module_module WHERE name = %s",
            ["ghl_contact_sync"],
        )
        return {"odoo": answer["result"]["server_version"], "addon": addon[0]}

    def _rest(self) -> None:
        """Wait until Odoo's own overdue jobs are done; note what it holds when idle.

        A new database has a dozen of them, which is no part of any sync.
        """
        query = (
            "SELECT count(*) FROM ir_cron WHERE active "
            "AND nextcall <= now() AT TIME ZONE 'UTC'"
        )
        deadline = time.monotonic() + REST
        while self.stack.sql(query)[0][0] and time.monotonic() < deadline:
            time.sleep(0.5)
        time.sleep(2)
        self.memory_idle = memory_of(self.stack.odoo.pid)

    def _order(self, kind: str, location: Location) -> int:
        if kind == "full":
            answer = requests.post(
                f"{self.stack.url}/api/sync-location-contacts",
                json={"location_id": location.ghl_id},
                headers={"Authorization": f"Bearer {self.stack.api_key}"},
                timeout=60,
            )
            answer.raise_for_status()
            return answer.json()["run_id"]
        self.stack.call("ghl.location", ACTIONS[kind], [location.id])
        rows = self.stack.sql(
            "SELECT max(id) FROM ghl_sync_run WHERE location_id = %s", [location.id]
        )
        return rows[0][0]

    def _wait(self, connection, runs: list[int]) -> list[Point]:
        """Wait for runs and what follows them; return how far they were when."""
        query = f"""
            SELECT count(*) FILTER (WHERE {_ACTIVE}), COALESCE(sum(contacts_seen), 0),
                   COALESCE(sum(requests_sent), 0),
                   COALESCE(sum(contacts_created), 0)
              FROM ghl_sync_run WHERE id >= %s
        """
        course: list[Point] = []
        moved, last = time.monotonic(), None
        while True:
            with connection.cursor() as cursor:
                cursor.execute(query, [min(runs)])
                active, *progress = cursor.fetchone()
            now = time.monotonic()
            course.append(Point(now, progress[0], progress[2]))
            if not active:
                break
            if progress != last:
                moved, last = now, progress
            if now - moved > PATIENCE:
                raise Problem(f"A sync stands still: see {self.stack.odoo.log}")
            time.sleep(POLL)
        self._check(connection, runs)
        return course

    def _check(self, connection, runs: list[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT state, error FROM ghl_sync_run WHERE id >= %s "
                "AND state <> 'done' LIMIT 1",
                [min(runs)],
            )
            for state, error in cursor.fetchall():
                raise Problem(f"A sync ended as {state}: {error}")

    def _run_seconds(self, runs: list[int]) -> float:
        """Return how long the runs took by their own record (whole seconds)."""
        rows = self.stack.sql(
            "SELECT extract(epoch FROM max(finished_at) - min(started_at))::float "
            "FROM ghl_sync_run WHERE id >= %s",
            [min(runs)],
        )
        return rows[0][0]


def _first_seconds(course: list[Point], since: float) -> float | None:
    """Return the seconds until the first contacts were stored."""
    return next((point.at - since for point in course if point.seen), None)


def _there_seconds(course: list[Point], since: float) -> float | None:
    """Return the seconds until every contact that was new was stored."""
    most = course[-1].created
    if not most:
        return None
    return next(point.at - since for point in course if point.created >= most)


def _last_rate(course: list[Point]) -> float | None:
    """Return the rate at which the last tenth of the contacts came."""
    most = max((point.seen for point in course), default=0)
    part = [(at, seen) for at, seen, _new in course if seen >= 0.9 * most]
    first = part[0] if part else None
    full = next((point for point in part if point[1] >= most), None)
    if not full or full[0] == first[0]:
        return None
    return (full[1] - first[1]) / (full[0] - first[0])


def last_refusals(stack: LiveStack, start: float) -> int:
    """Count requests refused more than `start` seconds after the first one."""
    log = stack.control("GET", "/requests?last=5000")
    if not log:
        return 0
    begin = min(entry["time"] for entry in log) + start
    return sum(entry["status"] == 429 and entry["time"] > begin for entry in log)


def server_version(stack: LiveStack) -> str:
    """Return PostgreSQL's version."""
    try:
        return stack.sql("SHOW server_version")[0][0]
    except psycopg2.Error:
        return "unknown"
