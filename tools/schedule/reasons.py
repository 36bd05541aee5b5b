"""Why the next sync of a location comes when it comes: slugs, and their words."""

from __future__ import annotations

from ..state.words import _lt

REASONS: dict[str, str] = {
    # Nothing comes by itself
    "archived": _lt("Nothing is read: the location or its connection is archived."),
    "moved": _lt("Nothing is read: this database looks like a copy."),
    "not_installed": _lt("Nothing is read: the app is not installed there."),
    "revoked": _lt("The connection has to be authorized anew."),
    "off": _lt("The schedule is off."),
    # Something is on
    "running": _lt("A sync is under way."),
    "waiting": _lt("A sync waits until then."),
    "refused": _lt("GoHighLevel refuses access; one request tries it then."),
    # A full sync
    "first_fill": _lt("All contacts are read for the first time."),
    "first_again": _lt("The first sync did not end well; it is tried again."),
    "access_back": _lt("Access works again; what it had stopped is made up for."),
    # A verify
    "verify": _lt("The mirror is compared with GoHighLevel."),
    "verify_quiet": _lt("The mirror is compared with GoHighLevel in quiet hours."),
    "recheck": _lt("Contacts that GoHighLevel neither shows nor denies: once more."),
    # An audit
    "audit": _lt("Contents are read again, part by part."),
    "asked": _lt("Somebody has asked for all contents to be read again."),
    # A read of changes
    "fixed": _lt("At its set interval."),
    "usual": _lt("At its usual interval: how often it changes is not known yet."),
    "often": _lt("It changes often."),
    "sometimes": _lt("It changes now and then."),
    "idle": _lt("It changes rarely."),
    "viewed": _lt("Somebody is looking at it."),
    "failing": _lt("The last syncs failed; the pauses grow."),
    "quiet": _lt("Read rarely in quiet hours."),
    "quiet_end": _lt("Quiet hours end."),
}
