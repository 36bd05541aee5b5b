"""OAuth tokens in use: read, renewed by just one of all who need them, or given up."""

import logging
import threading
import time
from contextlib import contextmanager

import psycopg2
from psycopg2 import errorcodes

from odoo import fields, models
from odoo.tools import SQL

from ...engine.access.refusals import state_moments
from ...engine.connection.app import busy, options_until, seconds_until
from ...engine.transaction import end_transaction, own_cursor, session_lock
from ...tools.errors import GhlAuthError, GhlTransportError
from ...tools.foreign_text import as_html, without_links
from ...tools.ghl.caller import GhlCaller
from ...tools.ghl.client import Timeouts
from ...tools.ghl.oauth import GhlGrantRefused, GhlNotInstalled, GhlOAuth
from ...tools.http.retry import RetryPolicy
from ...tools.rate_limit.governor import governor_for

_logger = logging.getLogger(__name__)

_RACES = (
    errorcodes.SERIALIZATION_FAILURE,
    errorcodes.DEADLOCK_DETECTED,
    errorcodes.UNIQUE_VIOLATION,
)
_TRIES = 10
# Others wait for whoever holds the row, so that one must not take long.
_TIMEOUTS = Timeouts(connect=5, read=20, total=25)
_RETRY = RetryPolicy(attempts=3, max_total_wait=15)
# First half of the advisory lock of a token's row.
TOKEN_LOCKS = 0x47484F  # "GHO"
_REMINDER = "ghl_contact_sync.mail_activity_type_reconnect"
# One thread of a process at a time waits in the database, whatever their number: each
# waiter there costs a connection of its own.
_process_locks: dict[tuple, threading.Lock] = {}


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    token_ids = fields.One2many(
        "ghl.oauth.token", "connection_id", groups="base.group_system", copy=False
    )

    # === FOR THE ENGINE AND FOR REQUESTS === #

    def _get_oauth_token(self, location, deadline: float | None = None) -> str:
        """Return the OAuth token that reads `location`; see `_get_access_token`."""
        self._check_grant(location)
        row = self._token_row(location if self._is_agency() else location.browse())
        return row._usable() or self._obtain_token(location, None, deadline)

    def _renew_oauth_token(
        self, location, stale_token: str, deadline: float | None = None
    ) -> str:
        """Return another token in place of `stale_token`.

        A new refresh token is committed, in a transaction of its own, before its access
        token is returned; callers that come meanwhile wait and get the same one.

        :param deadline: of a caller whom a person waits for, by `time.monotonic`: such
            a one begins no renewal, as it could not wait for its end
        :raise GhlGrantRefused: the connection has to be made anew, by a person
        :raise GhlTokenBusy: not before the deadline; a renewal is under way or ordered
        """
        self._check_grant(location)
        return self._obtain_token(location, stale_token, deadline)

    def _obtain_token(self, location, stale: str | None, deadline=None) -> str:
        if not self._is_agency():
            return self._renew_grant(stale, deadline)
        agency_token = self._get_install_token(deadline)
        try:
            return self._exchange_token(location, stale, agency_token, deadline)
        except GhlGrantRefused:
            raise
        except GhlAuthError:
            agency_token = self._renew_grant(agency_token, deadline)
            return self._exchange_token(location, stale, agency_token, deadline)

    def _get_install_token(self, deadline: float | None = None) -> str:
        """Return a token of the install itself, renewed if need be."""
        self.ensure_one()
        self._check_is_here()
        row = self._token_row()
        self._check_alive(row)
        return row._usable() or self._renew_grant(None, deadline)

    def _is_agency(self) -> bool:
        return self.user_type == "Company"

    def _check_grant(self, location) -> None:
        """Refuse at once what can only fail.

        :raise GhlGrantRefused: not connected, or not any more
        :raise GhlNotInstalled: the location is not (or no longer) part of the install
        """
        self._check_is_here()
        self._check_alive(self._token_row())
        foreign = (
            not self._is_agency()
            and self.ghl_location_id
            and self.ghl_location_id != location.ghl_id
        )
        if foreign or not location.is_installed:
            raise GhlNotInstalled(
                self.env._(
                    "The app is not installed on the location “%(name)s”. Install it "
                    "there from GoHighLevel's marketplace.",
                    name=location.name,
                )
            )

    def _check_alive(self, row) -> None:
        if row.dead_at:
            if not row.told_at:
                self._tell_managers()
            raise GhlGrantRefused(row.dead_message or "")
        if not (row.refresh_token or row.access_token):
            raise GhlGrantRefused(
                self.env._(
                    "The connection “%(name)s” is not connected yet. Open it and press "
                    "“Connect to GoHighLevel”.",
                    name=self.name,
                )
            )

    def _token_row(self, location=None):
        """Return the row as the present transaction sees it."""
        # sudo: tokens are used on behalf of people who may not see them.
        return (
            self.env["ghl.oauth.token"]
            .sudo()
            .search(
                [
                    ("connection_id", "=", self.id),
                    ("location_id", "=", location.id if location else False),
                ]
            )
        )

    # === RENEWING === #

    def _renew_grant(self, stale: str | None, deadline: float | None = None) -> str:
        """Return a token of the install other than `stale`, by one call upstream.

        :param deadline: the renewal is left to the background then: cut short, it would
            lose the new refresh token, and with it the connection
        """
        if deadline is not None:
            self._order_renewal(stale)
            raise busy()
        lost, passing = [], []
        user_type = self.user_type

        def renew(row):
            # As the row's own transaction sees it: nobody confirms by mistake.
            row.connection_id._check_is_here()
            if row.dead_at:
                # Somebody else has just found out. Telling needs this very lock.
                return None, row.dead_message
            token = row._usable(stale)
            if token:
                return token, None
            refresh_token = row.refresh_token or ""
            end_transaction(row.env)
            try:
                with self._oauth(on_retry=lost.append) as calls:
                    tokens = calls.refresh(refresh_token, user_type)
            except GhlGrantRefused as err:
                if not err.certain and row._may_be_refused_in_passing():
                    passing.append(err)
                    return None, None
                message = self._dead_message(err, lost)
                row.write({"dead_at": fields.Datetime.now(), "dead_message": message})
                return None, message
            row._store(tokens)
            return tokens.access_token, None

        token, message = self._with_token_row(None, renew)
        if passing:
            raise GhlAuthError(str(passing[0]), status=passing[0].status)
        if message:
            _logger.info("connection %s has to be authorized anew", self.id)
            self._tell_managers()
            raise GhlGrantRefused(message)
        return token

    def _order_renewal(self, stale: str | None) -> None:
        """Have the install's token renewed in the background.

        :param stale: the token that GoHighLevel refused, if it did
        """
        try:
            with own_cursor(self.env) as cr:
                connection = self.with_env(self.env(cr=cr, su=True))
                row = connection._token_row()
                if stale and row.access_token == stale:
                    cr.execute("SET LOCAL lock_timeout = '1s'")
                    row.expires_at = fields.Datetime.now()
                connection._order_task("renew")
        except psycopg2.OperationalError as err:
            # Somebody renews it at this moment, or there is no connection free.
            _logger.info("connection %s: %s", self.id, type(err).__name__)

    def _revive_grant(self) -> None:
        """Try the refresh token of a dead install once more: some refusals pass.

        :raise GhlGrantRefused: it is still refused
        """

        def revive(row):
            row.connection_id._check_is_here()
            if not row.dead_at or not row.refresh_token:
                return
            refresh_token, user_type = row.refresh_token, self.user_type
            end_transaction(row.env)
            with self._oauth() as calls:
                row._store(calls.refresh(refresh_token, user_type))

        if self._token_row().dead_at:
            self._with_token_row(None, revive)

    def _exchange_token(
        self, location, stale: str | None, agency_token: str, deadline=None
    ) -> str:
        """Return a token of one location other than `stale`, for the agency's."""

        ids = (self.ghl_company_id, location.ghl_id)

        def exchange(row):
            token = row._usable(stale)
            if token:
                return token
            end_transaction(row.env)
            with self._oauth(token=agency_token, **options_until(deadline)) as calls:
                tokens = calls.location_token(*ids)
            # Without a row the location is not committed yet: this token can be had
            # again at any time.
            if row:
                row._store(tokens)
            return tokens.access_token

        return self._with_token_row(location, exchange, deadline)

    def _dead_message(self, err: GhlGrantRefused, lost: list) -> str:
        message = self.env._(
            "GoHighLevel no longer accepts this connection. Open it and press “Connect "
            "to GoHighLevel” to authorize it again. (%s)",
            str(err),
        )
        if any(isinstance(one, GhlTransportError) for one in lost):
            message += " " + self.env._(
                "An answer with new tokens had been lost on its way just before."
            )
        return message

    def _with_token_row(self, location, work, deadline: float | None = None):
        """Return `work(row)`, done by one at a time and committed by itself.

        Serialised over threads, workers and nodes, by a lock that outlives
        transactions: `work` ends its own before it calls upstream. So does this one
        with the caller's, since it may have to wait for others that call.

        :raise GhlTokenBusy: others held the row until the deadline
        """
        owner = location.id if location else None
        key = (self.env.cr.dbname, self.id, owner)
        end_transaction(self.env)
        lock = _process_locks.setdefault(key, threading.Lock())
        if not lock.acquire(timeout=seconds_until(deadline)):
            raise busy()
        try:
            return self._with_locked_row(owner, work, deadline)
        finally:
            lock.release()

    def _with_locked_row(self, owner: int | None, work, deadline):
        for attempt in range(1, _TRIES + 1):
            try:
                name = f"{self.id}/{owner}"
                seconds = seconds_until(deadline)
                with (
                    own_cursor(self.env) as cr,
                    session_lock(cr, TOKEN_LOCKS, name, seconds),
                ):
                    env = self.env(cr=cr, su=True)
                    return work(self.with_env(env)._lock_token_row(owner, seconds))
            except psycopg2.Error as err:
                if deadline is not None and err.pgcode == errorcodes.LOCK_NOT_AVAILABLE:
                    raise busy() from err
                # Only waiting for the lock races; once it is held, nothing does.
                if err.pgcode not in _RACES or attempt == _TRIES:
                    raise
                time.sleep(0.01 * attempt)
        raise AssertionError("unreachable")

    def _lock_token_row(self, owner: int | None, seconds: float):
        """Return the row, locked; made if need be.

        Empty for an owner that is not committed yet: nothing is inserted that refers to
        what this transaction cannot see.

        :raise psycopg2.Error: it was changed while this waited: begin again
        """
        find = SQL(
            """
            SELECT id FROM ghl_oauth_token
             WHERE connection_id = %s AND location_id IS NOT DISTINCT FROM %s
               FOR UPDATE
            """,
            self.id,
            owner,
        )
        cr = self.env.cr
        cr.execute(
            SQL(
                "SET LOCAL lock_timeout = %s",
                f"{max(1, int(seconds * 1_000))}ms",
            )
        )
        # A race is no error, and not to be logged as one.
        cr.execute(find, log_exceptions=False)
        if not cr.rowcount:
            cr.execute(
                SQL(
                    """
                    INSERT INTO ghl_oauth_token (connection_id, location_id)
                    SELECT %(connection)s, %(owner)s
                     WHERE EXISTS (
                           SELECT FROM ghl_connection WHERE id = %(connection)s)
                       AND (%(owner)s IS NULL OR EXISTS (
                           SELECT FROM ghl_location WHERE id = %(owner)s))
                    ON CONFLICT DO NOTHING
                    """,
                    connection=self.id,
                    owner=owner,
                )
            )
            cr.execute(find, log_exceptions=False)
        row = self.env["ghl.oauth.token"].browse(found for (found,) in cr.fetchall())
        row.invalidate_recordset()
        return row

    @contextmanager
    def _oauth(self, token="", on_retry=None, timeouts=_TIMEOUTS, retry_policy=_RETRY):
        """Yield the OAuth calls of the connection's app.

        Commits what the caller has written: no transaction is open during a call.
        """
        connection = self.sudo()
        settings = self.env["ghl.settings"]
        base_url = settings._api_base_url()
        app = (self.env.cr.dbname, base_url, f"oauth/{connection.client_id}")
        version = settings._api_version()
        caller = GhlCaller(
            token=token,
            base_url=base_url,
            version=version,
            governor=governor_for(app),
            timeouts=timeouts,
            retry_policy=retry_policy,
            acquire_timeout=timeouts.total,
            on_retry=on_retry,
        )
        calls = GhlOAuth(
            caller,
            client_id=connection.client_id or "",
            client_secret=connection.client_secret or "",
            version=version,
        )
        end_transaction(self.env)
        try:
            yield calls
        finally:
            caller.close()

    # === GIVING UP === #

    def _give_up(self, message: str) -> None:
        """Stop using the install: no more calls until a person connects again."""
        self.ensure_one()

        def bury(row):
            row.write(
                {
                    "access_token": False,
                    "refresh_token": False,
                    "dead_at": fields.Datetime.now(),
                    "dead_message": message,
                }
            )

        self._with_token_row(None, bury)
        self._tell_managers()

    def _tell_managers(self) -> None:
        """Show the dead install on the connection and tell its managers, once."""

        def tell(row):
            if not row.dead_at or row.told_at:
                return
            # Somebody else's transaction may hold the connection, at worst the
            # caller's own: then the next who needs the token tells.
            row.env.cr.execute("SET LOCAL lock_timeout = '2s'")
            row.connection_id._announce_dead(row.dead_message)
            row.told_at = fields.Datetime.now()

        try:
            self._with_token_row(None, tell)
        except psycopg2.Error as err:
            if err.pgcode != errorcodes.LOCK_NOT_AVAILABLE:
                raise
            _logger.info("connection %s is busy, its managers are told later", self.id)
        self.invalidate_recordset(["state", "state_message"])

    def _announce_dead(self, message: str) -> None:
        self.write(
            {
                "state": "needs_reauth",
                "state_message": message,
                **state_moments(self, "needs_reauth"),
            }
        )
        self._tell_managers_of(message)

    def _tell_managers_of(self, message: str) -> None:
        managers = self._get_managers()
        self.message_post(
            body=as_html(message),
            subject=self.env._(
                "GoHighLevel: %s must be connected again", without_links(self.name)
            ),
            partner_ids=managers.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )
        for manager in managers:
            self.activity_schedule(
                _REMINDER,
                user_id=manager.id,
                # Markup: a note is HTML, and what is in it the vendor's words.
                note=as_html(message),
            )

    def _forget_reminders(self) -> None:
        self.activity_unlink([_REMINDER])

    def _get_managers(self):
        """Return the users who may connect again, in the connection's company."""
        group = self.env.ref("ghl_contact_sync.group_manager")
        return (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("all_group_ids", "in", group.ids),
                    ("company_ids", "in", self.company_id.ids),
                    ("share", "=", False),
                ]
            )
        )

    def _mark_state(self, state: str, message: str | None = None) -> None:
        # A sync that ends well on the last access token heals no dead install.
        alive = self.filtered(
            lambda c: (
                state != "connected"
                or c.auth_kind != "oauth"
                or not c._token_row().dead_at
            )
        )
        worked = alive.sudo().filtered(lambda c: c.state == "connected")
        result = super(GhlConnection, alive)._mark_state(state, message)
        if state == "needs_reauth":
            # An OAuth install tells by itself, in a transaction of its own.
            for connection in worked.filtered(lambda c: c.auth_kind != "oauth"):
                connection._tell_managers_of(message or "")
        elif state == "connected":
            (alive - worked).sudo()._forget_reminders()
        return result
