"""The part of `bench.case_partners` that runs in ``odoo shell``, where ``env`` is."""

import json
import os
import time
from pathlib import Path

from odoo.addons.ghl_contact_sync.engine.partner import job
from odoo.addons.ghl_contact_sync.engine.partner.apply import plan_new
from odoo.addons.ghl_contact_sync.engine.partner.batch import Batch, Outcome
from odoo.addons.ghl_contact_sync.engine.partner.preview import preview

env = globals()["env"]
location = env["ghl.location"].browse(int(os.environ["BENCH_LOCATION"]))
wanted = int(os.environ["BENCH_PARTNERS"])
# Ours and the bare ORM take turns, so that a machine that slows down slows both.
ROUNDS, ROUND = 4, 2_000
DELTA = 500
# Tables that grow with contacts.
TABLES = ("ghl_contact", "res_partner", "ghl_partner_link", "ghl_partner_candidate")
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


def queue(contact_ids):
    env["ghl.partner.todo"]._add(location, contact_ids)
    env.cr.commit()
    env.invalidate_all()


def bare(contact_ids):
    """Return the seconds that the ORM takes for the same values, of the same user."""
    batch = Batch(location, contact_ids)
    partners = batch.odoo["res.partner"]
    values = [
        {
            "company_id": batch.company_id,
            **plan_new(batch.reader, batch.rows, None, contact).values,
        }
        for contact in batch.contacts
    ]
    env.flush_all()
    env.invalidate_all()

    def create():
        for start in range(0, len(values), job.BATCH):
            partners.create(values[start : start + job.BATCH])
            env.flush_all()
            env.invalidate_all()

    seconds, _none = timed(create)
    env.cr.rollback()
    env.invalidate_all()
    return seconds


def scans():
    env.cr.execute("SELECT pg_stat_force_next_flush()")
    env.cr.commit()
    env.cr.execute(
        "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname = ANY(%s)",
        [list(TABLES)],
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

seconds, shown = timed(lambda: preview(location, 600))
figures["match_seconds"] = round(seconds, 1)
figures |= {"to_link": shown.link, "to_create": shown.create, "to_ask": shown.ask}
env.cr.rollback()
env.invalidate_all()

location.write(
    {
        "partner_user_id": env.ref("base.user_admin").id,
        "partner_consent": False,
        "partner_link_enabled": True,
    }
)
env.cr.execute("DELETE FROM ghl_partner_todo")
env.cr.commit()
# The last contacts of the mirror, which match nobody in Odoo.
env.cr.execute(
    """
    SELECT c.id FROM ghl_contact c
     WHERE c.location_id = %s AND c.active AND c.email IS NOT NULL
       AND NOT EXISTS (SELECT FROM res_partner p
                        WHERE p.email_normalized = lower(c.email))
     ORDER BY c.id LIMIT %s
    """,
    [location.id, ROUNDS * ROUND],
)
strangers = [row[0] for row in env.cr.fetchall()]
bare_seconds = our_seconds = 0.0
created, matching = 0, []
match_batch = Batch._match


def match_timed(batch, contacts, before):
    """Match as ever: matching has a bound of its own, and creation is without it."""
    seconds, result = timed(lambda: match_batch(batch, contacts, before))
    matching.append(seconds)
    return result


Batch._match = match_timed
for start in range(0, len(strangers), ROUND):
    some = strangers[start : start + ROUND]
    bare_seconds += bare(some)
    queue(some)
    seconds, done = timed(work_off)
    our_seconds += seconds
    created += done.created
Batch._match = match_batch
figures["bare_create_rate"] = round(len(strangers) / bare_seconds)
per_bare = bare_seconds / len(strangers)
figures["create_rate"] = round(created / (our_seconds - sum(matching)))
figures["create_ratio"] = round(created / (our_seconds - sum(matching)) * per_bare, 3)
figures["create_ratio_with_matching"] = round(created / our_seconds * per_bare, 3)

env["ghl.partner.todo"]._add_all(location)
env.cr.commit()
seconds, done = timed(work_off)
figures["first_run_seconds"] = round(seconds, 1)
figures["first_run_created"] = done.created
figures["first_run_linked"] = done.linked
figures["first_run_rate"] = round(done.taken / seconds)

env["ghl.partner.todo"]._add_all(location)
env.cr.commit()
seconds, done = timed(work_off)
figures["second_run_seconds"] = round(seconds, 1)
figures["second_run_written"] = done.updated + done.created + done.linked

env.cr.execute(
    "UPDATE ghl_contact SET city = 'Elsewhere', content_hash = 'x' WHERE id IN"
    " (SELECT contact_id FROM ghl_partner_link WHERE location_id = %s"
    " AND state = 'linked' ORDER BY contact_id LIMIT %s) RETURNING id",
    [location.id, DELTA],
)
queue([row[0] for row in env.cr.fetchall()])
before = scans()
seconds, done = timed(work_off)
after = scans()
figures["delta_seconds"] = round(seconds, 2)
figures["delta_updated"] = done.updated
# The queue itself holds nothing but what is to be done.
figures["delta_scans"] = sum(after[name] - before.get(name, 0) for name in TABLES)
Path(os.environ["BENCH_RESULT"]).write_text(json.dumps(figures))
