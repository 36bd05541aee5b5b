"""Let syncs come to rest, and take the tables, before anything is altered."""

from odoo.addons.ghl_contact_sync.engine.location.writer_lock import LOCK_SPACE
from odoo.addons.ghl_contact_sync.engine.upgrade import bring_to_rest, take_tables


def migrate(cr, version):
    """Migrate from whatever version is installed."""
    bring_to_rest(cr, LOCK_SPACE)
    take_tables(cr)
