"""How a GoHighLevel contact becomes an Odoo contact: decisions without a database."""
