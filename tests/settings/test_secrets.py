"""Planted secrets and people's data, looked for wherever they must not turn up."""

import json
import logging
import secrets

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger

from ... import const
from ...engine.connection.agency import reconcile_locations
from ...engine.connection.app import app_calls
from ...engine.connection.authorize import finish_connect
from ...engine.connection.check import check_locations
from ...engine.connection.client import call_ghl, make_client
from ...engine.connection.tokens import renew_grant
from ...tools.errors import GhlError
from ...tools.ghl.oauth_answers import TokenSet
from ..common import GhlCommon
from ..webhook.webhook_common import WebhookMixin

# Columns in which each may stand, and nowhere else of the whole database.
HOMES = {
    "private token": {"ghl_connection"},
    "client secret": {"ghl_connection"},
    "access token": {"ghl_oauth_token"},
    "refresh token": {"ghl_oauth_token"},
    "name": {"ghl_contact"},
    "email": {"ghl_contact"},
    "phone": {"ghl_contact"},
    "note": {"ghl_contact"},
    "event": set(),
}


class Collected(logging.Handler):
    """Everything that is logged, tracebacks and arguments included."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))
        self.lines.append(repr(record.args))


@tagged("post_install", "-at_install")
class TestSecrets(WebhookMixin, GhlCommon, HttpCase):
    def setUp(self):
        super().setUp()
        digits = "".join(secrets.choice("23456789") for _digit in range(7))
        self.planted = {
            **{kind: secrets.token_hex(12) for kind in HOMES},
            "email": f"{secrets.token_hex(6)}@example.com",
            "phone": f"+1415{digits}",
        }
        self.assertEqual(set(self.planted), set(HOMES))
        self.connection.private_token = "pit-" + self.planted["private token"]
        self.oauth = self.env["ghl.connection"].create(
            {
                "name": "App",
                "auth_kind": "oauth",
                "client_id": "ours-1",
                "client_secret": self.planted["client secret"],
                "user_type": "Company",
                "ghl_company_id": "agency",
            }
        )
        self.row = self.env["ghl.oauth.token"].create(
            {
                "connection_id": self.oauth.id,
                "access_token": self.planted["access token"],
                "refresh_token": self.planted["refresh token"],
                "issued_at": "2026-01-01",
                "expires_at": "2026-01-02",
            }
        )
        self.theirs = self.env["ghl.location"].create(
            {"name": "Theirs", "ghl_id": "theirs", "connection_id": self.oauth.id}
        )
        self.payload = self.make_payload(
            1,
            firstName=self.planted["name"],
            email=self.planted["email"],
            phone=self.planted["phone"],
            customFields=[{"id": "f", "value": self.planted["note"]}],
        )
        self.mirror([self.payload])
        self.shown = []
        self.log = Collected()
        # Also of what we call: it is told our addresses and headers.
        for name in ("odoo.addons.ghl_contact_sync", "urllib3", "requests", "werkzeug"):
            logger = logging.getLogger(name)
            level = logger.level
            logger.addHandler(self.log)
            logger.setLevel(logging.DEBUG)
            self.addCleanup(logger.setLevel, level)
            self.addCleanup(logger.removeHandler, self.log)

    def assertNothingShown(self):
        self.assertTrue(self.log.lines or self.shown)
        text = "\n".join([*self.shown, *self.log.lines])
        for kind, value in self.planted.items():
            at = text.find(value)
            self.assertLess(at, 0, f"{kind}: {text[max(0, at - 300) : at + 99]}")

    def assertOnlyAtHome(self):
        """Look through every row of every table."""
        self.env.flush_all()
        pattern = "|".join(v.replace("+", "").lower() for v in self.planted.values())
        self.env.cr.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' "
            "AND relnamespace = current_schema()::regnamespace"
        )
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(
                SQL(
                    "SELECT lower(t::text) FROM %s t WHERE t::text ~* %s",
                    SQL.identifier(table),
                    pattern,
                )
            )
            text = "\n".join(row for (row,) in self.env.cr.fetchall())
            for kind, value in self.planted.items():
                if table not in HOMES[kind]:
                    self.assertNotIn(value.replace("+", "").lower(), text, table)

    def echo(self, status):
        """Let the vendor answer with all that it was sent, and with a contact."""

        def answer(request):
            self.vendor.requests.append(request)
            sent = request.body or b""
            sent = sent.decode() if isinstance(sent, bytes) else sent
            whose = f"{self.planted['email']} {self.planted['phone']}"
            told = f"{request.headers} {sent} {whose}"
            body = {"statusCode": status, "message": told, "error": told}
            body |= {"meta": self.payload, **self.payload}
            return self.vendor.json(status, body)

        self.vendor.answer = answer

    def log_record(self, err):
        """Return how somebody would log an error, with its traceback."""
        trace = (type(err), err, err.__traceback__)
        return logging.LogRecord("x", logging.ERROR, "x", 1, "%s", (err,), trace)

    def call(self, work):
        """Note all that a failing call shows; what it returns is the vendor's data."""
        try:
            with self.env.cr.savepoint():
                work()
        except (GhlError, UserError) as err:
            self.log.handle(self.log_record(err))
            self.shown += [str(err), repr(err), repr(err.args), repr(err.__cause__)]

    def test_whatever_the_vendor_answers(self):
        with self.enter_registry_test_mode():
            for status in (200, 400, 401, 422):
                self.echo(status)
                self.call(lambda: call_ghl(self.location, lambda c: c.get_location()))
                self.call(lambda: call_ghl(self.location, lambda c: c.count()))
                self.call(lambda: check_locations(self.connection))
                self.row.write({"revoked_at": False})
                self.call(lambda: reconcile_locations(self.oauth))
                self.call(lambda: finish_connect(self.oauth, secrets.token_hex(8)))
                self.call(lambda: renew_grant(self.oauth, "stale"))
        self.assertTrue(self.vendor.requests)
        self.assertNothingShown()
        for connection in self.connection | self.oauth:
            self.shown += [connection.state_message or "", connection.display_name]
            self.shown += connection.message_ids.mapped("body")
            self.shown += [str(note) for note in connection.activity_ids.mapped("note")]
        self.assertNothingShown()

    def test_changed_secrets_reach_no_other_table(self):
        for connection in self.connection | self.oauth:
            connection.write({"name": "Renamed"})
        self.oauth.with_user(self.manager).client_secret_entry = self.planted[
            "client secret"
        ]
        self.connection.with_user(self.manager).token_entry = (
            "pit-" + self.planted["private token"]
        )
        self.assertOnlyAtHome()

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.models")
    def test_no_reading_and_no_export(self):
        tokens = ("private_token", "client_secret", "token_entry")
        for user in (self.user, self.manager, self.env.ref("base.user_admin")):
            user.sudo().group_ids += self.env.ref("base.group_allow_export")
            for record in (self.connection, self.oauth):
                record = record.with_user(user)
                names = [
                    name
                    for name, field in record.fields_get().items()
                    if field.get("exportable", True)
                ]
                self.assertFalse(set(names) & {"private_token", "client_secret"})
                self.shown.append(str(record.export_data(names)))
                self.shown.append(repr(record))
                if not user.has_group("base.group_system"):
                    self.shown.append(str(record.read()))
                    for name in tokens[:2]:
                        with self.assertRaises(AccessError):
                            record.read([name])
            row = self.row.with_user(user)
            if user.has_group("base.group_system"):
                told = row.fields_get()
                self.assertFalse(told["refresh_token"]["exportable"])
                self.assertFalse(told["access_token"]["exportable"])
            else:
                with self.assertRaises(AccessError):
                    row.read(["connection_id"])
        self.assertNothingShown()

    def test_objects_tell_nothing(self):
        held = TokenSet(
            access_token=self.planted["access token"],
            refresh_token=self.planted["refresh token"],
            lifetime=60,
            user_type="Company",
            company_id="agency",
            location_id=None,
            scopes="",
            language="v2",
        )
        client = make_client(self.connection, self.location)
        self.addCleanup(client.close)
        with app_calls(self.oauth, self.planted["access token"]) as calls:
            for thing in (held, client, calls, self.row, self.oauth):
                self.shown += [repr(thing), str(thing)]
        self.assertNothingShown()

    @mute_logger("odoo.http")
    def test_webhooks_and_the_api_log_no_data(self):
        event = self.make_event(
            firstName=self.planted["event"],
            email=self.planted["email"],
            phone=self.planted["phone"],
        )
        body = json.dumps(event).encode()
        good = self.signer.headers(body)
        for headers in (good, {}, {**good, "X-GHL-Signature": "x"}):
            answer = self.url_open(const.ROUTE_WEBHOOK, data=body, headers=headers)
            self.shown.append(answer.text)
        key = {"Authorization": f"Bearer {self.make_key(self.user)}"}
        for name in ("location_id", "page", "sort"):
            query = {"location_id": self.location.ghl_id, name: self.planted["email"]}
            answer = self.url_open(const.ROUTE_CONTACTS, params=query, headers=key)
            self.shown.append(answer.text)
        self.log.lines = [one for one in self.log.lines if "GET /api/" not in one]
        self.assertNothingShown()
        self.assertOnlyAtHome()
