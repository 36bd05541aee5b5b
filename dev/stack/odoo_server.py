"""An Odoo server on loopback that can be stopped, killed and started again."""

import time
import urllib.error
import urllib.request
from pathlib import Path

from provision.shell import Problem

from . import configuration, ports
from .postgres import Postgres
from .process import Process

START_SECONDS = 180
# Loads `dev/stack/addons/ghl_watch` besides what Odoo loads anyway.
WATCH = ("--load=base,rpc,web,ghl_watch",)


class OdooServer:
    """One Odoo server process (with ``workers``: its prefork master) on a database."""

    def __init__(
        self,
        postgres: Postgres,
        database: str,
        port: int,
        folder: Path,
        workers: int = 0,
        cron_threads: int = 2,
        arguments: tuple[str, ...] = (),
        config_folder: Path | None = None,
        watched: bool = False,
    ):
        """:param Path folder: takes the log. :param arguments: more of Odoo's own."""
        self.postgres, self.database, self.port = postgres, database, port
        self.log = folder / "odoo.log"
        self.workers, self.cron_threads = workers, cron_threads
        self.arguments = (*arguments, *(WATCH if watched else ()))
        self.config_folder = config_folder
        self.process: Process | None = None
        self._gevent_port = ports.free()

    @property
    def url(self) -> str:
        """The server's base address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self.process.pid if self.process else None

    def command(self) -> list[str]:
        """Return the command line of the server."""
        return configuration.command(
            "server",
            f"--database={self.database}",
            f"--db-filter=^{self.database}$",
            "--no-database-list",
            "--http-interface=127.0.0.1",
            f"--http-port={self.port}",
            f"--gevent-port={self._gevent_port}",
            f"--workers={self.workers}",
            f"--max-cron-threads={self.cron_threads}",
            *self.arguments,
        )

    def start(self) -> "OdooServer":
        """Start the server and wait until it answers."""
        file = configuration.write(self.config_folder)
        variables = configuration.environment(self.postgres, file)
        self.process = Process("Odoo", self.command(), variables, self.log)
        self._wait()
        return self

    def stop(self) -> None:
        """Stop the server in an orderly way."""
        if self.process:
            self.process.stop()
            self.process = None

    def kill(self) -> None:
        """Kill the server, workers included, as ``kill -9`` does."""
        if self.process:
            self.process.kill()
            self.process = None

    def restart(self) -> None:
        """Stop the server and start it again."""
        self.stop()
        self.start()

    def _wait(self) -> None:
        # Logging in is the first thing that needs the registry and the assets' names.
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.process.check()
            try:
                address = f"{self.url}/web/login"
                with urllib.request.urlopen(address, timeout=60) as answer:
                    if answer.status == 200:
                        return
            except urllib.error.HTTPError as error:
                raise Problem(
                    f"Odoo answers {error.code} at its login page: see {self.log}"
                ) from error
            except OSError:
                time.sleep(0.2)
        raise Problem(f"Odoo does not answer after {START_SECONDS} s: see {self.log}")
