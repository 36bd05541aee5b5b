"""An agency's install: which locations it covers, and keeping that list true."""

from odoo import api, fields, models

from ...engine.connection.installs import find_removed
from ...engine.connection.tasks import work_off
from ...tools.errors import GhlAuthError
from ...tools.ghl.oauth import GhlGrantRefused


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    add_locations = fields.Boolean(
        string="Add New Locations by Themselves",
        default=True,
        help="A location on which the app is installed later is mirrored without "
        "anybody asking. Else it is added as archived, to be picked.",
    )
    reconciled_at = fields.Datetime(
        string="Locations Compared", readonly=True, copy=False
    )
    unpicked_count = fields.Integer(compute="_compute_unpicked_count")

    @api.depends("location_ids")
    def _compute_unpicked_count(self):
        counts = dict(
            self.env["ghl.location"]
            .with_context(active_test=False)
            ._read_group(
                [
                    ("connection_id", "in", self.ids),
                    ("active", "=", False),
                    ("is_installed", "=", True),
                ],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.unpicked_count = counts.get(connection, 0)

    # === ACTIONS === #

    def action_refresh_locations(self):
        """Have GoHighLevel asked where the app is installed (form button)."""
        self.ensure_one()
        self.check_access("write")
        self._check_may_ask()
        self._order_task("reconcile")
        return self._task_ordered()

    def action_pick_locations(self):
        """Open the list in which the locations to be mirrored are switched on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pick Locations"),
            "res_model": "ghl.location",
            "views": [
                [
                    self.env.ref("ghl_contact_sync.ghl_location_view_list_pick").id,
                    "list",
                ]
            ],
            "domain": [("connection_id", "=", self.id)],
            "context": {"active_test": False, "create": False},
        }

    # === THE LIST === #

    def _list_installed(self) -> list:
        """Return the locations on which the app is installed, the list being complete.

        :raise GhlError: it could not be read to its end
        """
        company_id = self.ghl_company_id
        token = self._get_install_token()
        try:
            with self._oauth(token=token) as calls:
                return list(calls.installed_locations(company_id))
        except GhlGrantRefused:
            raise
        except GhlAuthError:
            token = self._renew_grant(token)
            with self._oauth(token=token) as calls:
                return list(calls.installed_locations(company_id))

    def _reconcile_locations(self) -> str:
        """Make the locations those on which the app is installed; return it in words.

        A location that the list does not show is asked about by itself: a list may be
        short without saying so. GoHighLevel is asked first, and all is written then.

        :raise GhlError: the list could not be read; nothing was changed then
        """
        self.ensure_one()
        rows = self._list_installed()
        listed = {row.ghl_id for row in rows}
        missing = self._installed_locations().filtered(
            lambda location: location.ghl_id not in listed
        )
        removed, untold = find_removed(self, missing)
        foreign = 0
        for row in rows:
            location = self._install_location(row.ghl_id, name=row.name)
            foreign += not location
        for location in removed:
            location._mark_uninstalled()
        self.write(
            {
                "reconciled_at": fields.Datetime.now(),
                "account_name": self.account_name or self.ghl_company_id,
            }
        )
        return self._tell_reconciled(len(rows), foreign, len(removed), untold)

    def _tell_reconciled(self, count, foreign, removed, untold) -> str:
        sentences = [
            self.env._("The app is installed on %(count)s locations.", count=count)
        ]
        if foreign:
            sentences.append(
                self.env._(
                    "%s of them are read by another connection already: move them here "
                    "by “Move to Connection…” on the location, if they belong here.",
                    foreign,
                )
            )
        if removed:
            sentences.append(
                self.env._("From %s it was removed, as GoHighLevel says.", removed)
            )
        if untold:
            sentences.append(
                self.env._(
                    "%s more are missing in GoHighLevel's list. It does not say that "
                    "the app was removed from them: they are kept, and asked about "
                    "again.",
                    untold,
                )
            )
        return " ".join(sentences)

    def _installed_locations(self):
        locations = self.with_context(active_test=False).location_ids
        return locations.filtered("is_installed")

    @api.model
    def _cron_reconcile(self) -> None:
        """Compare the locations of every agency install, once a day.

        Each by itself: whatever is wrong with one is not that of the others.
        """
        agencies = self.search(
            [("auth_kind", "=", "oauth"), ("user_type", "=", "Company")]
        ).filtered(lambda c: c.has_token and not c.is_moved)
        for agency in agencies:
            agency._order_task("reconcile")
        work_off(self.env)

    # === EVENTS === #

    def _install_location(self, ghl_id=None, company_id=None, *, name=None):
        """Note that the app is installed on a location; INSTALL events say so.

        :param ghl_id: the location; None: the agency as a whole
        :param company_id: the agency's id as the event tells it
        :return: the `ghl.location`; empty when another connection reads it
        """
        self.ensure_one()
        Location = self.env["ghl.location"].sudo().with_context(active_test=False)
        if not self._is_own_account(company_id):
            return Location
        if not ghl_id:
            if self._is_agency():
                self._reconcile_locations()
            return Location
        if not self._is_agency() and ghl_id != self.ghl_location_id:
            return Location
        location = Location.search([("ghl_id", "=", ghl_id)])
        if not location:
            return self._add_location(ghl_id, name)
        if location.connection_id != self:
            return Location
        if not location.is_installed:
            location._mark_installed()
        return location

    def _add_location(self, ghl_id: str, name: str | None):
        # The first locations of an install are there to be picked from, unless told
        # otherwise; that of a location's own install was picked on the way here.
        active = self.add_locations or not self._is_agency()
        location = (
            self.env["ghl.location"]
            .sudo()
            .create(
                {
                    "name": name or ghl_id,
                    "ghl_name": name,
                    "ghl_id": ghl_id,
                    "connection_id": self.id,
                    "active": active,
                }
            )
        )
        if active and self.reconciled_at:
            # Nobody looks at one that came later, so nothing waits for its button.
            location._trigger_cron()
        return location

    def _uninstall_location(self, ghl_id=None, company_id=None) -> None:
        """Note that the app was removed from a location; UNINSTALL events say so.

        :param ghl_id: the location; None: the whole agency
        """
        self.ensure_one()
        if not self._is_own_account(company_id):
            return
        whole = not ghl_id if self._is_agency() else ghl_id == self.ghl_location_id
        locations = self._installed_locations()
        if ghl_id:
            locations = locations.filtered(lambda loc: loc.ghl_id == ghl_id)
        elif not whole:
            return
        for location in locations:
            location._mark_uninstalled()
        if whole and self.user_type:
            self._give_up(
                self.env._(
                    "The app was removed at GoHighLevel. Install it again by “Connect "
                    "to GoHighLevel”."
                )
            )

    def _is_own_account(self, company_id: str | None) -> bool:
        own = self.ghl_company_id
        return self.auth_kind == "oauth" and (
            not company_id or not own or own == company_id
        )


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    is_installed = fields.Boolean(
        string="Installed",
        default=True,
        readonly=True,
        copy=False,
        help="Whether the app is installed on the location (OAuth connections).",
    )

    def _mark_uninstalled(self) -> None:
        """Stop reading the location; its mirror stays."""
        self.is_installed = False
        self.message_post(
            body=self.env._(
                "The app was removed from this location at GoHighLevel. Its contacts "
                "stay here as they were read last."
            )
        )
        connection = self.connection_id
        if connection._token_row(self):
            # Of no use any more. The row is only ever written by itself.
            connection._with_token_row(
                self, lambda row: row.write({"access_token": False})
            )

    def _mark_installed(self) -> None:
        """Read the location again."""
        self.is_installed = True
        self.message_post(body=self.env._("The app is installed here again."))
        if self.active and self.auto_sync:
            # What changed in the meantime came without events, deletions as well.
            self._order_sync("verify" if self.last_full_at else "full", "webhook")
