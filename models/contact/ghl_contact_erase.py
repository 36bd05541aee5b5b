"""The erasure of a person who asks for it."""

from odoo import models
from odoo.exceptions import AccessError

from ...engine.privacy.erase import erase, erase_unmirrored
from ..client_action import notify, open_list


class GhlContact(models.Model):
    _inherit = "ghl.contact"

    def action_erase(self) -> dict:
        """Erase the persons of these contacts for good (form and list button)."""
        count = len(self)
        self._erase()
        # The form that was open has nothing to show any more.
        return _erased(self.env, count, "ghl_contact_action")

    def _erase(self) -> None:
        """Erase the persons of these contacts, as an administrator of the app.

        :raise AccessError: the user is none, or may not see one of them
        """
        self.check_access("read")
        self.check_access("unlink")
        _check_manager(self.env)
        erase(self.sudo().with_context(active_test=False))


class GhlContactChange(models.Model):
    _inherit = "ghl.contact.change"

    def action_erase(self) -> dict:
        """Erase the persons of whom these changes tell (form button)."""
        count = len(set(self.filtered("ghl_id").mapped("ghl_id")))
        self._erase()
        return _erased(self.env, count, "ghl_contact_change_action")

    def _erase(self) -> None:
        """Erase the persons of whom these changes tell, mirrored or not.

        :raise AccessError: the user is no administrator, or may not see one of them
        """
        self.check_access("read")
        _check_manager(self.env)
        told = self.sudo().filtered("ghl_id")
        mirrored = told.contact_id.with_context(active_test=False)
        for location, some in told.grouped("location_id").items():
            ghl_ids = set(some.mapped("ghl_id"))
            here = mirrored.filtered(lambda one, at=location: one.location_id == at)
            gone = ghl_ids.difference(here.mapped("ghl_id"))
            if gone:
                erase_unmirrored(location, list(gone))
        if mirrored:
            erase(mirrored)


def _check_manager(env) -> None:
    if not env.su and not env.user.has_group("ghl_contact_sync.group_manager"):
        raise AccessError(env._("Administrators of the app erase persons."))


def _erased(env, count: int, action: str) -> dict:
    """Return what a button shows after persons were erased: a list without them."""
    message = env._(
        "%s persons were erased, and syncs leave them out from now on. Their Odoo "
        "contacts, if any, are still there.",
        count,
    )
    answer = notify("info", message)
    answer["params"]["next"] = open_list(env, action, [], target="main")
    return answer
