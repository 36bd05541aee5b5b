"""A private PostgreSQL server in the checkout's state folder, or the user's own."""

import contextlib
import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2
from psycopg2 import errors

from provision import paths
from provision import postgres as installed
from provision.shell import Problem, is_root, run

from . import ports

ROLE = "odoo"
# After so many looks a server that starts has written its process id.
PID_TRIES = 50
# A transaction that PostgreSQL ends so has done nothing. To repeat it is the task of
# the client, its documentation says.
LOST = (errors.DeadlockDetected, errors.SerializationFailure)
TRIES = 8
# Durable as in production: benchmarks and crash tests would mean little without.
SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "200",
    "shared_buffers": "'512MB'",
    "maintenance_work_mem": "'256MB'",
    "max_wal_size": "'4GB'",
    "checkpoint_timeout": "'15min'",
    "random_page_cost": "1.1",
    "jit": "off",
    "logging_collector": "off",
}


class Postgres:
    """A server with its own data folder, shared by any number of commands.

    Everything needed to find it again is in ``server.json``. Whoever uses it holds a
    shared lock; the last one to leave stops it, unless it was started to stay.
    """

    def __init__(self, folder: Path | None = None):
        """:param Path folder: state folder, by default the checkout's own."""
        self.external = folder is None and installed.external()
        self.folder = folder or paths.state() / "postgres"
        self._use = None

    # -- what others need -------------------------------------------------------

    def environment(self) -> dict:
        """Return the libpq variables by which Odoo and psql reach the server."""
        if self.external:
            names = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSSLMODE")
            return {name: os.environ[name] for name in names if name in os.environ}
        facts = self._facts()
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(facts["port"]),
            "PGUSER": ROLE,
            "PGPASSWORD": facts["password"],
        }

    @contextlib.contextmanager
    def connect(self, database: str = "postgres"):
        """Give a psycopg2 connection in autocommit mode and close it afterwards."""
        names = {
            "PGHOST": "host",
            "PGPORT": "port",
            "PGUSER": "user",
            "PGPASSWORD": "password",
            "PGSSLMODE": "sslmode",
        }
        given = {names[key]: value for key, value in self.environment().items()}
        connection = psycopg2.connect(dbname=database, connect_timeout=10, **given)
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def rows(self, query: str, values=None, database: str = "postgres") -> list[tuple]:
        """Run a query and return its rows, if it has any.

        Each is a transaction by itself, so one that lost to another is repeated: beside
        a live Odoo that happens to whatever writes many rows.
        """
        with self.connect(database) as connection, connection.cursor() as cursor:
            for tries in range(1, TRIES + 1):
                try:
                    cursor.execute(query, values)
                    break
                except LOST:
                    if tries == TRIES:
                        raise
            return cursor.fetchall() if cursor.description else []

    def has_database(self, name: str) -> bool:
        """Tell whether a database of that name exists."""
        return bool(self.rows("SELECT 1 FROM pg_database WHERE datname = %s", [name]))

    def drop_database(self, name: str) -> None:
        """Drop a database, its connections included."""
        self.rows(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def copy_database(self, source: str, target: str) -> None:
        """Make a database as a copy of another that nobody is connected to.

        Copied through the log, as is usual since version 15, a sequence would go back
        after a crash: its next values count as logged, and were, of the source alone.
        """
        strategy = ""
        if int(self.rows("SHOW server_version_num")[0][0]) >= 150_000:
            strategy = " STRATEGY file_copy"
        self.rows(f'CREATE DATABASE "{target}" TEMPLATE "{source}"{strategy}')

    # -- life -------------------------------------------------------------------

    def start(self, stay: bool = False) -> "Postgres":
        """Make sure that the server runs and answers.

        :param bool stay: let it run on when nobody uses it any more, and let the use
            by this process outlast the program that it is about to become.
        :raise Problem: when it cannot be started, or the user's own does not answer.
        """
        if self.external:
            self._check_external()
            return self
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock("lock", fcntl.LOCK_EX):
            if not (self._file.is_file() and self._initialised()):
                self._create()
            if not self._pid():
                self._launch(stay)
            if not self._use:
                self._use = self._lock("users", fcntl.LOCK_SH)
                os.set_inheritable(self._use.fileno(), stay)
        return self

    def stop(self, mode: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT is PostgreSQL's fast shutdown, SIGQUIT a crash."""
        pid = None if self.external else self._pid()
        if not pid:
            return
        os.kill(pid, mode)
        for _attempt in range(600):
            if not self._pid():
                return
            time.sleep(0.1)
        raise Problem("PostgreSQL did not stop within a minute.")

    def leave(self) -> None:
        """End this process's use of the server; the last one out stops it."""
        if not self._use:
            return
        with self._lock("lock", fcntl.LOCK_EX):
            self._use.close()
            self._use = None
            with contextlib.suppress(BlockingIOError):
                with self._lock("users", fcntl.LOCK_EX | fcntl.LOCK_NB):
                    if not self._facts().get("stay", True):
                        self.stop()

    def remove(self) -> None:
        """Stop the server and forget its data."""
        self.stop(signal.SIGQUIT)
        if self._file.is_file():
            shutil.rmtree(Path(self._facts()["data"]).parent, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def running(self) -> bool:
        """Tell whether the private server runs."""
        return bool(self._pid())

    # -- inside -----------------------------------------------------------------

    def _lock(self, name: str, kind: int):
        handle = (self.folder / name).open("a")
        try:
            fcntl.flock(handle, kind)
        except OSError:
            handle.close()
            raise
        return handle

    @property
    def _file(self) -> Path:
        return self.folder / "server.json"

    def _facts(self) -> dict:
        return json.loads(self._file.read_text())

    def _remember(self, facts: dict) -> None:
        scratch = self._file.with_suffix(".tmp")
        scratch.touch(mode=0o600)
        scratch.write_text(json.dumps(facts))
        scratch.rename(self._file)

    def _initialised(self) -> bool:
        return (Path(self._facts()["data"]) / "PG_VERSION").is_file()

    def _pid(self) -> int | None:
        """Return the process id of the running server, if it is really ours."""
        if not self._file.is_file():
            return None
        facts = self._facts()
        try:
            pid = int((Path(facts["data"]) / "postmaster.pid").read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return None
        return pid if os.fsencode(facts["data"]) in command.split(b"\0") else None

    def _create(self) -> None:
        """Make the data folder; it counts only once ``server.json`` is written."""
        password = secrets.token_urlsafe(24)
        home = self._home()
        shutil.rmtree(home / "data", ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=home, suffix=".secret") as secret:
            secret.write(password)
            secret.flush()
            os.chmod(secret.name, 0o600)
            if is_root():
                shutil.chown(secret.name, *_account()[:2])
            self._as_server_user(
                [
                    _programs() / "initdb",
                    *("--pgdata", home / "data", "--username", ROLE),
                    *("--pwfile", secret.name, "--auth", "scram-sha-256"),
                    *("--encoding", "UTF8", "--locale", "C.UTF-8"),
                ],
                "PostgreSQL's data folder could not be made.",
            )
        with (home / "data" / "postgresql.auto.conf").open("a") as configuration:
            for name, value in SETTINGS.items():
                configuration.write(f"{name} = {value}\n")
        self._remember(
            {"data": str(home / "data"), "port": ports.free(), "password": password}
        )

    def _home(self) -> Path:
        """Return a folder that the server's user can reach and write.

        As root the server runs as another user, to whom a checkout below /root is
        closed; the data then goes to a folder of its own elsewhere.
        """
        if not is_root():
            return self.folder
        uid, gid, _groups = _account()
        elsewhere = Path("/var/tmp") / f"{paths.ADDON}-{secrets.token_hex(4)}"
        for home in (self.folder / "server", elsewhere):
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.chown(home, uid, gid)
            if not subprocess.run(
                ["test", "-w", home], check=False, **_as_user()
            ).returncode:
                return home
        raise Problem("PostgreSQL's user can reach neither the checkout nor /var/tmp.")

    def _as_server_user(self, command: list, failure: str) -> None:
        run_as = _as_user()
        if not run_as:
            run(command, failure, cwd="/")
            return
        done = subprocess.run(
            [str(part) for part in command],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **run_as,
        )
        if done.returncode:
            raise Problem(f"{failure} {done.stderr.strip()}")

    def _launch(self, stay: bool) -> None:
        facts = self._facts() | {"stay": stay}
        if not ports.is_free(facts["port"]):
            facts["port"] = ports.free()
        self._remember(facts)
        data = Path(facts["data"])
        with (data.parent / "postgres.log").open("a") as log:
            # By a shell that ends at once, so that the server is nobody's child:
            # Odoo's tests end all children of the process in which they run.
            subprocess.run(
                [
                    *("sh", "-c", '"$@" &', "sh"),
                    *(_programs() / "postgres", "-D", data),
                    *("-p", str(facts["port"])),
                ],
                cwd="/",
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_as_user(),
            )
        for attempt in range(600):
            with contextlib.suppress(psycopg2.OperationalError):
                self.rows("SELECT 1")
                return
            if attempt > PID_TRIES and not self._pid():
                break
            time.sleep(0.1)
        raise Problem(f"PostgreSQL does not start: see {log.name}")

    def _check_external(self) -> None:
        if os.environ.get("PGUSER") == "postgres":
            raise Problem(
                "Odoo refuses the PostgreSQL user postgres: please set PGUSER= to "
                "another one that may create databases."
            )
        try:
            self.rows("SELECT 1")
        except psycopg2.OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            raise Problem(f"The PostgreSQL of PGHOST= refuses: {reason}") from None


def _programs() -> Path:
    folder = installed.programs()
    if not folder:
        raise Problem("PostgreSQL is missing: please run make test or make demo.")
    return folder


def _account() -> tuple[int, int, list[int]]:
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        raise Problem(
            "PostgreSQL does not run as root, and there is no user postgres: please "
            "install Debian's postgresql package."
        ) from None
    return entry.pw_uid, entry.pw_gid, os.getgrouplist("postgres", entry.pw_gid)


def _as_user() -> dict:
    """Return what makes subprocess run a program as PostgreSQL's own user."""
    if not is_root():
        return {}
    uid, gid, groups = _account()
    return {"user": uid, "group": gid, "extra_groups": groups}
