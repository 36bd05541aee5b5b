"""Odoo's ORM, as connectors use it. Fed to ``odoo shell``, where ``env`` is.

``BENCH_ORDER`` names the file that says what to do; ``way`` is one of the two below.
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path

import requests

env = globals()["env"]
order = json.loads(Path(os.environ["BENCH_ORDER"]).read_text())
sys.path.insert(0, order["dev"])

from bench.clock import Stopwatch  # noqa: E402

COMMIT_EVERY = 100
FIELDS = {
    "ghl_id": "id",
    "name": "contactName",
    "first_name": "firstName",
    "last_name": "lastName",
    "email": "email",
    "phone": "phone",
    "company_name": "companyName",
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
    "tags": "tags",
    "custom_fields": "customFields",
}


def pages():
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {order['token']}"
    session.headers["Version"] = "2021-07-28"
    body = {"locationId": order["location"], "pageLimit": order["page"]}
    while True:
        answer = session.post(f"{order['url']}/contacts/search", json=body, timeout=60)
        answer.raise_for_status()
        contacts = answer.json()["contacts"]
        if contacts:
            yield contacts
        if len(contacts) < order["page"]:
            return
        body["searchAfter"] = contacts[-1]["searchAfter"]


def values_of(contact):
    values = {name: contact.get(key) for name, key in FIELDS.items()}
    values["location"] = order["location"]
    for name, key in (("date_added", "dateAdded"), ("date_updated", "dateUpdated")):
        values[name] = datetime.fromisoformat(contact[key][:-1])
    return values


def one_by_one(model):
    done = 0
    for contacts in pages():
        for contact in contacts:
            values = values_of(contact)
            known = model.search(
                [
                    ("location", "=", order["location"]),
                    ("ghl_id", "=", values["ghl_id"]),
                ],
                limit=1,
            )
            if known:
                known.write(values)
            else:
                model.create(values)
            done += 1
            if done % COMMIT_EVERY == 0:
                env.cr.commit()
                env.invalidate_all()
    env.cr.commit()


def batched(model):
    for contacts in pages():
        model.create([values_of(contact) for contact in contacts])
        env.cr.commit()
        env.invalidate_all()


model = env["bench.contact"]
env.cr.execute("TRUNCATE bench_contact")
env.cr.commit()
with Stopwatch() as watch:
    {"one_by_one": one_by_one, "batched": batched}[order["way"]](model)
result = {
    "seconds": watch.seconds,
    "cpu": watch.cpu,
    "stored": model.search_count([]),
    "contacts": order["contacts"],
}
Path(order["result"]).write_text(json.dumps(result))
