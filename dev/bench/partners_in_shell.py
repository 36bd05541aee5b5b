"""The part of `bench.partners` that runs in ``odoo shell``, where ``env`` is."""

import json
import os
import time
from pathlib import Path

from odoo.addons.ghl_contact_sync.engine.partner import job
from odoo.addons.ghl_contact_sync.engine.partner.apply import plan_new
from odoo.addons.ghl_contact_sync.engine.partner.batch import Outcome
from odoo.addons.ghl_contact_sync.engine.partner.preview import preview
from odoo.addons.ghl_contact_sync.engine.partner.values import (
    QUIET,
    ValueReader,
    rows_of,
)

env = globals()["env"]
location = env["ghl.location"].browse(int(os.environ["BENCH_LOCATION"]))
wanted = int(os.environ["BENCH_PARTNERS"])
BARE = 2_000
DELTA = 500
# The live server's own job would take rows of the queue, or the lock: what it did was
# missing from the figures.
env.ref("ghl_contact_sync.ir_cron_partners").active = False
env.cr.commit()
figures = {"contacts": location.contact_count, "partners": wanted}


def timed(work):
    began = time.monotonic()
    result = work()
    return time.monotonic() - began, result


def work_off():
    total = Outcome()
    while (done := job.process_batch(location)).taken:
        for name in ("taken", "created", "linked", "updated", "asked", "refused"):
            setattr(total, name, getattr(total, name) + getattr(done, name))
        env.cr.commit()
        env.invalidate_all()
    return total


def scans():
    env.cr.execute(
        "SELECT relname, seq_scan FROM pg_stat_user_tables"
        " WHERE relname IN ('ghl_contact', 'res_partner', 'ghl_partner_link')"
    )
    return dict(env.cr.fetchall())


# Half of them people of the mirror, by their e-mail; the others strangers.
env.cr.execute(
    """
    INSERT INTO res_partner (name, complete_name, email, email_normalized, active, type,
                             create_date, write_date)
    SELECT name, name, email, lower(email), TRUE, 'contact', now(), now() FROM (
        (SELECT concat(first_name, ' ', last_name) AS name, email FROM ghl_contact
          WHERE location_id = %s AND email IS NOT NULL ORDER BY id LIMIT %s)
        UNION ALL
        SELECT 'Stranger ' || n, 'stranger' || n || '@example.org'
          FROM generate_series(1, %s) n) people
    """,
    [location.id, wanted // 2, wanted - wanted // 2],
)
env.cr.commit()
env.cr.execute("ANALYZE res_partner")
env.cr.execute("ANALYZE ghl_contact")
env.cr.commit()
env.invalidate_all()

location.write(
    {"partner_user_id": env.ref("base.user_admin").id, "partner_consent": False}
)
seconds, shown = timed(lambda: preview(location, 600))
figures["match_seconds"] = round(seconds, 1)
figures["shown"] = {"link": shown.link, "create": shown.create, "ask": shown.ask}
env.cr.rollback()

# The same values by the ORM alone, in batches as large, of the same user.
rows = rows_of(location)
reader = ValueReader(env, location, rows)
values = [
    {"company_id": location.company_id.id, **plan_new(reader, rows, None, one).values}
    for one in env["ghl.contact"].search(
        [("location_id", "=", location.id)], limit=BARE
    )
]
env.flush_all()


def create_bare():
    partners = env["res.partner"].with_context(**QUIET)
    for start in range(0, len(values), job.BATCH):
        partners.create(values[start : start + job.BATCH])
        env.flush_all()


seconds, _none = timed(create_bare)
figures["bare_create_rate"] = round(BARE / seconds)
env.cr.rollback()
env.invalidate_all()

location.write(
    {
        "partner_user_id": env.ref("base.user_admin").id,
        "partner_consent": False,
        "partner_link_enabled": True,
    }
)
env.cr.commit()
seconds, done = timed(work_off)
figures["first_run"] = {"seconds": round(seconds, 1), "created": done.created}
figures["first_run"] |= {"linked": done.linked, "asked": done.asked}
figures["rate"] = round(done.taken / seconds)
figures["create_ratio"] = round(done.created / seconds / figures["bare_create_rate"], 2)

env["ghl.partner.todo"]._add_all(location)
env.cr.commit()
seconds, done = timed(work_off)
figures["second_run"] = {"seconds": round(seconds, 1), "written": done.updated}

env.cr.execute(
    "UPDATE ghl_contact SET city = 'Elsewhere', content_hash = 'x' WHERE id IN"
    " (SELECT contact_id FROM ghl_partner_link WHERE location_id = %s"
    " AND state = 'linked' ORDER BY contact_id LIMIT %s) RETURNING id",
    [location.id, DELTA],
)
env["ghl.partner.todo"]._add(location, [row[0] for row in env.cr.fetchall()])
env.cr.commit()
env.invalidate_all()
before = scans()
seconds, done = timed(work_off)
env.cr.execute("SELECT pg_stat_force_next_flush()")
env.cr.commit()
after = scans()
figures["delta"] = {
    "seconds": round(seconds, 2),
    "updated": done.updated,
    "scans": {name: after[name] - before.get(name, 0) for name in after},
}
Path(os.environ["BENCH_RESULT"]).write_text(json.dumps(figures))
