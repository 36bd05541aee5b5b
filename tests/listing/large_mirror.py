"""A location with so many contacts that indexes are worth while."""

from odoo.tools import SQL

from ...engine.api.contacts import list_contacts
from ...engine.listing import ranking
from ...engine.mirror import late_indexes
from ..common import GhlCommon

_FILL = """
    INSERT INTO ghl_contact (
        location_id, active, ghl_id, name, first_name, last_name, email, phone,
        company_name, source, type, city, country, assigned_to, content_hash,
        date_added_ms, date_updated_ms, search_text)
    SELECT %(location)s, TRUE, 'c' || n, 'Name ' || n %% 997, 'First' || n %% 89,
           'Last' || n %% 91, 'mail' || n || '@example.com', '+49' || n,
           CASE WHEN n %% 3 > 0 THEN 'Company ' || n %% 50 END, 'source' || n %% 9,
           'lead', 'City' || n %% 40, 'DE', 'owner' || n %% 7, 'x',
           CASE WHEN n %% 11 > 0 THEN 1.5e12 + n %% 4999 * 1e6 END, 1.6e12 + n,
           chr(31) || 'mail' || n || '@example.com' || chr(31) || 'name ' || n %% 997
               || chr(31) || '49' || n || chr(31)
      FROM generate_series(%(since)s + 1, %(until)s) AS n
"""


class LargeMirror(GhlCommon):
    """A location with so many contacts that indexes are worth while."""

    def fill(self, location, size, since=0):
        given = {"location": location.id, "since": since, "until": since + size}
        self.env.cr.execute(_FILL, given)
        location.contact_count += size
        location.write({"ghl_total": location.contact_count})
        self.set_total(location.contact_count)
        self.env.flush_all()

    def analyze(self):
        late_indexes.make(self.env.cr)
        for table in ("ghl_contact", "ghl_contact_ghl_tag_rel"):
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    def count_orders(self):
        """Count the orders as the cron does, whose transactions end."""
        ranking.order_counting(self.env.cr, self.location.id)
        for sort in ranking.SORTS:
            ranking.count(self.env.cr, self.location.id, sort)
        # Within one transaction, whatever was written belongs to what was counted.
        self.env.cr.execute(
            "UPDATE ghl_contact_ranking SET counted = '1:1:'::pg_snapshot"
        )
        self.env.cr.execute("DELETE FROM ghl_contact_shift")

    def list(self, location=None, **given):
        given = {
            "page": 1,
            "limit": 10,
            "sort": "date_added",
            "order": "desc",
            **given,
        }
        location = location or self.location
        return list_contacts(location.with_user(self.user), **given)

    def ids(self, **given):
        return [contact["id"] for contact in self.list(**given)["contacts"]]
