"""Acts on our side while a run is busy: crashes, locks, orders, edits."""

import contextlib
import random
import signal
import threading
import time

import psycopg2

from . import menu
from .plan import Act
from .rig import ACTIVE, CRON_THREADS, Rig, Tenant

# Rows that a run writes, in the order opposite to the run's own.
_RUN = f"UPDATE ghl_sync_run SET attempt = attempt WHERE location_id = %s AND {ACTIVE}"
_LOCATION = "UPDATE ghl_location SET known_gap = known_gap WHERE id = %s"
_CONTACTS = """
    UPDATE ghl_contact SET observed_at = observed_at
     WHERE id IN (SELECT id FROM ghl_contact WHERE location_id = %s
                   ORDER BY random() LIMIT 200)
"""


class Stage:
    """The acts of one step; those that last run in threads."""

    def __init__(self, rig: Rig, tenant: Tenant):
        """:param Tenant tenant: the location whose run is disturbed."""
        self.rig, self.tenant = rig, tenant
        self._threads: list[threading.Thread] = []

    def play(self, act: Act) -> None:
        """Do one act; return when it is done, or under way."""
        rng = random.Random(act.seed)
        getattr(self, f"_{act.name}")(rng)

    def leave(self) -> None:
        """Wait for what is still under way."""
        for thread in self._threads:
            thread.join()
        with contextlib.suppress(OSError):
            path = f"/locations/{self.tenant.ghl_id}/churn"
            self.rig.stack.control("DELETE", path)

    # -- crashes ----------------------------------------------------------------

    def _kill(self, _rng) -> None:
        self.rig.restart_odoo()

    def _postgres_fast(self, _rng) -> None:
        self._restart_postgres(signal.SIGINT)

    def _postgres_crash(self, _rng) -> None:
        self._restart_postgres(signal.SIGQUIT)

    def _restart_postgres(self, mode: signal.Signals) -> None:
        self.rig.stack.postgres.stop(mode)
        self.rig.stack.postgres.start()
        # Watched, too: a thread that was busy finds its session gone only later.
        self.rig.nurse(ends=CRON_THREADS)

    # -- other sessions of the database --------------------------------------------

    def _lock(self, rng) -> None:
        self._aside(self._hold, rng.uniform(0.2, 1.5), [_CONTACTS])

    def _deadlock(self, rng) -> None:
        order = [_RUN, _LOCATION, _CONTACTS]
        for _number in range(3):
            self._aside(self._hold, rng.uniform(0.05, 0.4), rng.sample(order, 3))

    def _clash(self, rng) -> None:
        self._aside(self._nag, rng.uniform(1, 3))

    def _hold(self, seconds: float, statements: list[str]) -> None:
        """Lock rows one after the other in one transaction."""
        with self._session() as connection, connection.cursor() as cursor:
            connection.autocommit = False
            for statement in statements:
                cursor.execute(statement, [self.tenant.id])
                time.sleep(seconds)
            connection.commit()

    def _nag(self, seconds: float) -> None:
        """Commit writes to the run's rows all the while, so that its own conflict."""
        until = time.monotonic() + seconds
        with self._session() as connection, connection.cursor() as cursor:
            while time.monotonic() < until:
                for statement in (_RUN, _LOCATION, _CONTACTS):
                    cursor.execute(statement, [self.tenant.id])
                time.sleep(0.05)

    def _session(self):
        return self.rig.stack.postgres.connect(self.rig.stack.database)

    def _aside(self, work, *arguments) -> None:
        def guarded():
            # Deadlock victims and restarts of the server end these sessions too.
            with contextlib.suppress(psycopg2.Error):
                work(*arguments)

        self._threads.append(threading.Thread(target=guarded))
        self._threads[-1].start()

    # -- the vendor's side ----------------------------------------------------------

    def _edits(self, rng) -> None:
        self._post("edits", menu.edits(rng, 40))

    def _churn(self, rng) -> None:
        spec = {"seconds": rng.randint(1, 4), "per_second": rng.choice((10, 40))}
        with contextlib.suppress(OSError):  # it is being edited already
            self._post("churn", {**spec, "seed": rng.randrange(10**6)})

    def _expire(self, _rng) -> None:
        body = {"location": self.tenant.ghl_id}
        self.rig.stack.control("POST", "/tokens/expire", body)

    def _post(self, what: str, body: dict) -> None:
        path = f"/locations/{self.tenant.ghl_id}/{what}"
        self.rig.stack.control("POST", path, body)

    # -- people -----------------------------------------------------------------

    def _cancel(self, rng) -> None:
        self.rig.call("ghl.location", "action_cancel_sync", [self.tenant.id])
        self._order(rng)

    def _order(self, rng) -> None:
        self.rig.order(self.tenant, rng.choice(("full", "delta", "verify")))
