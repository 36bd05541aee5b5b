"""Contacts that are mirrored already get the text by which they are found."""

from psycopg2.extras import execute_values

from odoo import SUPERUSER_ID, api

from odoo.addons.ghl_contact_sync.engine.listing import upkeep
from odoo.addons.ghl_contact_sync.engine.mirror import late_indexes
from odoo.addons.ghl_contact_sync.tools.mapping.search import lower_name, search_texts

BATCH = 5_000


def migrate(cr, version):
    late_indexes.drop(cr)
    last = 0
    while rows := _read(cr, last):
        last = rows[-1][0]
        contacts = [_as_sent(*row[1:]) for row in rows]
        texts = search_texts(contacts)
        values = [
            (row[0], text, row[1] or lower_name(contact))
            for row, contact, text in zip(rows, contacts, texts, strict=True)
        ]
        execute_values(
            cr._obj,
            """
            UPDATE ghl_contact c SET search_text = v.text, name = v.name
              FROM (VALUES %s) AS v(id, text, name) WHERE c.id = v.id
            """,
            values,
            page_size=BATCH,
        )
    cr.execute("ANALYZE ghl_contact")
    # Making the indexes takes minutes where there are millions: nobody waits for that.
    upkeep.wake(api.Environment(cr, SUPERUSER_ID, {}))


def _read(cr, last: int) -> list[tuple]:
    cr.execute(
        """
        SELECT id, name, first_name, last_name, email, phone, company_name,
               business_name, extra
          FROM ghl_contact WHERE id > %s ORDER BY id LIMIT %s
        """,
        (last, BATCH),
    )
    return cr.fetchall()


def _as_sent(name, first, last, email, phone, company, business, extra) -> dict:
    """Return a contact under the vendor's names."""
    return {
        **(extra if isinstance(extra, dict) else {}),
        "contactName": name,
        "firstName": first,
        "lastName": last,
        "email": email,
        "phone": phone,
        "companyName": company,
        "businessName": business,
    }
