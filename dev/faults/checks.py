"""Checks that must hold after any fault; each returns sentences on what does not."""

import json
import urllib.request
from collections import Counter

from stack import mirror

from .rig import ACTIVE, Rig, Tenant

# As many differences are shown.
SHOWN = 5
# Addresses of contacts looked for in the log.
SAMPLE = 300


def invariants(rig: Rig, tenant: Tenant) -> list[str]:
    """Return what is wrong although nothing is synced just now."""
    found = []
    found += _runs(rig, tenant)
    found += _figures(rig, tenant)
    found += _tombstones(rig, tenant)
    return found


def _runs(rig: Rig, tenant: Tenant) -> list[str]:
    found = []
    runs = rig.sql(
        "SELECT id, state, error_code, contacts_deleted FROM ghl_sync_run "
        "WHERE location_id = %s ORDER BY id",
        [tenant.id],
    )
    for run_id, state, code, _deleted in runs:
        if state in ("queued", "running", "waiting"):
            found.append(f"run {run_id} is {state} although all is quiet")
        if code == "internal_error":
            found.append(f"run {run_id} failed by an internal error: see the log")
    for table in ("ghl_sync_window", "ghl_sync_page"):
        ((left,),) = rig.sql(
            f"SELECT count(*) FROM {table} w JOIN ghl_sync_run r ON r.id = w.run_id "
            f"WHERE r.location_id = %s AND NOT (r.{ACTIVE})",
            [tenant.id],
        )
        if left:
            found.append(f"{left} rows of {table} are left of ended runs")
    return found


def _figures(rig: Rig, tenant: Tenant) -> list[str]:
    ((told, live, rows, created, deleted, dead),) = rig.sql(
        """
        SELECT coalesce(l.contact_count, 0),
               count(c.id) FILTER (WHERE c.active),
               count(c.id),
               (SELECT coalesce(sum(contacts_created), 0) FROM ghl_sync_run
                 WHERE location_id = l.id),
               (SELECT coalesce(sum(contacts_deleted), 0) FROM ghl_sync_run
                 WHERE location_id = l.id),
               count(c.id) FILTER (WHERE NOT c.active)
          FROM ghl_location l LEFT JOIN ghl_contact c ON c.location_id = l.id
         WHERE l.id = %s GROUP BY l.id
        """,
        [tenant.id],
    )
    found = []
    if told != live:
        found.append(f"contact_count is {told}, live rows are {live}")
    if created != rows:
        found.append(f"the runs created {created} contacts, but {rows} rows exist")
    if deleted < dead:
        found.append(f"the runs deleted {deleted} contacts, but {dead} are dead")
    return found


def _tombstones(rig: Rig, tenant: Tenant) -> list[str]:
    archived = rig.sql(
        "SELECT ghl_id FROM ghl_contact WHERE location_id = %s AND NOT active",
        [tenant.id],
    )
    address = f"{rig.stack.sandbox.url}/_sandbox/locations/{tenant.ghl_id}/truth?ids=1"
    with urllib.request.urlopen(address, timeout=60) as answer:
        living = set(answer.read().decode().split())
    wrong = living & {ghl_id for (ghl_id,) in archived}
    return [f"{ghl_id} lives upstream, but was archived" for ghl_id in sorted(wrong)]


def exactness(rig: Rig, tenant: Tenant) -> list[str]:
    """Return how the mirror differs after a last sync without faults."""
    found = []
    ((state, code, error),) = rig.sql(
        "SELECT state, error_code, error FROM ghl_sync_run WHERE location_id = %s "
        "ORDER BY id DESC LIMIT 1",
        [tenant.id],
    )
    if state != "done":
        found.append(f"the last sync is {state} ({code}): {error}")
    wrong = mirror.differences(rig.stack, tenant.ghl_id)
    if wrong:
        kinds = Counter(text.partition(": ")[2] for text in wrong)
        found.append(f"{len(wrong)} differences {dict(kinds.most_common(SHOWN))}")
        found += wrong[:SHOWN]
    ((proof, message),) = rig.sql(
        "SELECT proof_state, proof_message FROM ghl_location WHERE id = %s", [tenant.id]
    )
    if proof != "proven":
        found.append(f"the mirror is {proof}: {message}")
    return found


def log_leaks(rig: Rig, tenant: Tenant, since: int) -> list[str]:
    """Return which secrets and addresses stand in Odoo's log, read from `since` on."""
    with rig.stack.odoo.log.open("rb") as log:
        log.seek(since)
        text = log.read().decode(errors="replace")
    emails = []
    for contact in rig.stack.sandbox.truth(tenant.ghl_id):
        email = contact.get("email") if isinstance(contact, dict) else None
        if isinstance(email, str) and "@" in email:
            emails.append(email)
    found = ["a token stands in odoo.log" for token in tenant.secrets if token in text]
    found += [
        f"a contact's e-mail address stands in odoo.log: {json.dumps(email)}"
        for email in emails[:SAMPLE]
        if email in text
    ]
    return found[:SHOWN]
