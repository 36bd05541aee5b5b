"""The other ways to fill a mirror, each in its own process and its own database."""

import json
import os
import sys
import time
from pathlib import Path

from provision import lock, odoo, paths, python
from provision.shell import Problem, say
from stack import process, template
from stack.live import LiveStack, Location

from ..meter import Meter
from ..order import PAGE
from ..results import Sample

ADDONS = Path(__file__).parent / "addons"
REQUIREMENTS = "bench.txt"


class Rivals:
    """Prepares databases for the rivals of a stack and lets them run."""

    def __init__(self, stack: LiveStack):
        self.stack = stack
        self.folder = stack.folder / "rivals"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._databases: set[str] = set()
        self._samples: dict[int, Location] = {}
        self._dlt_python: Path | None = None

    def __enter__(self) -> "Rivals":
        return self

    def __exit__(self, *_error) -> None:
        if self.stack.postgres.running() or self.stack.postgres.external:
            for database in self._databases:
                template.drop(self.stack.postgres, database, self.folder)

    def location(self, size: int) -> Location:
        """Return a location of the sandbox of that size, which Odoo does not know."""
        if size not in self._samples:
            facts = self.stack.control(
                "POST",
                "/locations",
                {"name": f"Sample of {size}", "size": size, "clean": True},
            )
            self._samples[size] = Location("Sample", size, facts["id"])
        return self._samples[size]

    def floor(self, location: Location, *, keep: bool = False) -> Sample:
        """Fill a bare table; `keep` leaves what is there, so that nothing changes."""
        return self._run("floor", location, self._plain(), {"keep": keep})

    def dlt(self, location: Location) -> Sample:
        """Let dlt fill a fresh dataset."""
        if not self._dlt_python:
            with lock.only_one():
                self._dlt_python = python.environment("bench", REQUIREMENTS)
        order = {"folder": str(self.folder / "dlt")}
        return self._run("dlt", location, self._plain(), order, self._dlt_python)

    def one_by_one(self, location: Location) -> Sample:
        """Let the ORM search, then create or write, contact by contact."""
        return self._orm("one_by_one", location)

    def batched(self, location: Location) -> Sample:
        """Let the ORM create a page at a time."""
        return self._orm("batched", location)

    def dlt_version(self) -> str:
        """Return the version that is pinned."""
        text = (paths.DEV / "requirements" / REQUIREMENTS).read_text()
        return next(
            line.partition("==")[2] for line in text.splitlines() if line[:3] == "dlt"
        )

    # -- inside -----------------------------------------------------------------

    def _plain(self) -> str:
        return self._database(
            "bench_plain",
            lambda name: self.stack.postgres.rows(f'CREATE DATABASE "{name}"'),
        )

    def _database(self, name: str, make) -> str:
        if name not in self._databases:
            template.drop(self.stack.postgres, name, self.folder)
            self._databases.add(name)
            make(name)
        return name

    def _order(self, name: str, location: Location, more: dict) -> tuple[Path, Path]:
        order = self.folder / f"{name}.order.json"
        result = self.folder / f"{name}.result.json"
        result.unlink(missing_ok=True)
        order.touch(mode=0o600)
        order.write_text(
            json.dumps(
                {
                    "url": self.stack.sandbox.url,
                    "token": self.stack.sandbox.facts["agencyPit"],
                    "location": location.ghl_id,
                    "contacts": location.size,
                    "page": PAGE,
                    "dev": str(paths.DEV),
                    "result": str(result),
                    **more,
                }
            )
        )
        return order, result

    def _run(
        self,
        name: str,
        location: Location,
        database: str,
        more: dict,
        interpreter: Path | None = None,
    ) -> Sample:
        order, result = self._order(name, location, more)
        variables = {k: v for k, v in os.environ.items() if k[:2] != "PG"}
        variables |= self.stack.postgres.environment()
        variables |= {"BENCH_ORDER": str(order), "PGDATABASE": database}
        script = Path(__file__).parent / f"rival_{name}.py"
        log = self.folder / f"{name}.log"
        with self._meter(database) as meter:
            rival = process.Process(
                name, [interpreter or sys.executable, script], variables, log
            )
            try:
                while rival.alive():
                    time.sleep(0.05)
            finally:
                rival.stop()
        return self._sample(name, result, log, meter)

    def _orm(self, way: str, location: Location) -> Sample:
        database = self._database("bench_orm", self._make_orm)
        order, result = self._order(way, location, {"way": way})
        code = (Path(__file__).parent / "rival_orm.py").read_text()
        log = self.folder / f"{way}.log"
        arguments = ["shell", f"--database={database}", "--no-http", _addons_path()]
        with self._meter(database) as meter:
            template.run_odoo(
                self.stack.postgres,
                arguments,
                log,
                self.folder,
                code,
                {"BENCH_ORDER": str(order)},
            )
        return self._sample(way, result, log, meter)

    def _make_orm(self, database: str) -> None:
        say("Installing the model that the ORM fills …")
        template.create_bare(self.stack.postgres, database, self.folder)
        arguments = ["server", f"--database={database}", "--init=ghl_bench_orm"]
        arguments += ["--stop-after-init", "--no-http", "--max-cron-threads=0"]
        arguments.append(_addons_path())
        log = self.folder / "install.log"
        template.run_odoo(self.stack.postgres, arguments, log, self.folder)

    def _meter(self, database: str) -> Meter:
        sandbox = self.stack.sandbox.process.pid
        return Meter(self.stack.postgres, database, sandbox)

    def _sample(self, name: str, result: Path, log: Path, meter: Meter) -> Sample:
        try:
            told = json.loads(result.read_text())
        except (OSError, ValueError):
            raise Problem(f"{name} did not finish: see {log}") from None
        if told["stored"] != told["contacts"]:
            raise Problem(
                f"{name} stored {told['stored']} of {told['contacts']} contacts."
            )
        cpu = {
            "client": told["cpu"],
            "database": meter.cpu("database"),
            "sandbox": meter.cpu("sandbox"),
        }
        return Sample(told["contacts"], told["seconds"], cpu)


def _addons_path() -> str:
    folders = [*odoo.addons_paths(), ADDONS]
    return f"--addons-path={','.join(map(str, folders))}"
