"""GoHighLevel contacts become Odoo contacts: finding, filling, remembering."""
