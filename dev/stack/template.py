"""Databases with Odoo installed, kept as templates: a copy takes a second."""

import ast
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from provision import odoo, paths
from provision import postgres as installed
from provision.shell import Problem, say

from . import configuration
from .postgres import Postgres

# Folders that an installation of the addon reads. Pages and scripts are read when
# served.
PARTS = "controllers data engine i18n models security tools views".split()
# Modules that the addon does more with, and does not need. Tests of Odoo run beside
# them, stacks without.
BESIDE = ("privacy_lookup", "utm")


def fingerprint() -> str:
    """Return a short hash of everything that an installed database depends on."""
    digest = hashlib.sha256(str(odoo.python_path()).encode())
    for part in PARTS:
        for file in sorted((paths.ROOT / part).rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                digest.update(str(file.relative_to(paths.ROOT)).encode())
                digest.update(file.read_bytes())
    for name in ("__manifest__.py", "hooks.py", "const.py"):
        digest.update((paths.ROOT / name).read_bytes())
    return digest.hexdigest()[:10]


def create(postgres: Postgres, database: str, data: Path | None = None) -> None:
    """Make a database with the addon installed, in place of one of that name.

    :param Path data: folder of Odoo's configuration, default the checkout's own.
    """
    with _lock():
        name = _make(postgres)
        _copy(postgres, name, database, data)


def _make(postgres: Postgres) -> str:
    """Make sure that there is a template with the addon; return its name."""
    name = f"template_addon_{fingerprint()}"
    if not postgres.has_database(name):
        _drop_others(postgres, "template_addon_%", name)
        common = Postgres()
        if common.folder == postgres.folder:
            say("Installing the addon into a new database …")
            _build(postgres, name, [paths.ADDON], _copy_bare)
        else:
            # A server of its own for one command: to copy is faster than to install.
            common.start()
            try:
                _make(common)
                _transfer(common, postgres, name)
            finally:
                common.leave()
    return name


def create_bare(postgres: Postgres, database: str, data: Path | None = None) -> None:
    """Make a database with what the addon depends on, but without the addon."""
    with _lock():
        _copy_bare(postgres, database, data)


def create_beside(postgres: Postgres, database: str, data: Path | None = None) -> None:
    """Make a database like `create_bare`, with `BESIDE` installed as well."""
    digest = hashlib.sha256(f"{odoo.python_path()} {_depends()} {BESIDE}".encode())
    name = f"template_beside_{digest.hexdigest()[:10]}"
    with _lock():
        if not postgres.has_database(name):
            _drop_others(postgres, "template_beside_%", name)
            _build(postgres, name, list(BESIDE), _copy_bare)
        _copy(postgres, name, database, data)


def _copy_bare(postgres: Postgres, database: str, data: Path | None = None) -> None:
    """Do `create_bare`; the caller holds the lock."""
    depends = _depends()
    digest = hashlib.sha256(f"{odoo.python_path()} {depends}".encode())
    name = f"template_bare_{digest.hexdigest()[:10]}"
    if not postgres.has_database(name):
        say("Installing Odoo's own modules into a new database …")
        _drop_others(postgres, "template_bare_%", name)
        _build(postgres, name, depends)
    _copy(postgres, name, database, data)


def _depends() -> list[str]:
    manifest = ast.literal_eval((paths.ROOT / "__manifest__.py").read_text())
    return sorted(manifest["depends"])


def drop(postgres: Postgres, database: str, data: Path | None = None) -> None:
    """Drop a database together with its file store."""
    postgres.drop_database(database)
    shutil.rmtree(_filestore(data) / database, ignore_errors=True)


def run_odoo(
    postgres: Postgres,
    arguments: list[str],
    log: Path,
    data: Path | None = None,
    stdin: str | None = None,
    variables: dict | None = None,
    script: Path | None = None,
) -> int:
    """Run an Odoo command to its end; return its exit status.

    :param Path script: runs Odoo, default Odoo's own.
    """
    file = configuration.write(data)
    environment = configuration.environment(postgres, file) | (variables or {})
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        return subprocess.run(
            configuration.command(*arguments, script=script),
            env=environment,
            cwd=paths.ROOT,
            input=stdin or "",
            text=True,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode


def _build(postgres: Postgres, name: str, modules: list[str], start=None) -> None:
    """Install modules into a database that takes its name only once it is ready."""
    scratch = f"making_{name}"
    drop(postgres, scratch)
    if start:
        start(postgres, scratch)
    log = paths.state() / "log" / f"{name}.log"
    arguments = ["server", f"--database={scratch}", f"--init={','.join(modules)}"]
    arguments += ["--stop-after-init", "--no-http", "--max-cron-threads=0"]
    # Odoo leaves with 0 when a module is unknown: ask the database what is there.
    failed = run_odoo(postgres, arguments, log)
    installed = not failed and postgres.rows(
        "SELECT count(*) FROM ir_module_module "
        "WHERE state = 'installed' AND name = ANY(%s)",
        [modules],
        scratch,
    )
    if not installed or installed[0][0] != len(modules):
        raise Problem(f"{', '.join(modules)} cannot be installed into Odoo: see {log}")
    shutil.rmtree(_filestore(None) / name, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        (_filestore(None) / scratch).rename(_filestore(None) / name)
    postgres.rows(f'ALTER DATABASE "{scratch}" RENAME TO "{name}"')


def _transfer(source: Postgres, target: Postgres, name: str) -> None:
    """Copy a database from one server to another."""
    scratch = f"making_{name}"
    target.drop_database(scratch)
    target.rows(f'CREATE DATABASE "{scratch}" TEMPLATE template0')
    folder = installed.programs()
    dump = subprocess.Popen(
        [folder / "pg_dump", "--format=custom", "--compress=0", name],
        env=os.environ | source.environment(),
        stdout=subprocess.PIPE,
    )
    restored = subprocess.run(
        [
            *(folder / "pg_restore", "--exit-on-error", "--single-transaction"),
            *("--no-owner", "--dbname", scratch),
        ],
        env=os.environ | target.environment(),
        stdin=dump.stdout,
        check=False,
    )
    if dump.wait() or restored.returncode:
        raise Problem(f"The database {name} cannot be copied to another server.")
    target.rows(f'ALTER DATABASE "{scratch}" RENAME TO "{name}"')


def _copy(postgres: Postgres, source: str, target: str, data: Path | None) -> None:
    drop(postgres, target, data)
    postgres.copy_database(source, target)
    files = _filestore(None) / source
    if files.is_dir():
        # Files of a file store are never changed, so both may share them.
        shutil.copytree(files, _filestore(data) / target, copy_function=os.link)


def _drop_others(postgres: Postgres, pattern: str, keep: str) -> None:
    query = "SELECT datname FROM pg_database WHERE datname LIKE %s AND datname <> %s"
    for (name,) in postgres.rows(query, [pattern.replace("_", r"\_"), keep]):
        drop(postgres, name)


def _filestore(data: Path | None) -> Path:
    return (data or paths.state()) / "odoo-data" / "filestore"


@contextlib.contextmanager
def _lock():
    with (paths.state() / "template.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
