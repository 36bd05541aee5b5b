"""The three steps from an installed addon to a mirror, with their state and error."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

_BROKEN = ("needs_reauth", "error")


class GhlOnboarding(models.AbstractModel):
    """Keeps no state of its own: every step is read off the records it is about."""

    _name = "ghl.onboarding"
    _description = "GoHighLevel Onboarding"

    @api.model
    @api.readonly
    def get_steps(self) -> dict:
        """Return the steps as the panel above the locations shows them.

        :return: ``{"complete": bool, "steps": [step]}``; a step is ``{"key", "title",
            "text", "state": "todo"|"running"|"done"|"error", "error": str|False,
            "button": str|False, "current": bool}``, ``button`` being its label
        :rtype: dict
        :raise AccessError: for people without access to GoHighLevel
        """
        steps = [self._connect_step(), self._locations_step(), self._sync_step()]
        for step in steps:
            step["current"] = False
        open_steps = [step for step in steps if step["state"] != "done"]
        if open_steps:
            open_steps[0]["current"] = True
        for step in open_steps[1:]:
            if step["state"] == "todo":
                # A step can be taken once those before it are done.
                step["button"] = False
        return {"complete": not open_steps, "steps": steps}

    @api.model
    def open_step(self, key: str) -> dict:
        """Return the action that takes the step `key` (connect, locations or sync).

        :raise UserError: when there is no such step
        """
        actions = {
            "connect": self._open_connection,
            "locations": self._open_location,
            "sync": self._order_first_sync,
        }
        if key not in actions:
            raise UserError(self.env._("There is no such step."))
        return actions[key]()

    def _may_configure(self) -> bool:
        return self.env.user.has_group("ghl_contact_sync.group_manager")

    def _connect_step(self) -> dict:
        connections = self.env["ghl.connection"].search([("active", "=", True)])
        broken = connections.filtered(lambda c: c.is_moved or c.state in _BROKEN)[:1]
        step = {
            "key": "connect",
            "title": self.env._("Connect"),
            "text": self.env._(
                "Store the credential that lets Odoo read your GoHighLevel account."
            ),
            "state": "todo",
            "error": False,
            "button": self.env._("Add a Connection"),
        }
        if broken:
            step |= {
                "state": "error",
                "error": f"{broken.name}: "
                + (
                    broken.moved_message
                    or broken.state_message
                    or self.env._("GoHighLevel no longer accepts the credential.")
                ),
                "button": self.env._("Repair the Connection"),
            }
        elif connections.filtered("has_token"):
            step |= {"state": "done", "button": False}
        elif connections:
            step["button"] = self.env._("Finish the Connection")
        if not self._may_configure():
            step["button"] = False
        return step

    def _locations_step(self) -> dict:
        step = {
            "key": "locations",
            "title": self.env._("Pick Locations"),
            "text": self.env._("Choose the sub-accounts whose contacts are mirrored."),
            "state": "todo",
            "error": False,
            "button": self.env._("Add a Location"),
        }
        if self.env["ghl.location"].search_count([], limit=1):
            step |= {"state": "done", "button": False}
        if not self._may_configure():
            step["button"] = False
        if step["state"] != "done" and step["button"] and self._agency_to_pick_from():
            step["button"] = self.env._("Pick Locations")
        return step

    def _sync_step(self) -> dict:
        locations = self.env["ghl.location"].search([("active", "=", True)])
        step = {
            "key": "sync",
            "title": self.env._("First Sync"),
            "text": self.env._(
                "Read every contact once, and prove that none is missing."
            ),
            "state": "todo",
            "error": False,
            "button": self.env._("Sync All Contacts"),
        }
        waiting = locations.filtered(lambda loc: not loc.last_full_at)
        active = waiting.active_run_id
        failed = waiting.last_run_id.filtered(lambda run: run.state == "failed")[:1]
        if locations and not waiting:
            step |= {"state": "done", "button": False}
        elif failed and not active:
            step |= {
                "state": "error",
                "error": f"{failed.location_id.name}: "
                + (failed.error or self.env._("The sync failed.")),
                "button": self.env._("Try Again"),
            }
        elif active:
            trouble = active.filtered("state_message")[:1]
            step |= {
                "state": "running",
                "error": trouble.state_message
                and f"{trouble.location_id.name}: {trouble.state_message}",
                "text": self.env._(
                    "%(seen)s contacts read so far.",
                    seen=formatLang(
                        self.env, sum(active.mapped("contacts_seen")), digits=0
                    ),
                ),
                "button": False,
            }
        return step

    def _open_connection(self) -> dict:
        connections = self.env["ghl.connection"].search([("active", "=", True)])
        broken = connections.filtered(lambda c: c.is_moved or c.state in _BROKEN)
        target = broken or connections.filtered(lambda c: not c.has_token)
        return self._open_form("ghl.connection", target[:1])

    def _open_location(self) -> dict:
        agency = self._agency_to_pick_from()
        if agency:
            return agency.action_pick_locations()
        connection = self.env["ghl.connection"].search([], limit=1)
        return {
            **self._open_form("ghl.location"),
            "context": {"default_connection_id": connection.id},
        }

    def _agency_to_pick_from(self) -> models.BaseModel:
        return (
            self.env["ghl.connection"]
            .search([("auth_kind", "=", "oauth"), ("user_type", "=", "Company")])
            .filtered("unpicked_count")[:1]
        )

    def _open_form(self, model: str, record=None) -> dict:
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record.id if record else False,
            "views": [[False, "form"]],
            "target": "current",
        }

    def _order_first_sync(self) -> dict:
        locations = self.env["ghl.location"].search([("last_full_at", "=", False)])
        if not locations:
            raise UserError(self.env._("Every location has been synced already."))
        return locations.action_sync_all()
