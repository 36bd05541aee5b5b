"""Decisions on how a contact becomes an Odoo contact, without a database."""
