"""Compare a mirror with the sandbox's truth, row by row and field by field."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from datetime import UTC, datetime

# Kind of a run and what a person presses for it; `LiveStack.call` calls it.
ACTIONS = {
    "full": "action_sync_all",
    "delta": "action_sync_delta",
    "verify": "action_verify",
}
# Characters that PostgreSQL cannot store, and what the mirror keeps in their place.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

COLUMNS = {
    "first_name": "firstName",
    "last_name": "lastName",
    "email": "email",
    "phone": "phone",
    "phone_label": "phoneLabel",
    "company_name": "companyName",
    "business_name": "businessName",
    "business_ghl_id": "businessId",
    "address1": "address",
    "city": "city",
    "state": "state",
    "country": "country",
    "postal_code": "postalCode",
    "website": "website",
    "timezone": "timezone",
    "source": "source",
    "type": "type",
    "assigned_to": "assignedTo",
    "dnd": "dnd",
    "valid_email": "validEmail",
    "dnd_settings": "dndSettings",
    "inbound_dnd_settings": "inboundDndSettings",
    "custom_fields": "customFields",
}
# Kept otherwise: as dates, as tags, as the location, or not at all (the cursor).
_ELSEWHERE = {
    *("id", "locationId", "searchAfter", "contactName"),
    *("dateAdded", "dateUpdated", "dateOfBirth", "tags"),
}


def scrub(value):
    """Return a JSON value as the mirror can hold it."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {scrub(key): scrub(item) for key, item in value.items()}
    if isinstance(value, list):
        return [scrub(item) for item in value]
    return value


def truth(stack, ghl_id: str) -> dict[str, dict]:
    """Return {id: contact} of what the sandbox's location holds."""
    url = f"{stack.sandbox.url}/_sandbox/locations/{ghl_id}/truth"
    with urllib.request.urlopen(url, timeout=300) as answer:
        contacts = [json.loads(line) for line in answer if line.strip()]
    return {c["id"]: scrub(c) for c in contacts}


def mirrored(stack, ghl_id: str) -> dict[str, dict]:
    """Return {id: row} of the live contacts of a location's mirror."""
    (rows,) = stack.sql(
        """
        SELECT coalesce(json_agg(json_build_object(
                   'row', to_jsonb(c),
                   'tags', (SELECT coalesce(json_agg(t.name), '[]')
                              FROM ghl_contact_ghl_tag_rel r
                              JOIN ghl_tag t ON t.id = r.ghl_tag_id
                             WHERE r.ghl_contact_id = c.id))), '[]')::text
          FROM ghl_contact c JOIN ghl_location l ON l.id = c.location_id
         WHERE c.active AND l.ghl_id = %s
        """,
        [ghl_id],
    )
    found = json.loads(rows[0])
    return {
        item["row"]["ghl_id"]: {**item["row"], "tags": item["tags"]} for item in found
    }


def differences(stack, ghl_id: str) -> list[str]:
    """Return what the mirror of a location lacks, has too much of, or has wrong."""
    theirs, ours = truth(stack, ghl_id), mirrored(stack, ghl_id)
    found = [f"{key}: missing" for key in sorted(set(theirs) - set(ours))]
    found += [f"{key}: not upstream" for key in sorted(set(ours) - set(theirs))]
    for key in sorted(set(theirs) & set(ours)):
        found += [f"{key}: {text}" for text in _compare(theirs[key], ours[key])]
    return found


def _compare(contact: dict, row: dict) -> list[str]:
    extra = row["extra"] or {}
    found = []
    for column, key in COLUMNS.items():
        told = contact.get(key)
        if told != extra.get(key) and told != row[column]:
            found.append(key)
    for key, told in contact.items():
        if key not in _ELSEWHERE and key not in COLUMNS.values():
            if extra.get(key) != told:
                found.append(f"extra {key}")
    tags = contact.get("tags")
    if tags != extra.get("tags") and set(tags or []) != set(row["tags"]):
        found.append("tags")
    return found + _compare_dates(contact, row, extra)


def _compare_dates(contact: dict, row: dict, extra: dict) -> list[str]:
    found = []
    for column, key in (("date_added", "dateAdded"), ("date_updated", "dateUpdated")):
        told = contact.get(key)
        if told is not None and told != extra.get(key):
            if not isinstance(told, str):
                told = datetime.fromtimestamp(told / 1000, UTC).isoformat()
            shown = row[column] and f"{row[column]:.23}".ljust(19)
            if not shown or shown.replace(" ", "T")[:19] != told[:19]:
                found.append(key)
    return found


def wait_for_run(stack, location_id: str, run_id: int | None = None, seconds=120):
    """Wait until a location's run has ended; return the status answer.

    Uses the API as any program would.
    """
    import requests

    deadline = time.monotonic() + seconds
    headers = {"Authorization": f"Bearer {stack.api_key}"}
    status: dict = {}
    while time.monotonic() < deadline:
        try:
            status = requests.get(
                f"{stack.url}/api/sync-status",
                params={"location_id": location_id},
                headers=headers,
                timeout=30,
            ).json()
        except (requests.RequestException, ValueError):
            time.sleep(0.5)
            continue
        sync = status.get("sync") or {}
        ended = sync.get("state") in ("done", "failed", "cancelled")
        if ended and (run_id is None or sync["run_id"] == run_id):
            return status
        time.sleep(0.2)
    raise AssertionError(f"the run did not end within {seconds} s: {status}")


def order_sync(stack, location_id: str) -> dict:
    """Order a full sync through the API and return its answer."""
    import requests

    answer = requests.post(
        f"{stack.url}/api/sync-location-contacts",
        json={"location_id": location_id},
        headers={"Authorization": f"Bearer {stack.api_key}"},
        timeout=60,
    )
    assert answer.status_code == 202, answer.text
    return answer.json()
