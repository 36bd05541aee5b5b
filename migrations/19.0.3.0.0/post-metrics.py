"""Runs of earlier versions are counted among the metrics of their days."""

from odoo import SUPERUSER_ID, api

from odoo.addons.ghl_contact_sync.engine.metrics.daily import count_runs


def migrate(cr, version):
    count_runs(api.Environment(cr, SUPERUSER_ID, {}))
