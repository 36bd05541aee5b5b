"""Paths: one cache for all clones, one state folder per checkout."""

import hashlib
import os
from pathlib import Path

ADDON = "ghl_contact_sync"
ROOT = Path(__file__).resolve().parents[2]
DEV = ROOT / "dev"
STATE = ROOT / ".dev"


def cache() -> Path:
    """Return the cache folder shared by every clone of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / ADDON


def state() -> Path:
    """Return the state folder of this checkout.

    Others may pass through it, since PostgreSQL's data, below it, belongs to another
    user when root runs the commands; they cannot list it, and secrets are private.
    """
    STATE.mkdir(mode=0o711, exist_ok=True)
    return STATE


def addons_folder() -> Path:
    """Return a folder in which the checkout has the addon's technical name.

    The checkout itself may have any name, but Odoo imports an addon by the name
    of its folder: a symbolic link bridges the two. Odoo's list of such folders is
    divided by commas, so that the link of a checkout with one lies in the cache.
    Beside it stand the addons that only servers under test load.
    """
    folder = state() / "addons"
    if "," in str(folder):
        number = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:16]
        folder = cache() / "addons" / number
    folder.mkdir(parents=True, exist_ok=True)
    helpers = (
        file.parent for file in (DEV / "stack" / "addons").glob("*/__manifest__.py")
    )
    for name, target in {ADDON: ROOT, **{one.name: one for one in helpers}}.items():
        link = folder / name
        if not link.is_symlink() or link.resolve() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target, target_is_directory=True)
    return folder
