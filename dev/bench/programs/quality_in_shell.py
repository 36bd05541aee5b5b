"""Runs in Odoo's shell: `env` is there, and the mirror is full."""

import json
import os
import time
from pathlib import Path

from odoo.addons.ghl_contact_sync.engine.api.contacts import list_contacts
from odoo.addons.ghl_contact_sync.engine.quality.check import check
from odoo.addons.ghl_contact_sync.engine.quality.figures import count

env = globals()["env"]
location = env["ghl.location"].browse(int(os.environ["BENCH_LOCATION"]))
# The live server's own job would look as well.
env.ref("ghl_contact_sync.ir_cron_quality").active = False
env.cr.commit()
figures = {}


def measure(name, work):
    """Note how long some work takes, and commit it."""
    began = time.perf_counter()
    work()
    location.env.flush_all()
    location.env.cr.commit()
    figures[name] = round(time.perf_counter() - began, 4)
    location.env.invalidate_all()


def page(figure):
    """Return the work of listing the first contacts behind a figure."""
    return lambda: list_contacts(
        location, 1, 10, "date_added", "desc", 10_000, quality=figure
    )


measure("first look", lambda: check(location))
location.env.cr.execute("ANALYZE ghl_contact_quality")
location.env.cr.execute(
    "UPDATE ghl_contact SET content_hash = content_hash || 'x' WHERE id IN"
    " (SELECT id FROM ghl_contact ORDER BY random() LIMIT 500)"
)
measure("after 500 changes", lambda: check(location))
measure("nothing changed", lambda: check(location))
measure("figures", lambda: count(location))
measure("trivial query", lambda: location.env.cr.execute("SELECT 1"))
for name in ("email_reachable", "duplicate_phone", "email_bounced", "stale"):
    measure(f"page of {name}", page(name))
Path(os.environ["BENCH_RESULT"]).write_text(json.dumps(figures))
