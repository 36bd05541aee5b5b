"""The template of mappings is made once: by later upgrades it is left as it is."""

from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file

FILE = "data/ghl_partner_mapping_data.xml"


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    if not env["ghl.partner.mapping"].search([("location_id", "=", False)], limit=1):
        # As at an installation: an update makes no row that is not there.
        convert_file(env, "ghl_contact_sync", FILE, {}, mode="init", noupdate=True)
