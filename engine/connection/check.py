"""Testing a connection: what it can read, and what is wrong in words for a person."""

import time

from odoo import models
from odoo.exceptions import UserError

from ...engine.access.refusals import meet_refused_location, note_accepted
from ...tools.errors import (
    GhlAuthError,
    GhlError,
    GhlNotFound,
    GhlRequestError,
    GhlScopeError,
)
from ...tools.ghl.client import Timeouts
from ...tools.ghl.oauth import GhlGrantRefused, GhlNotInstalled
from ...tools.http.retry import RetryPolicy

# A person waits for the answer.
_PATIENCE = {
    "timeouts": Timeouts(connect=5, read=15, total=15),
    "acquire_timeout": 15,
    "retry_policy": RetryPolicy(attempts=2, max_total_wait=5),
    "priority": "interactive",
}
# Agencies have hundreds of locations, and one token for all of them.
MAX_TESTED = 5
# Odoo ends a cron's process after two minutes.
TEST_SECONDS = 45
_CREDENTIAL = {"private_token", "token_entry"}


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    def web_save(self, vals, *args, **kw):
        """Have a token tested that a person has just entered.

        In the background: what was entered is stored whatever GoHighLevel does.
        """
        result = super().web_save(vals, *args, **kw)
        connection = self
        if not connection and isinstance(result, list) and len(result) == 1:
            connection = self.browse(result[0].get("id"))
        if len(connection) != 1 or not self._is_entry(vals):
            return result
        if connection.auth_kind == "pit" and connection.has_token:
            if connection.location_ids:
                connection._order_task("test")
                return connection._reread(result, *args, **kw)
        return result

    def _is_entry(self, vals: dict) -> bool:
        if any(vals.get(name) for name in _CREDENTIAL):
            return True
        # A location added by hand: its id may be wrong.
        return any(command[0] == 0 for command in vals.get("location_ids") or [])

    def _reread(self, result, specification=None, *_args, **kw):
        specification = kw.get("specification", specification)
        if specification is None or not isinstance(result, list) or not result:
            return result
        return self.with_context(bin_size=True).web_read(specification)

    def action_test_connection(self):
        """Have GoHighLevel asked what the connection can read (form button).

        :raise UserError: when there is nothing to test with
        """
        self.ensure_one()
        self.check_access("write")
        if not self.has_token:
            raise UserError(
                self.env._("There is no token to test yet: enter one, or connect.")
                if self.auth_kind == "pit"
                else self.env._("Press “Connect to GoHighLevel” first.")
            )
        self._check_may_ask()
        if not (self._is_agency() or self.location_ids):
            raise UserError(
                self.env._(
                    "Add a location first: a token can only be tested by reading one."
                )
            )
        self._order_task("test")
        return self._task_ordered()

    def _check_may_ask(self) -> None:
        """Say at once what would only fail in the background.

        :raise UserError: the credential belongs to another database
        """
        if self.is_moved:
            raise UserError(self.moved_message)

    def _test_location(self, location) -> None:
        """Read a little of a location, and what it is called.

        :raise GhlError: what GoHighLevel answered instead
        """
        location._call_ghl(_read_a_little, **_PATIENCE)
        location._store_details(
            location._call_ghl(lambda client: client.get_location(), **_PATIENCE)
        )
        note_accepted(location)

    def _test_locations(self) -> tuple[list[str], bool]:
        """Read a little of each location; name those that answer.

        :return: (what is wrong, in sentences; whether the credential itself is)
        """
        self.ensure_one()
        troubles, errors, answered = [], [], False
        locations = self.location_ids.filtered("is_installed")
        deadline = time.monotonic() + TEST_SECONDS
        for location in locations[:MAX_TESTED] if self._is_agency() else locations:
            if time.monotonic() > deadline:
                troubles.append(
                    self.env._("GoHighLevel is slow: not every location was tested.")
                )
                break
            try:
                self._test_location(location)
                answered = True
            except (GhlError, UserError) as err:
                errors.append(err)
                troubles.append(self._explain_trouble(err, location))
                if isinstance(err, (GhlScopeError, GhlNotInstalled)):
                    meet_refused_location(location, err)
        # A token that serves one location is not refused itself.
        refused = not answered and any(isinstance(e, GhlAuthError) for e in errors)
        if answered or not troubles:
            self._mark_state("connected")
        elif refused:
            self._mark_state("needs_reauth", " ".join(troubles))
        elif not all(getattr(e, "retryable", False) for e in errors):
            self._mark_state("error", " ".join(troubles))
        if not troubles and not self.account_name and len(locations) == 1:
            self.account_name = locations.name
        return troubles, refused

    def _explain_trouble(self, err: Exception, location) -> str:
        """Return what a person can do about it."""
        words = str(err)
        if self.auth_kind == "pit" and isinstance(err, GhlAuthError):
            words = self.env._(
                "GoHighLevel does not know this token. Copy it again from Settings › "
                "Private Integrations of the sub-account; one that was rotated or "
                "deleted there no longer works. (%s)",
                err,
            )
        elif isinstance(err, GhlScopeError) and _names_location(err):
            words = self.env._(
                "The token belongs to another sub-account than %(id)s. Check the "
                "Location ID under Settings › Business Profile, or use a token of that "
                "sub-account. (%(told)s)",
                id=location.ghl_id,
                told=err,
            )
        elif isinstance(err, GhlScopeError):
            words = self.env._(
                "The token may not do this. It needs the scopes to view contacts "
                "(contacts.readonly) and locations (locations.readonly), and has to be "
                "made in the sub-account itself: an agency's cannot read contacts. "
                "(%s)",
                err,
            )
        elif isinstance(err, GhlNotFound) or (
            isinstance(err, GhlRequestError) and "location" in words.lower()
        ):
            words = self.env._(
                "GoHighLevel knows no location %(id)s. Check the Location ID under "
                "Settings › Business Profile of the sub-account. (%(told)s)",
                id=location.ghl_id,
                told=err,
            )
        elif isinstance(err, GhlGrantRefused | GhlNotInstalled):
            # These say themselves what to do.
            words = str(err)
        return f"{location.name}: {words}"


def _read_a_little(client):
    return client.count()


def _names_location(err: GhlError) -> bool:
    return err.status == 403 or "access to this location" in str(err).lower()
