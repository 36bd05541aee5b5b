"""The floor: one cursor, one statement a page, no Odoo. Nothing can do with less.

Run as a program; ``BENCH_ORDER`` names the file that says what to do.
"""

import json
import os
import sys
from pathlib import Path

import psycopg2
import requests

order = json.loads(Path(os.environ["BENCH_ORDER"]).read_text())
sys.path.insert(0, order["dev"])

from bench.clock import Stopwatch  # noqa: E402

# Column: (key of the vendor's JSON, type)
COLUMNS = {
    "ghl_id": ("id", "varchar"),
    "name": ("contactName", "varchar"),
    "first_name": ("firstName", "varchar"),
    "last_name": ("lastName", "varchar"),
    "email": ("email", "varchar"),
    "phone": ("phone", "varchar"),
    "company_name": ("companyName", "varchar"),
    "address1": ("address", "varchar"),
    "city": ("city", "varchar"),
    "state": ("state", "varchar"),
    "country": ("country", "varchar"),
    "postal_code": ("postalCode", "varchar"),
    "website": ("website", "varchar"),
    "timezone": ("timezone", "varchar"),
    "source": ("source", "varchar"),
    "type": ("type", "varchar"),
    "assigned_to": ("assignedTo", "varchar"),
    "dnd": ("dnd", "boolean"),
    "date_added": ("dateAdded", "timestamptz"),
    "date_updated": ("dateUpdated", "timestamptz"),
    "tags": ("tags", "jsonb"),
    "custom_fields": ("customFields", "jsonb"),
}
NAMES = ", ".join(COLUMNS)
TABLE = f"""
    CREATE TABLE floor (
        id serial PRIMARY KEY, location varchar NOT NULL,
        {", ".join(f"{name} {kind}" for name, (_key, kind) in COLUMNS.items())},
        UNIQUE (location, ghl_id))
"""
UPSERT = f"""
    INSERT INTO floor AS f (location, {NAMES})
    SELECT %s, {", ".join(f'"{key}"' for key, _kind in COLUMNS.values())}
      FROM jsonb_to_recordset(%s::jsonb -> 'contacts') AS r({
    ", ".join(f'"{key}" {kind}' for key, kind in COLUMNS.values())
})
    ON CONFLICT (location, ghl_id) DO UPDATE
       SET ({NAMES}) = ({", ".join(f"EXCLUDED.{name}" for name in COLUMNS)})
     WHERE ({", ".join(f"f.{name}" for name in COLUMNS)})
        IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in COLUMNS)})
"""


def fill(connection) -> None:
    """Read page after page and store each in a transaction of its own."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {order['token']}"
    session.headers["Version"] = "2021-07-28"
    body = {"locationId": order["location"], "pageLimit": order["page"]}
    while True:
        answer = session.post(f"{order['url']}/contacts/search", json=body, timeout=60)
        answer.raise_for_status()
        contacts = answer.json()["contacts"]
        if not contacts:
            return
        with connection, connection.cursor() as cursor:
            cursor.execute(UPSERT, [order["location"], answer.content.decode()])
        if len(contacts) < order["page"]:
            return
        body["searchAfter"] = contacts[-1]["searchAfter"]


def main() -> None:
    """Fill the table and say how long it took."""
    connection = psycopg2.connect("")
    with connection, connection.cursor() as cursor:
        if not order["keep"]:
            cursor.execute("DROP TABLE IF EXISTS floor")
            cursor.execute(TABLE)
    with Stopwatch() as watch:
        fill(connection)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM floor")
        (stored,) = cursor.fetchone()
    result = {"seconds": watch.seconds, "cpu": watch.cpu, "stored": stored}
    Path(order["result"]).write_text(
        json.dumps({**result, "contacts": order["contacts"]})
    )


if __name__ == "__main__":
    main()
