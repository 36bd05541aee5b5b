"""The stack that is tormented, and how a scenario steers it from outside."""

import contextlib
import re
import time
from urllib.parse import parse_qs, urlsplit

import psycopg2
import requests

from stack.live import LiveStack
from stack.mirror import ACTIONS

# Odoo names its cron threads nowhere but where one of them breaks down.
_CRON_THREAD = re.compile(rb"odoo\.service\.cron\.cron\d+")
ACTIVE = "state IN ('queued', 'running', 'waiting')"
# Odoo or PostgreSQL may be down for that long, seconds.
DOWN = 180
CRON_THREADS = 2
# The version of the vendor's API.
VERSION = "2021-07-28"


class Rig:
    """One live stack; each scenario has a location and a connection of its own."""

    def __init__(self, stack: LiveStack):
        """:param LiveStack stack: with a private PostgreSQL, which gets killed too."""
        self.stack = stack
        self._session: requests.Session | None = None
        self._log_start = 0
        self.call("ir.config_parameter", "set_param", "web.base.url", stack.url)
        self.configure(page_limit=100, order_rate_limit=10_000)
        # The database was copied a moment ago: a crash need not replay all of that.
        stack.sql("CHECKPOINT")
        stack.switch_other_jobs_off()

    # -- Odoo -------------------------------------------------------------------

    def nurse(self, ends: int = 1) -> None:
        """Do what a service manager does: start Odoo again when it is not well.

        A cron thread that finds PostgreSQL down ends for good.

        :param int ends: with fewer ended cron threads Odoo is left alone
        """
        odoo = self.stack.odoo
        if odoo.process and odoo.process.alive() and self._ended_threads() < ends:
            return
        self.restart_odoo()

    def restart_odoo(self) -> None:
        """Kill Odoo, if it runs, and start it."""
        self.stack.odoo.kill()
        self._log_start = self.log_size()
        self.stack.odoo.start()

    def log_size(self) -> int:
        """Return how long Odoo's log is now."""
        return self.stack.odoo.log.stat().st_size

    def _ended_threads(self) -> int:
        """Return how many cron threads have ended since Odoo started.

        Nothing but their last words in the log tells: PostgreSQL does not show who
        listens, and other sessions look the same. Two that end at once write their
        lines into each other; a name stays whole.
        """
        with self.stack.odoo.log.open("rb") as log:
            log.seek(self._log_start)
            return len(set(_CRON_THREAD.findall(log.read())))

    def configure(self, **settings) -> None:
        """Set parameters of the addon."""
        for name, value in settings.items():
            key = f"ghl_contact_sync.{name}"
            self.call("ir.config_parameter", "set_param", key, str(value))

    def call(self, model: str, method: str, *arguments):
        """Call a method as the web client does, as long as it takes to get through."""
        deadline = time.monotonic() + DOWN
        while True:
            try:
                return self._call(model, method, arguments)
            except (requests.RequestException, ValueError, psycopg2.Error):
                self._session = None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)

    def _call(self, model: str, method: str, arguments):
        if self._session is None:
            self._session = self.stack.session()
        answer = self._session.post(
            f"{self.stack.url}/web/dataset/call_kw",
            json={
                "params": {
                    "model": model,
                    "method": method,
                    "args": list(arguments),
                    "kwargs": {},
                }
            },
            timeout=DOWN,
        ).json()
        if "error" in answer:
            data = answer["error"].get("data") or {}
            if "psycopg2" in str(data.get("name")):
                raise requests.RequestException(data.get("name"))
            raise RuntimeError(f"{model}.{method}: {data.get('message') or answer}")
        return answer.get("result")

    def sql(self, query: str, values=None) -> list[tuple]:
        """Run a query in the stack's database, when it is up."""
        deadline = time.monotonic() + DOWN
        while True:
            try:
                return self.stack.sql(query, values)
            except psycopg2.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    # -- a scenario's own location ------------------------------------------------

    def new_location(self, plan) -> "Tenant":
        """Make a location upstream and connect it, as `plan` says."""
        self.stack.control("POST", "/reset")
        # First of all, since the vendor's clock must not jump afterwards.
        self.stack.control("PATCH", "/settings", plan.settings)
        spec = {"name": f"Scenario {plan.seed}", "size": plan.size, "seed": plan.seed}
        if plan.bad:
            spec["bad"] = plan.bad
        if plan.imports:
            spec["imports"] = plan.imports
        ghl_id = self.stack.control("POST", "/locations", spec)["id"]
        return self._connect_oauth(ghl_id) if plan.oauth else self._connect_pit(ghl_id)

    def _connect_pit(self, ghl_id: str) -> "Tenant":
        order = {"kind": "pit", "location": ghl_id}
        token = self.stack.control("POST", "/tokens", order)["token"]
        connection = self._create(
            "ghl.connection",
            {"name": "Scenario", "auth_kind": "pit", "private_token": token},
        )
        location = self._create(
            "ghl.location",
            {
                "name": "Scenario",
                "ghl_id": ghl_id,
                "connection_id": connection,
                "auto_sync": False,
            },
        )
        return Tenant(ghl_id, location, connection, [token], oauth=False)

    def _connect_oauth(self, ghl_id: str) -> "Tenant":
        """Go the way of a person's browser."""
        app = self.stack.sandbox.facts["app"]
        self.stack.control("POST", "/install", {"locations": [ghl_id]})
        connection = self._create(
            "ghl.connection",
            {
                "name": "Scenario",
                "auth_kind": "oauth",
                "client_id": app["clientId"],
                "client_secret": app["clientSecret"],
            },
        )
        action = self.call("ghl.connection", "action_connect", [connection])
        chooser = self._visit(action["url"]).headers["Location"]
        asked = {k: v[0] for k, v in parse_qs(urlsplit(chooser).query).items()}
        order = {
            "locations": [ghl_id],
            "redirect_uri": asked["redirect_uri"],
            "state": asked.get("state"),
        }
        self._visit(self.stack.control("POST", "/authorize", order)["redirect"])
        location = self._await_location(ghl_id)
        self.call("ghl.location", "write", [location], {"auto_sync": False})
        tokens = self.sql(
            "SELECT access_token, refresh_token FROM ghl_oauth_token "
            "WHERE connection_id = %s",
            [connection],
        )
        secrets = [*tokens[0], app["clientSecret"]]
        return Tenant(ghl_id, location, connection, secrets, oauth=True)

    def _await_location(self, ghl_id: str) -> int:
        """Return the id of a location that a connection brings in the background."""
        deadline = time.monotonic() + DOWN
        while time.monotonic() < deadline:
            found = self.sql("SELECT id FROM ghl_location WHERE ghl_id = %s", [ghl_id])
            if found:
                return found[0][0]
            time.sleep(0.2)
        raise RuntimeError("The OAuth connection brought no location.")

    def _visit(self, address: str) -> requests.Response:
        url = address if "://" in address else self.stack.url + address
        answer = self._session.get(url, allow_redirects=False, timeout=DOWN)
        answer.raise_for_status()
        return answer

    def _create(self, model: str, values: dict) -> int:
        made = self.call(model, "create", [values])
        return made[0] if isinstance(made, list) else made

    def drop_location(self, tenant: "Tenant") -> None:
        """Remove a scenario's location on both sides."""
        for model, number in (
            ("ghl.location", tenant.id),
            ("ghl.connection", tenant.connection),
        ):
            # An attempt of which the answer was lost may have done it already.
            found = self.call(model, "search", [("id", "=", number)])
            self.call(model, "unlink", found)
        self.stack.control("DELETE", f"/locations/{tenant.ghl_id}")

    # -- runs -------------------------------------------------------------------

    def order(self, tenant: "Tenant", kind: str) -> None:
        """Order a sync as the buttons of the location's form do."""
        self.call("ghl.location", ACTIONS[kind], [tenant.id])

    def watch(self, tenant: "Tenant") -> None:
        """Look at the state of the sync as the page does while somebody watches."""
        with contextlib.suppress(requests.RequestException):
            requests.get(
                f"{self.stack.url}/api/sync-status",
                params={"location_id": tenant.ghl_id},
                headers={"Authorization": f"Bearer {self.stack.api_key}"},
                timeout=DOWN,
            )

    def renew_token(self, tenant: "Tenant") -> None:
        """Do what a person does whose private token has been replaced upstream."""
        if tenant.oauth:
            return
        url = f"{self.stack.sandbox.url}/locations/{tenant.ghl_id}"
        headers = {"Authorization": f"Bearer {tenant.secrets[0]}", "Version": VERSION}
        if requests.get(url, headers=headers, timeout=DOWN).status_code != 401:
            return
        order = {"kind": "pit", "location": tenant.ghl_id}
        token = self.stack.control("POST", "/tokens", order)["token"]
        tenant.secrets.insert(0, token)
        self.call(
            "ghl.connection", "write", [tenant.connection], {"private_token": token}
        )

    def wake(self, tenant: "Tenant") -> None:
        """Make the location's cron due now, as its trigger or the watchdog does."""
        self.sql(
            "INSERT INTO ir_cron_trigger (cron_id, call_at) "
            "SELECT cron_id, now() AT TIME ZONE 'utc' FROM ghl_location WHERE id = %s",
            [tenant.id],
        )
        self.stack.postgres.rows(
            "SELECT pg_notify('cron_trigger', %s)", [self.stack.database]
        )

    def is_worked_on(self, tenant: "Tenant") -> bool:
        """Tell whether a process holds the location's lock."""
        held = self.sql(
            "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE l.locktype = 'advisory' AND l.granted AND l.objid = %s "
            "AND d.datname = current_database()",
            [tenant.id],
        )
        return bool(held)

    def requests_of(self, tenant: "Tenant") -> int:
        """Return how many requests the vendor has had for the location."""
        stats = self.stack.control("GET", "/stats")["by_location"]
        return stats.get(tenant.ghl_id, {}).get("requests", 0)


class Tenant:
    """A scenario's location: ids, and the secrets that no log may hold."""

    def __init__(
        self, ghl_id: str, id: int, connection: int, secrets: list[str], oauth: bool
    ):
        """:param int id: of the ghl.location. :param int connection: its id."""
        self.ghl_id, self.id, self.connection = ghl_id, id, connection
        self.secrets, self.oauth = secrets, oauth
