"""Odoo 19: a folder of the user's, or Debian's package unpacked into the cache."""

import os
import shutil
import tempfile
from pathlib import Path

from . import apt, paths
from .shell import Problem, say

PACKAGE = "odoo-19"
# Debian's package has symbolic links into the packages of these libraries.
LIBRARIES = r"(libjs|fonts)-"
# Odoo's icons are those of Font Awesome 4, which newer suites no longer carry.
ICON_FONT, ICON_FONT_VERSION = "fonts-font-awesome", "4.7"
# Named in Odoo's asset bundles but not free enough for Debian: its absence is an error
# in the browser's console, at which every browser test of Odoo's own runner fails.
LEFT_OUT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def python_path() -> Path:
    """Return the folder to put on ``PYTHONPATH`` so that ``import odoo`` works."""
    own = os.environ.get("ODOO_PATH")
    if own:
        return _own(Path(own).expanduser().resolve())
    return _unpacked() / "usr/lib/python3/dist-packages"


def addons_paths() -> list[Path]:
    """Return Odoo's own addon folders outside of its Python package."""
    community = python_path() / "addons"
    return [community] if os.environ.get("ODOO_PATH") and community.is_dir() else []


def install() -> None:
    """Make sure that Odoo is there; a half-finished unpacking leaves no trace."""
    if os.environ.get("ODOO_PATH"):
        python_path()
        return
    target = _unpacked()
    if not target.is_dir():
        _fetch(target)
    left_out = python_path() / "odoo" / "addons" / LEFT_OUT
    if not left_out.is_file():
        left_out.parent.mkdir(parents=True, exist_ok=True)
        left_out.write_text("/* Left out by Debian; blurs a video's background. */\n")


def _fetch(target: Path) -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise Problem(
            "Odoo 19 is taken from a Debian package, but this machine has no apt-get: "
            "please set ODOO_PATH= to a folder that holds Odoo 19."
        )
    say("Fetching Odoo 19 (130 MB, once) …")
    target.parent.mkdir(parents=True, exist_ok=True)
    for left_over in target.parent.glob("tmp-odoo-*"):
        shutil.rmtree(left_over)
    scratch = Path(tempfile.mkdtemp(prefix="tmp-odoo-", dir=target.parent))
    try:
        _unpack(scratch, scratch / "root")
        (scratch / "root").rename(target)
    finally:
        shutil.rmtree(scratch)


def _unpacked() -> Path:
    return paths.cache() / PACKAGE


def _unpack(scratch: Path, root: Path) -> None:
    suite = apt.OtherSuite(scratch, ["sid", "stable", "oldstable"])
    suite.update()
    libraries = suite.dependencies(PACKAGE, LIBRARIES)
    for version in suite.versions(ICON_FONT):
        if ICON_FONT_VERSION in version and ICON_FONT in libraries:
            libraries[libraries.index(ICON_FONT)] = f"{ICON_FONT}={version}"
            break
    suite.unpack([PACKAGE, *libraries], root)
    root.chmod(0o755)


def _own(folder: Path) -> Path:
    for candidate in (folder, folder.parent):
        if (candidate / "odoo" / "release.py").is_file():
            return candidate
    raise Problem(f"ODOO_PATH={folder} holds no Odoo: there is no odoo/release.py.")
