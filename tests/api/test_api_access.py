"""Access by every route × caller × method, and what foreign pages may do."""

import logging
import secrets

from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ... import const
from .api_case import ApiCase

READS = (const.ROUTE_STATUS, const.ROUTE_DELETIONS, const.ROUTE_PARTNER)
METHODS = ("GET", "POST", "OPTIONS", "HEAD")

# Route sorts: a list for whoever gets in, data of one location, an order about one
# location, a public document, the page, the inbox of webhooks, and the way to and back
# from GoHighLevel's chooser. One status per method of METHODS.
DOORS = {
    # Signatures count there, and nothing else: not even an administrator's session.
    "inbox": (405, 401, 405, 405),
    # Nobody comes back who has not set out.
    "callback": (403, 405, 403, 403),
    "beside": (404, 404, 404, 404),
}
TABLE = {
    "nobody": {
        "list": (401, 405, 204, 401),
        "read": (401, 405, 204, 401),
        "search": (401, 401, 204, 401),
        "deletions": (401, 401, 204, 401),
        "order": (405, 401, 204, 405),
        "public": (200, 405, 204, 200),
        "page": (303, 405, 303, 303),
        "connect": (303, 405, 303, 303),
        "confirm": (405, 303, 303, 405),
        **DOORS,
    },
    "portal": {
        "list": (403, 405, 204, 403),
        "read": (403, 405, 204, 403),
        "search": (403, 403, 204, 403),
        "deletions": (403, 403, 204, 403),
        "order": (405, 403, 204, 405),
        "public": (200, 405, 204, 200),
        "page": (403, 405, 403, 403),
        "connect": (403, 405, 403, 403),
        "confirm": (405, 400, 405, 405),
        **DOORS,
    },
    "internal without group": {
        "list": (403, 405, 204, 403),
        "read": (403, 405, 204, 403),
        "search": (403, 403, 204, 403),
        "deletions": (403, 403, 204, 403),
        "order": (405, 403, 204, 405),
        "public": (200, 405, 204, 200),
        "page": (403, 405, 403, 403),
        "connect": (403, 405, 403, 403),
        "confirm": (405, 400, 405, 405),
        **DOORS,
    },
    "user": {
        "list": (200, 405, 204, 200),
        "read": (200, 405, 204, 200),
        "search": (200, 200, 204, 200),
        "deletions": (200, 200, 204, 200),
        "order": (405, "ok", 204, 405),
        "public": (200, 405, 204, 200),
        "page": (200, 405, 200, 200),
        "connect": (403, 405, 403, 403),
        "confirm": (405, 400, 405, 405),
        **DOORS,
    },
    "user of another company": {
        "list": (200, 405, 204, 200),
        "read": (404, 405, 204, 404),
        "search": (404, 404, 204, 404),
        "deletions": (404, 404, 204, 404),
        "order": (405, 404, 204, 405),
        "public": (200, 405, 204, 200),
        "page": (200, 405, 200, 200),
        "connect": (403, 405, 403, 403),
        "confirm": (405, 400, 405, 405),
        **DOORS,
    },
    "administrator": {
        "list": (200, 405, 204, 200),
        "read": (200, 405, 204, 200),
        "search": (200, 200, 204, 200),
        "deletions": (200, 200, 204, 200),
        "order": (405, "ok", 204, 405),
        "public": (200, 405, 204, 200),
        "page": (200, 405, 200, 200),
        "connect": (403, 405, 403, 403),
        "confirm": (405, 400, 405, 405),
        **DOORS,
    },
    "key": {
        "list": (200, 405, 204, 200),
        "read": (200, 405, 204, 200),
        "search": (200, 200, 204, 200),
        "deletions": (200, 200, 204, 200),
        "order": (405, "ok", 204, 405),
        "public": (200, 405, 204, 200),
        "page": (303, 405, 303, 303),
        "connect": (303, 405, 303, 303),
        "confirm": (405, 303, 303, 405),
        **DOORS,
    },
    "wrong key": {
        "list": (401, 405, 204, 401),
        "read": (401, 405, 204, 401),
        "search": (401, 401, 204, 401),
        "deletions": (401, 401, 204, 401),
        "order": (405, 401, 204, 405),
        "public": (200, 405, 204, 200),
        "page": (303, 405, 303, 303),
        "connect": (303, 405, 303, 303),
        "confirm": (405, 303, 303, 405),
        **DOORS,
    },
    "foreign origin": {
        "list": (403, 405, 403, 403),
        "read": (403, 405, 403, 403),
        "search": (403, 403, 403, 403),
        "deletions": (403, 403, 403, 403),
        "order": (405, 403, 403, 405),
        "public": (200, 405, 204, 200),
        "page": (200, 405, 200, 200),
        "connect": (403, 405, 403, 403),
        "confirm": (405, 400, 405, 405),
        **DOORS,
    },
}
TABLE["key of an archived user"] = TABLE["wrong key"]
TABLE["null origin"] = TABLE["foreign origin"]
for _row in TABLE.values():
    # Callers who get in read the figures of their own locations, as text.
    _row["metrics"] = _row["list"]
    # Nobody has the contact, and callers who get in learn just that.
    _row["person"] = tuple(404 if one == 200 else one for one in _row["deletions"])
    _row["erase"] = tuple(404 if one == "ok" else one for one in _row["order"])
ROUTES = {
    const.ROUTE_LOCATIONS: "list",
    const.ROUTE_METRICS: "metrics",
    const.ROUTE_FLEET: "list",
    const.ROUTE_CONTACTS: "search",
    const.ROUTE_STATUS: "read",
    const.ROUTE_ANALYTICS: "read",
    const.ROUTE_QUALITY: "read",
    const.ROUTE_CHANGES: "read",
    const.ROUTE_DELETIONS: "deletions",
    const.ROUTE_PARTNER: "person",
    const.ROUTE_ERASE: "erase",
    const.ROUTE_SYNC: "order",
    const.ROUTE_CANCEL: "order",
    const.ROUTE_RESUME: "order",
    const.ROUTE_OPENAPI: "public",
    const.ROUTE_PAGE: "page",
    const.ROUTE_WEBHOOK: "inbox",
    const.ROUTE_OAUTH_CONNECT: "connect",
    const.ROUTE_OAUTH_CALLBACK: "callback",
    const.ROUTE_OAUTH_CONFIRM: "confirm",
    "/api/ghl/<string:name>": "beside",
}
JSON_SORTS = (
    "deletions",
    "erase",
    "list",
    "person",
    "metrics",
    "read",
    "search",
    "order",
    "public",
)
OK_STATUS = {
    const.ROUTE_SYNC: 202,
    const.ROUTE_CANCEL: 200,
    const.ROUTE_RESUME: 202,
}
LISTED = "https://app.example.com"


@tagged("post_install", "-at_install")
class TestApiAccess(ApiCase):
    def setUp(self):
        super().setUp()
        self.set_total(0)

    def call(self, method, path, headers=None, **options):
        """Send one request about the test location."""
        path = path.replace("<string:name>", "nothing")
        about = {"location_id": self.location.ghl_id}
        about |= {"contact_id": "nobody", "confirm": "erase"}
        if method == "POST":
            options.setdefault("json", about)
        else:
            options.setdefault("params", about)
        return self.url_open(
            path, method=method, headers=headers, allow_redirects=False, **options
        )

    def log_in(self, user):
        if user:
            self.authenticate(user.login, user.login)
        else:
            self.authenticate(None, None)

    def callers(self):
        """Yield each caller of the table: name, session's user, headers."""
        same = {"Origin": self.base_url()}
        archived = self.internal.copy({"login": "ghl_archived"})
        archived.group_ids = [(4, self.env.ref("ghl_contact_sync.group_user").id)]
        key_of_archived = self.make_key(archived)
        archived.active = False
        bearer = "Bearer {}".format
        yield "nobody", None, same
        yield "portal", self.portal, same
        yield "internal without group", self.internal, same
        yield "user", self.user, same
        yield "user of another company", self.stranger, same
        yield "administrator", self.manager, same
        yield "key", None, {"Authorization": bearer(self.make_key(self.user))}
        yield "wrong key", None, {"Authorization": bearer(secrets.token_hex(20))}
        yield (
            "key of an archived user",
            None,
            {"Authorization": bearer(key_of_archived)},
        )
        yield "foreign origin", self.user, {"Origin": "https://evil.example"}
        yield "null origin", self.user, {"Origin": "null"}

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_every_route_for_every_caller_and_method(self):
        seen = set()
        for name, user, headers in self.callers():
            self.log_in(user)
            for path, sort in ROUTES.items():
                for method, expected in zip(METHODS, TABLE[name][sort], strict=True):
                    expected = OK_STATUS[path] if expected == "ok" else expected
                    with self.subTest(caller=name, path=path, method=method):
                        response = self.call(method, path, headers)
                        self.assertEqual(response.status_code, expected)
                        self.check_shape(response, method, sort)
            seen.add(name)
        self.assertEqual(seen, set(TABLE))

    def test_table_has_every_route_of_the_addon(self):
        addon = "odoo.addons.ghl_contact_sync."
        served = {
            rule.rule
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if rule.endpoint.func.__module__.startswith(addon)
        }
        self.assertEqual(served, set(ROUTES))

    def check_shape(self, response, method, sort):
        self.assertNotIn("Traceback", response.text)
        if method == "HEAD":
            self.assertEqual(response.content, b"")
        if sort not in JSON_SORTS or response.status_code == 204 or method == "HEAD":
            self.assertNotIn("Access-Control-Allow-Origin", response.headers)
            return
        is_text = sort == "metrics" and response.status_code == 200
        media = "application/openmetrics-text" if is_text else "application/json"
        self.assertIn(media, response.headers["Content-Type"])
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertIn("Origin", response.headers["Vary"])
        self.assertNotIn("Access-Control-Allow-Origin", response.headers)
        if response.status_code >= 400:
            body = response.json()
            self.assertEqual(set(body), {"success", "error", "code", "actions"})
            self.assertIs(body["success"], False)

    def test_other_companies_location_answers_as_an_unknown_one(self):
        self.log_in(self.stranger)
        known = self.call("GET", const.ROUTE_STATUS)
        unknown = self.call("GET", const.ROUTE_STATUS, params={"location_id": "nope"})
        self.assertEqual(known.status_code, unknown.status_code)
        self.assertEqual(known.content, unknown.content)
        listed = self.call("GET", const.ROUTE_LOCATIONS).json()["locations"]
        self.assertEqual(listed, [])

    def test_wrong_method_names_the_right_ones(self):
        response = self.call("PUT", const.ROUTE_STATUS)
        self.assertEqual(response.status_code, 405)
        self.assertEqual(response.headers["Allow"], "GET, HEAD, OPTIONS")
        self.assertEqual(response.json()["code"], "method_not_allowed")

    def test_unauthorized_says_how_to_authenticate(self):
        response = self.call("GET", const.ROUTE_STATUS)
        self.assertIn("Bearer", response.headers["WWW-Authenticate"])

    def test_key_leaves_no_session_behind(self):
        headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}
        response = self.call("GET", const.ROUTE_STATUS, headers)
        self.assertEqual(response.status_code, 200)
        self.assertNotIn("session_id", response.headers.get("Set-Cookie", ""))

    def test_invalid_key_is_not_saved_by_a_session(self):
        self.log_in(self.user)
        for value in ("Bearer", "Bearer x", "bearer \u00e9".encode("latin1")):
            with self.subTest(value=value):
                response = self.call(
                    "GET", const.ROUTE_STATUS, {"Authorization": value}
                )
                self.assertEqual(response.status_code, 401)

    def test_key_counts_before_a_session_of_somebody_else(self):
        self.log_in(self.stranger)
        headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}
        response = self.call("GET", const.ROUTE_STATUS, headers)
        self.assertEqual(response.status_code, 200)

    def test_unsafe_session_call_needs_proof_of_origin(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("web.base.url", "https://known.example")
        self.set_setting("order_rate_limit", "1000")
        self.log_in(self.user)
        own = self.base_url()
        for headers, status in (
            ({}, 403),
            ({"Sec-Fetch-Site": "none"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "cross-site", "Origin": own}, 403),
            ({"Origin": own.replace("http:", "https:")}, 403),
            ({"Origin": "https://hidden.example"}, 403),
            # The address that Odoo is known by, behind a balancer.
            ({"Origin": "https://known.example"}, 202),
            # A proxy that does not pass Host: the browser has compared.
            (
                {
                    "Origin": "https://hidden.example",
                    "Sec-Fetch-Site": "same-origin",
                },
                202,
            ),
            ({"Origin": own + ".evil.example"}, 403),
            ({"Sec-Fetch-Site": "same-origin"}, 202),
            ({"Origin": own}, 202),
            ({"Sec-Fetch-Site": "same-origin", "Origin": own}, 202),
            # A proxy ended TLS, and Odoo does not know.
            (
                {
                    "Sec-Fetch-Site": "same-origin",
                    "Origin": own.replace("http:", "https:"),
                },
                202,
            ),
        ):
            with self.subTest(headers=headers):
                response = self.call("POST", const.ROUTE_SYNC, headers)
                self.assertEqual(response.status_code, status)

    def test_refusal_of_an_origin_says_what_to_set(self):
        self.log_in(self.user)
        for method, path, headers in (
            ("GET", const.ROUTE_STATUS, {"Origin": "https://hidden.example"}),
            ("POST", const.ROUTE_SYNC, {}),
        ):
            error = self.call(method, path, headers).json()["error"]
            for word in ("proxy", "Host", "web.base.url"):
                self.assertIn(word, error)

    def test_safe_session_call_is_refused_to_foreign_pages_only(self):
        self.log_in(self.user)
        for site, status in (
            (None, 200),
            ("none", 200),
            ("same-origin", 200),
            ("same-site", 403),
            ("cross-site", 403),
        ):
            with self.subTest(site=site):
                headers = {"Sec-Fetch-Site": site} if site else {}
                for path in READS:
                    response = self.call("GET", path, headers)
                    self.assertEqual(response.status_code == 403, status == 403, path)
                # A search is a read, even by POST.
                response = self.call("POST", const.ROUTE_CONTACTS, headers)
                self.assertEqual(response.status_code, status)

    def test_what_is_searched_for_is_not_logged(self):
        self.log_in(self.user)
        with self.assertLogs("werkzeug", logging.INFO) as logged:
            self.call("GET", const.ROUTE_CONTACTS, params={"search": "jane@x.example"})
            self.url_open(f"{const.ROUTE_PAGE}?search=jane")
        self.assertIn("search=", "".join(logged.output))
        self.assertNotIn("jane", "".join(logged.output))

    def test_listed_origin_gets_cors_headers_and_needs_a_key(self):
        self.set_setting("allowed_origins", f"https://other.example\n{LISTED}")
        key = {"Authorization": f"Bearer {self.make_key(self.user)}", "Origin": LISTED}
        response = self.call("GET", const.ROUTE_STATUS, key)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Access-Control-Allow-Origin"], LISTED)
        self.assertNotIn("Access-Control-Allow-Credentials", response.headers)
        refused = self.call(
            "GET", const.ROUTE_STATUS, {**key, "Authorization": "Bearer x"}
        )
        self.assertEqual(refused.status_code, 401)
        self.assertEqual(refused.headers["Access-Control-Allow-Origin"], LISTED)
        self.log_in(self.user)
        for method, path in (("GET", const.ROUTE_STATUS), ("POST", const.ROUTE_SYNC)):
            response = self.call(method, path, {"Origin": LISTED})
            self.assertEqual(response.status_code, 403)
            self.assertEqual(response.json()["code"], "session_refused")

    def test_preflight_is_answered_to_listed_origins_only(self):
        self.set_setting("allowed_origins", LISTED)
        asked = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        response = self.call("OPTIONS", const.ROUTE_SYNC, {"Origin": LISTED, **asked})
        self.assertEqual(response.status_code, 204)
        headers = response.headers
        self.assertEqual(headers["Access-Control-Allow-Origin"], LISTED)
        self.assertIn("POST", headers["Access-Control-Allow-Methods"])
        self.assertIn("Authorization", headers["Access-Control-Allow-Headers"])
        self.assertNotIn("Access-Control-Allow-Credentials", headers)
        for origin in ("https://evil.example", "null", LISTED + ".evil.example", "*"):
            with self.subTest(origin=origin):
                response = self.call(
                    "OPTIONS", const.ROUTE_SYNC, {"Origin": origin, **asked}
                )
                self.assertEqual(response.status_code, 403)
                self.assertNotIn("Access-Control-Allow-Origin", response.headers)

    def test_star_in_the_settings_opens_nothing(self):
        # Past the ORM, which refuses it.
        self.env.cr.execute(
            "INSERT INTO ir_config_parameter (key, value) VALUES (%s, '* null')",
            [const.PARAM_PREFIX + "allowed_origins"],
        )
        self.env.registry.clear_cache()
        key = {"Authorization": f"Bearer {self.make_key(self.user)}"}
        for origin in ("https://evil.example", "null", "*"):
            response = self.call("GET", const.ROUTE_STATUS, {**key, "Origin": origin})
            self.assertEqual(response.status_code, 403)
            self.assertNotIn("Access-Control-Allow-Origin", response.headers)
