"""From the button over the vendor's chooser to a connected account."""

import re
import time
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import new_test_user

from ... import const
from ...engine.connection import offer
from ...engine.connection.agency import (
    install_location,
    reconcile_locations,
    uninstall_location,
)
from ...engine.connection.authorize import finish_connect, get_chooser_url
from ...tools.errors import GhlError
from ..sandbox import Sandbox, SandboxCase

APP = 0
ENGINE = "odoo.addons.ghl_contact_sync.engine.connection"


def authorize(sandbox, *locations):
    """Return a code, as the chooser gives it: for the agency, or for one location."""
    told = sandbox.control("GET", "")["locations"]
    chosen = [told[one]["id"] if type(one) is int else one for one in locations]
    body = {"locations": chosen} if chosen else {"company": True}
    return sandbox.control("POST", "/authorize", body)["code"]


class OauthCase(SandboxCase):
    sandbox_options = ("--locations", "4,6,8")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.app = cls.sandbox.control("GET", "")["app"]
        cls.oauth = cls.env["ghl.connection"].create(
            {
                "name": "Our App",
                "auth_kind": "oauth",
                "client_id": cls.app["clientId"],
                "client_secret": cls.app["clientSecret"],
            }
        )

    def setUp(self):
        super().setUp()
        self.enterContext(self.enter_registry_test_mode())
        self.told = self.sandbox.control("GET", "")["locations"]
        ids = [one["id"] for one in self.told]
        body = {"locations": ids, "webhooks": False}
        self.sandbox.control("POST", "/install", body)
        self.sandbox.control("PATCH", "/settings", {"dialects": []})

    def sync(self, location, kind="full", slices=30):
        # It enters the test mode by itself.
        self.registry_leave_test_mode()
        try:
            return super().sync(location, kind, slices)
        finally:
            self.registry_enter_test_mode(register_cleanup=False)

    def connect_app(self, *locations):
        self.env.flush_all()
        finish_connect(self.oauth, authorize(self.sandbox, *locations))
        self.env.invalidate_all()
        self.assertEqual(self.oauth.state, "connected")
        self.work_off_tasks()
        return self.oauth.task_message

    def all_locations(self):
        return self.oauth.with_context(active_test=False).location_ids


@tagged("post_install", "-at_install")
class TestOauthConnect(OauthCase):
    def test_one_location(self):
        message = self.connect_app(1)
        location = self.oauth.location_ids
        self.assertEqual(location.ghl_id, self.told[1]["id"])
        self.assertEqual(location.name, self.told[1]["name"])
        self.assertEqual(self.oauth.account_name, location.name)
        self.assertEqual(self.oauth.state, "connected")
        self.assertEqual(self.oauth.user_type, "Location")
        self.assertIn(location.name, message)
        self.assertTrue(self.oauth.calibrated_at)
        self.assertTrue(self.oauth.token_expires_at)
        run = self.sync(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertMirrors(location)

    def test_agency_lists_its_locations(self):
        self.connect_app()
        locations = self.all_locations()
        self.assertEqual(
            {loc.ghl_id: loc.name for loc in locations},
            {one["id"]: one["name"] for one in self.told},
        )
        self.assertEqual(self.oauth.user_type, "Company")
        self.assertTrue(all(locations.mapped("active")))
        run = self.sync(locations[0])
        self.assertEqual(run.state, "done", run.error)
        self.assertMirrors(locations[0])
        self.oauth.action_test_connection()
        self.work_off_tasks()
        self.assertEqual(self.oauth.task_tone, "success", self.oauth.task_message)

    def test_agency_with_picking(self):
        self.oauth.add_locations = False
        self.connect_app()
        self.assertFalse(self.oauth.location_ids)
        self.assertEqual(self.oauth.unpicked_count, 3)
        action = self.env["ghl.onboarding"].open_step("locations")
        self.assertEqual(action["res_model"], "ghl.location")
        found = (
            self.env["ghl.location"]
            .with_context(**action["context"])
            .search(action["domain"])
        )
        self.assertEqual(len(found), 3)
        found[0].active = True
        self.assertEqual(self.oauth.location_ids, found[0])

    def test_reconciling_follows_installs_and_uninstalls(self):
        self.connect_app()
        gone = self.told[0]["id"]
        self.sandbox.control(
            "POST", "/uninstall", {"locations": [gone], "webhooks": False}
        )
        self.env.flush_all()
        self.env.ref("ghl_contact_sync.ir_cron_reconcile").method_direct_trigger()
        self.work_off_tasks()
        location = self.all_locations().filtered(lambda loc: loc.ghl_id == gone)
        self.assertFalse(location.is_installed)
        run = self.sync(location)
        self.assertEqual(run.state, "failed")
        self.assertIn("not installed", run.error)
        self.assertEqual(self.oauth.state, "connected")
        self.sandbox.control(
            "POST", "/install", {"locations": [gone], "webhooks": False}
        )
        fresh = self.sandbox.add_location(2)
        reconcile_locations(self.oauth)
        self.assertTrue(location.is_installed)
        self.assertIn(fresh["id"], self.oauth.location_ids.mapped("ghl_id"))
        self.sandbox.control("DELETE", f"/locations/{fresh['id']}")

    def test_events_of_installs(self):
        self.connect_app()
        company = self.oauth.ghl_company_id
        first = self.told[0]["id"]
        uninstall_location(self.oauth, first, company)
        location = self.all_locations().filtered(lambda loc: loc.ghl_id == first)
        self.assertFalse(location.is_installed)
        install_location(self.oauth, first, company)
        self.assertTrue(location.is_installed)
        uninstall_location(self.oauth, first, "another-agency")
        self.assertTrue(location.is_installed)
        uninstall_location(self.oauth, None, company)
        self.assertEqual(self.oauth.state, "needs_reauth")
        self.assertFalse(any(self.all_locations().mapped("is_installed")))

    def test_location_of_another_connection_stays_there(self):
        self.location.ghl_id = self.told[0]["id"]
        message = self.connect_app()
        self.assertEqual(self.location.connection_id, self.connection)
        self.assertEqual(len(self.all_locations()), 2)
        self.assertIn("another connection", message)

    def test_other_account_is_refused(self):
        self.connect_app(0)
        with self.assertRaises(UserError):
            self.connect_app(1)
        self.assertEqual(self.oauth.location_ids.ghl_id, self.told[0]["id"])

    def test_wrong_secret_is_said_in_words(self):
        self.oauth.client_secret = "wrong"
        with self.assertRaisesRegex(GhlError, "client id or client secret"):
            self.connect_app()
        self.assertEqual(self.oauth.state, "draft")
        self.assertFalse(self.oauth.is_busy)

    def test_expired_token_costs_one_request(self):
        self.connect_app(2)
        location = self.oauth.location_ids
        self.sync(location)
        self.sandbox.control("POST", "/tokens/expire", {"all": True})
        run = self.sync(location, "verify")
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(self.oauth.state, "connected")

    def test_other_dialects_of_the_api(self):
        for dialects in (["v3-only"], ["v2-only", "location-token-201"]):
            with self.subTest(dialects=dialects):
                self.sandbox.control("PATCH", "/settings", {"dialects": dialects})
                self.connect_app()
                self.assertEqual(len(self.all_locations()), 3)
                location = self.oauth.location_ids[0]
                run = self.sync(location)
                if run.state == "waiting":
                    # Surprised: what was found out under the dialect before is wrong.
                    time.sleep(2)
                    run = self.sync(location)
                self.assertEqual(run.state, "done", run.error)

    def test_nothing_secret_is_shown(self):
        self.connect_app()
        row = self.oauth._token_row()
        secrets_now = {row.access_token, row.refresh_token, self.app["clientSecret"]}
        texts = [
            *self.oauth.message_ids.mapped("body"),
            str(self.oauth.with_user(self.manager).read()),
        ]
        for secret in secrets_now:
            self.assertTrue(secret)
            self.assertFalse([text for text in texts if secret in str(text)])
        with self.assertRaises(AccessError):
            row.with_user(self.manager).read(["access_token"])
        for model, name in (
            ("ghl.oauth.token", "access_token"),
            ("ghl.oauth.token", "refresh_token"),
            ("ghl.connection", "client_secret"),
        ):
            self.assertFalse(self.env[model].fields_get([name])[name]["exportable"])
        self.assertFalse(self.oauth.copy().has_token)

    def test_button_says_what_is_missing(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "http://odoo.example")
        with self.assertRaisesRegex(UserError, "https"):
            self.oauth.action_connect()
        self.oauth.client_id = False
        with self.assertRaisesRegex(UserError, "client ID"):
            self.oauth.action_connect()
        with self.assertRaises(AccessError):
            self.oauth.with_user(self.user).action_connect()


@tagged("post_install", "-at_install")
class TestOauthBrowser(HttpCase):
    """The way over the browser, with the vendor's chooser in between."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox = Sandbox("--locations", "4,6")
        cls.addClassCleanup(cls.sandbox.stop)
        told = cls.sandbox.control("GET", "")
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param("ghl_contact_sync.api_base_url", cls.sandbox.url)
        parameters.set_param("web.base.url", cls.base_url())
        cls.manager = new_test_user(
            cls.env, "oauth_manager", "ghl_contact_sync.group_manager"
        )
        cls.user = new_test_user(cls.env, "oauth_user", "ghl_contact_sync.group_user")
        cls.oauth = cls.env["ghl.connection"].create(
            {
                "name": "Our App",
                "auth_kind": "oauth",
                "client_id": told["app"]["clientId"],
                "client_secret": told["app"]["clientSecret"],
                "install_url": told["app"]["chooserUrl"],
            }
        )

    def go(self, login="oauth_manager"):
        """Press the button as a user; return the address of the chooser."""
        self.authenticate(login, login)
        user = self.manager if login == "oauth_manager" else self.user
        action = self.oauth.with_user(user).action_connect()
        self.env.flush_all()
        answer = self.url_open(action["url"], allow_redirects=False)
        self.assertEqual(answer.status_code, 303, answer.text)
        return answer.headers["Location"]

    def come_back(self, **query):
        answer = self.url_open(
            f"{const.ROUTE_OAUTH_CALLBACK}?{urlencode(query)}",
            allow_redirects=False,
        )
        self.env.invalidate_all()
        return answer

    def test_there_and_back(self):
        chooser = self.go()
        query = {k: v[0] for k, v in parse_qs(urlsplit(chooser).query).items()}
        self.assertTrue(chooser.startswith(self.sandbox.url))
        self.assertTrue(query["redirect_uri"].endswith(const.ROUTE_OAUTH_CALLBACK))
        answer = self.come_back(code=authorize(self.sandbox), state=query["state"])
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertIn(str(self.oauth.id), answer.headers["Location"])
        self.assertEqual(self.oauth.state, "connected")
        self.assertTrue(self.oauth.is_busy)
        self.work_off_tasks()
        self.assertEqual(len(self.oauth.location_ids), 2)
        # The attempt is used up.
        again = self.come_back(code=authorize(self.sandbox), state=query["state"])
        self.assertEqual(again.status_code, 403)

    def work_off_tasks(self):
        self.env.flush_all()
        cron = self.env.ref("ghl_contact_sync.ir_cron_connection_tasks")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def field(self, page, name):
        return re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]

    def answer(self, page, answer="yes", **changes):
        """Press a button of the page that asks whose account it is."""
        form = {name: self.field(page, name) for name in ("csrf_token", "proof")}
        answer = self.url_open(
            const.ROUTE_OAUTH_CONFIRM,
            data={**form, "answer": answer, **changes},
            allow_redirects=False,
        )
        self.env.invalidate_all()
        return answer

    def test_without_state_a_person_confirms_the_account(self):
        self.go()
        told = self.sandbox.control("GET", "")["locations"][0]
        page = self.come_back(code=authorize(self.sandbox, 0))
        self.assertEqual(page.status_code, 200)
        self.assertIn(told["id"], page.text)
        self.assertIn(told["name"], page.text)
        self.assertEqual(page.headers["X-Frame-Options"], "DENY")
        # Nothing is connected, and no token can be read, until then.
        self.assertEqual(self.oauth.state, "draft")
        self.assertFalse(self.oauth.token_ids)
        self.assertNotIn("access_token", self.env["ghl.oauth.offer"].search([]).sealed)
        done = self.answer(page)
        self.assertEqual(done.status_code, 303, done.text)
        self.assertEqual(self.oauth.state, "connected")
        self.assertFalse(self.env["ghl.oauth.offer"].search([]))
        self.work_off_tasks()
        self.assertEqual(self.oauth.location_ids.ghl_id, told["id"])
        self.assertEqual(self.answer(page).status_code, 403)

    def test_a_code_is_exchanged_once_though_storing_loses_to_others(self):
        self.go()
        store, lost = offer._store_offer, []

        def lose_first(*args):
            if not lost:
                lost.append(True)
                raise SerializationFailure("somebody was quicker")
            return store(*args)

        with patch.object(offer, "_store_offer", lose_first):
            page = self.come_back(code=authorize(self.sandbox, 0))
        self.assertEqual(page.status_code, 200, page.text)
        self.assertEqual(self.answer(page).status_code, 303)
        self.assertEqual(self.oauth.state, "connected")

    def test_agency_is_named_by_its_locations(self):
        self.go()
        page = self.come_back(code=authorize(self.sandbox))
        for told in self.sandbox.control("GET", "")["locations"]:
            self.assertIn(told["name"], page.text)

    def test_attackers_code_is_not_connected(self):
        """The button was pressed minutes ago; a link brings a code of somebody's."""
        self.go()
        page = self.come_back(code=authorize(self.sandbox, 1))
        self.assertEqual(self.answer(page, "no").status_code, 303)
        self.assertNothingConnected()
        # An attacker's page could send these along: it knows neither of the two.
        for changes in ({"csrf_token": "x"}, {"proof": "x"}, {"proof": ""}):
            with self.subTest(changes=changes):
                self.go()
                page = self.come_back(code=authorize(self.sandbox, 1))
                self.assertIn(self.answer(page, **changes).status_code, (400, 403))
                self.assertNothingConnected()
        # Nor does the address alone, in whatever method.
        self.go()
        page = self.come_back(code=authorize(self.sandbox, 1))
        query = urlencode({"proof": self.field(page, "proof"), "answer": "yes"})
        self.url_open(f"{const.ROUTE_OAUTH_CONFIRM}?{query}")
        self.assertNothingConnected()
        # In another session the page is worth nothing.
        proof = self.field(page, "proof")
        self.go()
        other = self.come_back(code=authorize(self.sandbox, 1))
        self.assertEqual(self.answer(other, proof=proof).status_code, 403)
        self.assertNothingConnected()

    def test_confirmation_comes_too_late(self):
        self.go()
        page = self.come_back(code=authorize(self.sandbox, 1))
        offer = self.env["ghl.oauth.offer"].search([])
        self.env.cr.execute(
            "UPDATE ghl_oauth_offer SET create_date = '2020-01-01' WHERE id = %s",
            [offer.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.answer(page).status_code, 403)
        self.assertNothingConnected()

    def assertNothingConnected(self):
        self.assertEqual(self.oauth.state, "draft")
        self.assertFalse(self.oauth.token_ids)
        self.assertFalse(self.oauth.ghl_location_id)
        self.assertFalse(self.oauth.is_busy)

    def test_who_is_turned_away(self):
        code = authorize(self.sandbox)
        for login in (None, "oauth_user", "oauth_manager"):
            with self.subTest(login=login):
                self.authenticate(login, login)
                answer = self.come_back(code=code)
                self.assertEqual(answer.status_code, 403)
                self.assertNotIn(code, answer.text)
        chooser = self.go()
        state = parse_qs(urlsplit(chooser).query)["state"][0]
        for wrong in (state[:-4] + "AAAA", "nonsense", self.other_state()):
            with self.subTest(state=wrong[:8]):
                self.go()
                answer = self.come_back(code=code, state=wrong)
                self.assertEqual(answer.status_code, 403)
        self.assertEqual(self.oauth.state, "draft")

    def other_state(self):
        url = get_chooser_url(self.oauth.with_user(self.manager), "another-session")
        return parse_qs(urlsplit(url).query)["state"][0]

    def test_forged_ticket(self):
        self.authenticate("oauth_manager", "oauth_manager")
        own = self.oauth.with_user(self.env.ref("base.user_admin")).action_connect()
        for url in (f"{const.ROUTE_OAUTH_CONNECT}?ticket=x", own["url"]):
            answer = self.url_open(url, allow_redirects=False)
            self.assertEqual(answer.status_code, 403)

    def test_used_code_is_said_in_words(self):
        chooser = self.go()
        state = parse_qs(urlsplit(chooser).query)["state"][0]
        answer = self.come_back(code="0" * 40, state=state)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("ode", answer.text)
        self.assertNotIn("0" * 40, answer.text)
        self.assertEqual(self.oauth.state, "draft")
