"""A whole stack: PostgreSQL, the GHL sandbox and Odoo, connected to each other.

Demo, end-to-end tests, fault runs and benchmarks all start theirs here::

    with LiveStack("mine", locations=[("Big", 2431), ("Small", 11)]) as stack:
        stack.session().get(stack.url + "/api/installed-locations")
"""

import dataclasses
import json
import shutil
from pathlib import Path

from provision import paths
from provision.shell import Problem

from . import locks, ports, process, template
from .odoo_server import OdooServer
from .postgres import Postgres
from .sandbox_server import SandboxServer

LOGIN = PASSWORD = "admin"
# How long to wait for another command that uses a stack of the same name.
LOCK_SECONDS = 900


@dataclasses.dataclass
class Location:
    """One location of the stack: its name, both of its ids, its size upstream."""

    name: str
    size: int
    ghl_id: str = ""
    id: int = 0


class LiveStack:
    """Everything on loopback, under one folder, in one database, with free ports."""

    def __init__(
        self,
        name: str,
        locations: list[tuple],
        *,
        mirrored: tuple[int, ...] = (),
        port: int = 0,
        sandbox_arguments: tuple[str, ...] = (),
        odoo_arguments: tuple[str, ...] = (),
        workers: int = 0,
        cron_threads: int = 2,
        private_postgres: bool = False,
        keep: bool = False,
        connected: bool = True,
        watched: bool = False,
    ):
        """Say what the stack shall be; `start` makes it.

        :param str name: names folder and database; one stack of a name at a time.
        :param list locations: name and number of contacts of each, in the sandbox, and
            bulk imports as it takes them, if any.
        :param tuple mirrored: how many contacts of each are in the mirror at first.
        :param int port: Odoo's; 0 takes a free one.
        :param bool private_postgres: a server of its own, which may be killed.
        :param bool keep: keep database and sandbox tokens for the next start.
        :param bool connected: make the connection and its locations in Odoo.
        :param bool watched: have Odoo log each wait for GHL in an open transaction.
        """
        self.name, self.keep, self.connected = name, keep, connected
        self.folder = paths.state() / "stacks" / name
        # A kept database is shared with dev/odoo, so it uses the same file store.
        self.data = None if keep else self.folder
        self.database = name if keep else f"stack_{name}"
        self.locations = [Location(*one[:2]) for one in locations]
        self.mirrored = mirrored
        private = self.folder / "postgres" if private_postgres else None
        self.postgres = Postgres(private)
        self.sandbox = SandboxServer(
            self.folder,
            locations,
            arguments=sandbox_arguments,
            remember=keep,
        )
        self.odoo = OdooServer(
            self.postgres,
            self.database,
            port or ports.free(),
            self.folder,
            workers=workers,
            cron_threads=cron_threads,
            arguments=odoo_arguments,
            config_folder=self.data,
            watched=watched,
        )
        self.api_key = ""
        self._lock = None
        self._caller = None

    # -- life -------------------------------------------------------------------

    def __enter__(self) -> "LiveStack":
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_error) -> None:
        self.stop()

    def start(self) -> "LiveStack":
        """Start everything; a kept stack goes on where it was."""
        process.end_orphans()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = locks.take(f"stack-{self.name}", LOCK_SECONDS)
        self.postgres.start()
        remembered = self._remembered()
        if remembered:
            self.sandbox.port = remembered["sandbox_port"]
            if not ports.is_free(self.sandbox.port):
                self.sandbox.port = 0
        self.sandbox.start()
        for location, facts in zip(
            self.locations, self.sandbox.facts["locations"], strict=True
        ):
            location.ghl_id = facts["id"]
        if remembered:
            self._resume(remembered)
        else:
            self._build()
        self.odoo.start()
        return self

    def stop(self) -> None:
        """Stop everything that this started; drop the database unless it is kept."""
        if not self._lock:
            return
        if self.keep:
            self.odoo.stop()
        else:
            # Its database goes: what an orderly end takes seconds for is lost anyway.
            self.odoo.kill()
        self.sandbox.stop()
        if not self.keep and self.postgres.running():
            template.drop(self.postgres, self.database, self.data)
        self.postgres.leave()
        self._lock.close()
        self._lock = None

    def forget(self) -> None:
        """Drop the database and everything remembered of a kept stack."""
        self.postgres.start()
        template.drop(self.postgres, self.database, self.data)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.postgres.leave()

    # -- what tests and scripts use ----------------------------------------------

    @property
    def url(self) -> str:
        """Odoo's base address."""
        return self.odoo.url

    def session(self, login: str = LOGIN, password: str = PASSWORD):
        """Return a ``requests`` session that is logged in to Odoo."""
        import requests  # the demo does without it

        session = requests.Session()
        answer = session.post(
            f"{self.url}/web/session/authenticate",
            json={
                "jsonrpc": "2.0",
                "params": {"db": self.database, "login": login, "password": password},
            },
            timeout=60,
        ).json()
        if "error" in answer:
            raise Problem(f"{login} cannot log in: {answer['error']['message']}")
        # A browser sends this along with requests of the page itself.
        session.headers["Sec-Fetch-Site"] = "same-origin"
        return session

    def call(self, model: str, method: str, *arguments):
        """Call a public method of a model as the web client does, as its administrator.

        :raise Problem: when Odoo answers that it failed.
        """
        if self._caller is None:
            self._caller = self.session()
        answer = self._caller.post(
            f"{self.url}/web/dataset/call_kw/{model}/{method}",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "model": model,
                    "method": method,
                    "args": list(arguments),
                    "kwargs": {},
                },
            },
            timeout=300,
        ).json()
        if "error" in answer:
            raise Problem(f"{model}.{method}: {answer['error']['data']['message']}")
        return answer.get("result")

    def sql(self, query: str, values=None) -> list[tuple]:
        """Run a query in the stack's database and return its rows."""
        return self.postgres.rows(query, values, self.database)

    def switch_other_jobs_off(self) -> None:
        """Leave the workers to the addon's own scheduled actions.

        In a fresh database all of Odoo's are due, ahead of ours.
        """
        self.sql(
            "UPDATE ir_cron SET active = FALSE WHERE id NOT IN ("
            "SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND module = %s "
            "UNION SELECT cron_id FROM ghl_location WHERE cron_id IS NOT NULL)",
            [paths.ADDON],
        )

    def control(self, method: str, path: str, body=None):
        """Call the sandbox's control address, e.g. ``("GET", "/stats")``."""
        return self.sandbox.request(method, f"/_sandbox{path}", body)

    def shell(self, code: str, variables: dict | None = None) -> str:
        """Run Python code in ``odoo shell`` and return what it printed, log and all.

        :raise Problem: when the code raises.
        """
        log = self.folder / "shell.log"
        arguments = ["shell", f"--database={self.database}", "--no-http"]
        status = template.run_odoo(
            self.postgres, arguments, log, self.data, code, variables
        )
        text = log.read_text(errors="replace")
        if status or "Traceback (most recent call last)" in text:
            raise Problem(f"Code failed in Odoo's shell: see {log}")
        return text

    # -- inside -----------------------------------------------------------------

    @property
    def _memory(self) -> Path:
        return self.folder / "stack.json"

    def _shape(self) -> list:
        return [[location.name, location.size] for location in self.locations]

    def _remembered(self) -> dict | None:
        """Return what an earlier start left, if it is still what is wanted."""
        try:
            remembered = json.loads(self._memory.read_text())
        except (OSError, ValueError):
            return None
        if not self.keep or remembered["shape"] != self._shape():
            return None
        return remembered if self.postgres.has_database(self.database) else None

    def _remember(self) -> None:
        facts = {
            "shape": self._shape(),
            "sandbox_port": self.sandbox.port,
            "fingerprint": template.fingerprint(),
            "api_key": self.api_key,
            "locations": [location.id for location in self.locations],
        }
        scratch = self._memory.with_suffix(".tmp")
        scratch.touch(mode=0o600)
        scratch.write_text(json.dumps(facts))
        scratch.rename(self._memory)

    def _build(self) -> None:
        """Make the database; it counts only once ``stack.json`` is written."""
        self._memory.unlink(missing_ok=True)
        template.create(self.postgres, self.database, self.data)
        if self.connected:
            self._seed()
        self._remember()

    def _seed(self) -> None:
        wanted = []
        for number, location in enumerate(self.locations):
            count = self.mirrored[number] if number < len(self.mirrored) else 0
            contacts = self.sandbox.search(location.ghl_id, count) if count else []
            wanted.append(
                {
                    "name": location.name,
                    "ghl_id": location.ghl_id,
                    "contacts": contacts,
                }
            )
        order = {
            "api_base_url": self.sandbox.url,
            "connection": self.sandbox.facts["companyName"],
            "token": self.sandbox.facts["agencyPit"],
            "locations": wanted,
        }
        exchange = self.folder / "seed.json"
        exchange.touch(mode=0o600)
        exchange.write_text(json.dumps(order))
        code = (paths.DEV / "stack" / "seed.py").read_text()
        self.shell(code, {"STACK_SEED": str(exchange)})
        seeded = json.loads(exchange.read_text())
        exchange.unlink()
        self.api_key = seeded["api_key"]
        for location, made in zip(self.locations, seeded["locations"], strict=True):
            location.id = made["id"]

    def _resume(self, remembered: dict) -> None:
        self.api_key = remembered["api_key"]
        for location, number in zip(
            self.locations, remembered["locations"], strict=True
        ):
            location.id = number
        if remembered["fingerprint"] != template.fingerprint():
            self._update()
        self.sql(
            "UPDATE ir_config_parameter SET value = %s WHERE key = %s",
            [self.sandbox.url, "ghl_contact_sync.api_base_url"],
        )
        self._remember()

    def _update(self) -> None:
        log = self.folder / "update.log"
        arguments = ["server", f"--database={self.database}", "--stop-after-init"]
        arguments += [f"--update={paths.ADDON}", "--no-http", "--max-cron-threads=0"]
        if template.run_odoo(self.postgres, arguments, log, self.data):
            raise Problem(
                f"The addon's update failed: see {log}, or run make demo-reset."
            )
