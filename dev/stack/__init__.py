"""Start and stop the parts: PostgreSQL, Odoo and the GHL sandbox, all on loopback."""
