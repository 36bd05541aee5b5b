"""A live stack that receives webhooks; for the burst and for the end-to-end tests."""

import time

from stack.mirror import ACTIONS

ROUTE = "/api/ghl/webhook"
# Columns of the mirror, and the same keys of the sandbox's truth.
COLUMNS = "ghl_id, first_name, last_name, email, phone, source, assigned_to, dnd"
KEYS = ("id", "firstName", "lastName", "email", "phone", "source", "assignedTo", "dnd")


def set_settings(stack, **values: str) -> None:
    """Set system parameters of the addon by name."""
    for name, value in values.items():
        key = f"ghl_contact_sync.{name}"
        stack.call("ir.config_parameter", "set_param", key, value)


def connect(stack, more_keys: str = "", **behaviour) -> None:
    """Let the sandbox send signed webhooks to Odoo, and Odoo believe them."""
    keys = stack.sandbox.facts["webhookKeys"]
    set_settings(
        stack,
        webhook_public_keys=f"{keys['ed25519']}\n{keys['rsa']}\n{more_keys}",
        webhook_app_ids=stack.sandbox.facts["app"]["appId"],
    )
    urls = [stack.url + ROUTE]
    stack.control("PATCH", "/webhooks", {"urls": urls, **behaviour})


def order(stack, kind: str = "full") -> None:
    """Order a sync of every location and wait until all are done."""
    # One by one: of several at once the cost is told first.
    for location_id in stack.call("ghl.location", "search", []):
        stack.call("ghl.location", ACTIONS[kind], [location_id])
    await_runs(stack)


def await_runs(stack, seconds: float = 300, besides: int = 0) -> None:
    """Wait until no sync is active; one that failed is an error.

    :param besides: id of a run that was to fail
    """
    deadline = time.monotonic() + seconds
    active = "state IN ('queued', 'running', 'waiting')"
    while stack.sql(f"SELECT 1 FROM ghl_sync_run WHERE {active} LIMIT 1"):
        if time.monotonic() > deadline:
            raise TimeoutError("a sync does not end")
        time.sleep(0.3)
    failed = stack.sql(
        "SELECT error FROM ghl_sync_run WHERE state = 'failed' AND id <> %s", [besides]
    )
    if failed:
        raise AssertionError(failed[0][0])


def await_inbox(stack, seconds: float = 240) -> float:
    """Wait until no event is new; return how long that took."""
    started = time.monotonic()
    query = "SELECT count(*) FROM ghl_webhook_event WHERE state = 'new'"
    while left := stack.sql(query)[0][0]:
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"{left} events are not handled")
        time.sleep(0.5)
    return time.monotonic() - started


def differences(stack, location) -> list[str]:
    """Return in what the mirror of a location differs from the sandbox's truth."""
    rows = stack.sql(
        f"""
        SELECT {COLUMNS}, ARRAY(
                   SELECT t.name FROM ghl_contact_ghl_tag_rel r
                     JOIN ghl_tag t ON t.id = r.ghl_tag_id
                    WHERE r.ghl_contact_id = c.id ORDER BY 1)
          FROM ghl_contact c WHERE active AND location_id = %s
        """,
        [location.id],
    )
    mirror = {row[0]: _clean(row) for row in rows}
    truth = {}
    for contact in stack.sandbox.truth(location.ghl_id):
        values = [contact.get(key) for key in KEYS]
        truth[contact["id"]] = _clean([*values, sorted(set(contact.get("tags") or []))])
    found = [f"{key} is missing" for key in truth.keys() - mirror.keys()]
    found += [f"{key} should be gone" for key in mirror.keys() - truth.keys()]
    found += [
        f"{key}: {mirror[key]} is not {truth[key]}"
        for key in truth.keys() & mirror.keys()
        if mirror[key] != truth[key]
    ]
    [(count,)] = stack.sql(
        "SELECT contact_count FROM ghl_location WHERE id = %s", [location.id]
    )
    if count != len(mirror):
        found.append(f"the count says {count} of {len(mirror)} contacts")
    return found


def _clean(values) -> list:
    return [sorted(v) if isinstance(v, list) else v or None for v in values]
