"""What is good and bad about the data of a contact. Needs no Odoo."""
