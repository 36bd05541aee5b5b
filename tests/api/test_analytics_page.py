"""The page at its own address."""

import json
from urllib.parse import parse_qs, urlsplit

from lxml import html

from odoo.tests.common import HttpCase, tagged
from odoo.tools import mute_logger

from ... import const
from ..common import GhlCommon


@tagged("post_install", "-at_install")
class TestAnalyticsPage(GhlCommon, HttpCase):
    def open_page(self, query=""):
        return self.url_open(const.ROUTE_PAGE + query, allow_redirects=False)

    def get_config(self, query=""):
        page = html.fromstring(self.open_page(query).content)
        return json.loads(
            page.get_element_by_id("ghl_analytics_root").get("data-config")
        )

    def test_login_leads_back_to_the_page(self):
        response = self.open_page("?location_id=abc")
        self.assertEqual(response.status_code, 303)
        target = urlsplit(response.headers["Location"])
        self.assertEqual(target.path, "/web/login")
        self.assertEqual(
            parse_qs(target.query)["redirect"], [const.ROUTE_PAGE + "?location_id=abc"]
        )

    @mute_logger("odoo.http")
    def test_users_without_the_group_stay_out(self):
        for user in (self.portal, self.internal):
            self.authenticate(user.login, user.login)
            response = self.open_page()
            self.assertEqual(response.status_code, 403)
            self.assertNotIn("ghl_analytics_root", response.text)

    def test_page_loads_the_built_bundle_only(self):
        self.authenticate(self.user.login, self.user.login)
        response = self.open_page()
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.text.lstrip().startswith("<!DOCTYPE html>"))
        page = html.fromstring(response.content)
        version = self.get_config()["version"]
        base = "/ghl_contact_sync/static/dist/analytics"
        self.assertEqual(page.xpath("//script/@src"), [f"{base}.js?v={version}"])
        self.assertEqual(
            page.xpath("//link[@rel='stylesheet']/@href"), [f"{base}.css?v={version}"]
        )
        self.assertEqual(page.xpath("//script[not(@src)]"), [])

    def test_open_page_learns_that_the_server_has_another_one(self):
        self.authenticate(self.user.login, self.user.login)
        version = self.get_config()["version"]
        same = {"Sec-Fetch-Site": "same-origin"}
        # By plain http a browser proves no origin when it reads.
        for headers in (same, {}):
            with self.subTest(headers=headers):
                response = self.url_open(const.ROUTE_LOCATIONS, headers=headers)
                self.assertEqual(response.headers.get("X-Ghl-Page"), version)
        self.logout()
        response = self.url_open(const.ROUTE_LOCATIONS)
        self.assertNotIn("X-Ghl-Page", response.headers)

    def test_page_is_protected(self):
        self.authenticate(self.user.login, self.user.login)
        headers = self.open_page().headers
        self.assertEqual(headers["X-Frame-Options"], "SAMEORIGIN")
        self.assertEqual(headers["Cache-Control"], "no-store")
        policy = headers["Content-Security-Policy"]
        for rule in ("default-src 'self'", "frame-ancestors 'self'", "base-uri 'none'"):
            self.assertIn(rule, policy)
        self.assertNotIn("unsafe-eval", policy)

    def test_config(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.user.write({"lang": "pt_BR", "tz": "America/Sao_Paulo"})
        self.user.name = 'A "quote" & <b>'
        self.authenticate(self.user.login, self.user.login)
        config = self.get_config()
        self.assertEqual(
            set(config),
            {
                "lang",
                "tz",
                "apiBase",
                "user",
                "initialLocationId",
                "version",
                "pageUrl",
            },
        )
        self.assertEqual(config["lang"], "pt-BR")
        self.assertEqual(config["tz"], "America/Sao_Paulo")
        self.assertEqual(config["user"], {"name": 'A "quote" & <b>', "canSync": True})
        self.assertIsNone(config["initialLocationId"])

    def test_initial_location_is_quoted(self):
        self.authenticate(self.user.login, self.user.login)
        wanted = "\"'><script>alert(1)</script>"
        config = self.get_config(
            "?location_id=%22%27%3E%3Cscript%3Ealert(1)%3C/script%3E"
        )
        self.assertEqual(config["initialLocationId"], wanted)
        self.assertEqual(
            len(self.get_config("?location_id=" + "x" * 999)["initialLocationId"]), 255
        )

    def test_menu_action(self):
        action = self.env.ref("ghl_contact_sync.ghl_analytics_action")
        self.assertEqual(action.tag, "ghl_contact_sync.analytics")
        self.assertEqual(action.path, "ghl-analytics")
