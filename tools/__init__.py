"""Tools that need no database: importable without Odoo.

Nothing here imports ``odoo``, so that the client, the governor and the parsing are
tested and reused outside of it. Import the module that you need by name.
"""
