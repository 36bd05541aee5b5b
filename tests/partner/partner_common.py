"""Helpers of the tests of links to Odoo contacts."""

from odoo.tools import SQL

from ...engine.partner import job
from ..common import GhlCommon

# Tables that a run may write to, without the columns that tell only when and by whom.
_TABLES = (
    "res_partner",
    "res_partner_category",
    "res_partner_res_partner_category_rel",
    "mail_blacklist",
    "phone_blacklist",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "ghl_partner_link",
    "ghl_partner_candidate",
    "ghl_partner_made",
    "ghl_partner_todo",
    "ghl_consent_entry",
)


class PartnerCommon(GhlCommon):
    """A location that links its contacts, with the template's mapping."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = cls.env.ref("base.user_admin")
        cls.location.write(
            {
                "partner_user_id": cls.worker.id,
                "partner_link_enabled": True,
                "country": "GB",
            }
        )
        cls.Partner = cls.env["res.partner"].with_company(cls.company)

    def read_in(self, *payloads, location=None):
        """Merge contacts and work off the queue; return the outcome of the last batch.

        :return: {GHL id: link}
        """
        location = location or self.location
        self.mirror(list(payloads), location)
        return self.work_off(location)

    def work_off(self, location=None):
        """Work off the queue of a location; return {GHL id: link}."""
        location = location or self.location
        for _batch in range(50):
            if not job.process_batch(location.sudo(), 100).taken:
                break
        self.env.flush_all()
        self.env.invalidate_all()
        links = self.env["ghl.partner.link"].search([("location_id", "=", location.id)])
        return {link.contact_id.ghl_id: link for link in links}

    def partner(self, **values):
        """Create an Odoo contact of the company."""
        values = {"name": "Ada Number 1", "email": "ada1@example.com", **values}
        partner = self.Partner.create(values)
        self.env.flush_all()
        return partner

    def edited(self, number, step, **values):
        """Return a contact as edited `step` days later."""
        date = f"2025-02-{step:02d}T00:00:00.000Z"
        return self.make_payload(number, dateUpdated=date, **values)

    def count_partners(self):
        """Return how many Odoo contacts there are, archived ones too."""
        return self.Partner.with_context(active_test=False).search_count([])

    def snapshot(self):
        """Return the rows of every table that a run may write to."""
        self.env.flush_all()
        rows = {}
        for table in _TABLES:
            self.env.cr.execute("SELECT to_regclass(%s)", [table])
            if self.env.cr.fetchone()[0]:
                query = (
                    "SELECT (to_jsonb(t) - 'write_date' - 'write_uid')::text FROM %s t"
                )
                self.env.cr.execute(SQL(query, SQL.identifier(table)))
                rows[table] = {row[0] for row in self.env.cr.fetchall()}
        return rows
