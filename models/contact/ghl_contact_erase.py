"""The erasure of a person who asks for it."""

from odoo import models
from odoo.exceptions import AccessError

from ...engine.privacy.erase import erase
from ..client_action import notify, open_list


class GhlContact(models.Model):
    _inherit = "ghl.contact"

    def action_erase(self) -> dict:
        """Erase the persons of these contacts for good (form and list button)."""
        count = len(self)
        self._erase()
        message = self.env._(
            "%s persons were erased, and syncs leave them out from now on. Their Odoo "
            "contacts, if any, are still there.",
            count,
        )
        # The form that was open has nothing to show any more.
        contacts = open_list(self.env, "ghl_contact_action", [], target="main")
        answer = notify("info", message)
        answer["params"]["next"] = contacts
        return answer

    def _erase(self) -> None:
        """Erase the persons of these contacts, as an administrator of the app.

        :raise AccessError: the user is none, or may not see one of them
        """
        self.check_access("read")
        self.check_access("unlink")
        if not self.env.su and not self.env.user.has_group(
            "ghl_contact_sync.group_manager"
        ):
            raise AccessError(self.env._("Administrators of the app erase persons."))
        erase(self.sudo().with_context(active_test=False))
