"""Debian packages: installed when allowed, or just unpacked from another suite."""

import os
import platform
import re
import shutil
from pathlib import Path

from .shell import Problem, is_root, run, say

SOURCES = Path("/etc/apt/sources.list")
SOURCES_PARTS = Path("/etc/apt/sources.list.d")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ENVIRONMENT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def install(packages: list[str], purpose: str) -> None:
    """Install packages from the machine's own suite.

    :param list packages: names of Debian packages.
    :param str purpose: what they are for, for the sentence when it cannot be done.
    :raise Problem: without the right to install, or when the installation fails.
    """
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        raise Problem(f"{purpose} is missing: please install it ({names}).")
    if not is_root():
        raise Problem(f"{purpose} is missing: please run: sudo apt-get install {names}")
    say(f"Installing {purpose} ({names}) …")
    failure = f"{purpose} could not be installed with apt-get install {names}."
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    try:
        run(command, failure, env=ENVIRONMENT)
    except Problem:
        # A new machine has no package lists, an old one has stale ones.
        run(["apt-get", "update"], failure, env=ENVIRONMENT)
        run(command, failure, env=ENVIRONMENT)


def mirror() -> str:
    """Return the address of the Debian mirror that this machine uses.

    Both forms of apt's configuration are read: deb822 files (``URIs:``) and
    one-line files (``deb [options] address suite components``).
    """
    files = [SOURCES, *sorted(SOURCES_PARTS.glob("*"))]
    found = []
    for file in files:
        if file.suffix not in {".list", ".sources"} or not file.is_file():
            continue
        text = re.sub(r"(?m)^\s*#.*$", "", file.read_text(errors="replace"))
        found += _deb822(text) if file.suffix == ".sources" else _one_line(text)
    # The archive itself, not its security suites nor another vendor's packages.
    for address in found:
        if re.search(r"/debian/?$", address):
            return address
    raise Problem(
        "No Debian mirror was found in apt's configuration: please set ODOO_PATH= to a "
        "folder that holds Odoo 19."
    )


def _deb822(text: str) -> list[str]:
    return [
        address
        for line in re.findall(r"(?mi)^URIs:((?:.*\n?)(?:[ \t]+.*\n?)*)", text)
        for address in line.split()
    ]


def _one_line(text: str) -> list[str]:
    return re.findall(r"(?m)^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)", text)


class OtherSuite:
    """Packages of suites that this machine does not follow, without installing them.

    apt reads a sources list and keeps lists of its own in a scratch folder, so that
    the machine's configuration stays as it is and no special right is needed.
    """

    def __init__(self, folder: Path, suites: list[str]):
        """:param Path folder: scratch folder. :param list suites: e.g. ``sid``."""
        self.folder = folder
        for part in ("lists/partial", "cache/archives/partial", "debs"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        sources = folder / "other.sources"
        signed = f"Signed-By: {KEYRING}\n" if KEYRING.is_file() else ""
        sources.write_text(
            f"Types: deb\nURIs: {mirror()}\nSuites: {' '.join(suites)}\n"
            f"Components: main\nArchitectures: {_architecture()}\n{signed}"
        )
        self.options = [
            *("-o", f"Dir::Etc::SourceList={sources}"),
            *("-o", "Dir::Etc::SourceParts=/dev/null"),
            *("-o", "Dir::Etc::Preferences=/dev/null"),
            *("-o", "Dir::Etc::PreferencesParts=/dev/null"),
            *("-o", f"Dir::State::Lists={folder}/lists"),
            *("-o", f"Dir::Cache={folder}/cache"),
            *("-o", "APT::Sandbox::User=root"),
            *("-o", "Acquire::Languages=none"),
            # A mirror may lag behind; who made the packages is checked all the same.
            *("-o", "Acquire::Check-Valid-Until=false"),
            *("-o", "Acquire::Retries=3"),
        ]

    def apt(self, tool: str, *arguments: str) -> str:
        """Run an apt tool on these suites and return what it printed."""
        failure = "Debian's packages could not be read: please check the network."
        return run(
            [tool, *self.options, *arguments],
            failure,
            env=ENVIRONMENT,
            cwd=self.folder / "debs",
        )

    def update(self) -> None:
        """Fetch the package lists."""
        self.apt("apt-get", "update", "-q")

    def dependencies(self, package: str, pattern: str) -> list[str]:
        """Return the direct dependencies whose name matches a pattern."""
        printed = self.apt("apt-cache", "depends", package)
        names = re.findall(r"(?m)^\s*\|?Depends: ([^<\s]+)", printed)
        return [name for name in names if re.match(pattern, name)]

    def versions(self, package: str) -> list[str]:
        """Return the versions of a package on offer, newest first."""
        printed = self.apt("apt-cache", "madison", package)
        return [line.split("|")[1].strip() for line in printed.splitlines() if line]

    def unpack(self, packages: list[str], target: Path) -> None:
        """Download packages (``name`` or ``name=version``) and unpack them."""
        self.apt("apt-get", "download", "-q", *packages)
        for archive in sorted((self.folder / "debs").glob("*.deb")):
            run(["dpkg", "-x", archive, target], f"{archive.name} cannot be unpacked.")
            archive.unlink()


def _architecture() -> str:
    fallback = {"x86_64": "amd64", "aarch64": "arm64"}
    try:
        return run(["dpkg", "--print-architecture"], "").strip()
    except Problem:
        return fallback.get(platform.machine(), "amd64")
