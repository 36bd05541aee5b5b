"""Parameters that the JSON API refuses: always a 4xx in JSON, never a traceback."""

import json

from odoo.tests.common import tagged

from ... import const
from .api_case import ApiCase

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@tagged("post_install", "-at_install")
class TestApiParams(ApiCase):
    def setUp(self):
        super().setUp()
        self.set_total(0)
        self.headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}

    def assertAnswer(self, response, status):
        self.assertEqual(response.status_code, status, response.text)
        body = response.json()
        self.assertIs(body["success"], status < 400)
        self.assertNotIn("Traceback", response.text)
        if status >= 400:
            self.assertEqual(set(body), {"success", "error", "code", "actions"})

    def test_queries(self):
        good = self.location.ghl_id
        contacts, status = const.ROUTE_CONTACTS, const.ROUTE_STATUS
        for path, query, expected in (
            (status, "", 400),
            (status, "location_id=", 400),
            (status, "location_id=%20%20", 400),
            (status, "location_id=unknown", 404),
            (status, "location_id=" + "x" * 256, 400),
            (status, "location_id=a%00b", 400),
            (status, "location_id=%ff%fe", 404),
            (status, f"location_id={good}&location_id={good}", 400),
            (status, f"location_id={good}&self=1&cls=2&kw=3", 200),
            (contacts, "page=1", 400),
            (contacts, f"location_id={good}", 200),
            (contacts, f"location_id={good}&appId=abc&_=123", 200),
            (contacts, f"location_id={good}&page=0", 400),
            (contacts, f"location_id={good}&page=-1", 400),
            (contacts, f"location_id={good}&page=1.5", 400),
            (contacts, f"location_id={good}&page=one", 400),
            (contacts, f"location_id={good}&page=", 400),
            (contacts, f"location_id={good}&page=%D9%A1", 400),
            (contacts, f"location_id={good}&page=1&page=2", 400),
            (contacts, f"location_id={good}&page=10000000", 200),
            (contacts, f"location_id={good}&page=10000001", 400),
            (contacts, f"location_id={good}&page={'9' * 5000}", 400),
            (contacts, f"location_id={good}&limit=0", 400),
            (contacts, f"location_id={good}&limit=500", 200),
            (contacts, f"location_id={good}&limit=501", 400),
            (contacts, f"location_id={good}&limit=1000000000", 400),
            (contacts, f"location_id={good}&limit=ten", 400),
            (contacts, f"location_id={good}&sort=password", 400),
            (contacts, f"location_id={good}&sort=id;drop", 400),
            (contacts, f"location_id={good}&sort=name&order=asc", 200),
            (contacts, f"location_id={good}&order=sideways", 400),
            (contacts, f"location_id={good}&search={'x' * 200}", 200),
            (contacts, f"location_id={good}&search={'x' * 201}", 400),
            (contacts, f"location_id={good}&search=%00", 400),
            (contacts, f"location_id={good}&search=%25_%5C'%22", 200),
            (contacts, f"location_id={good}&search=&tag=&selected_user=", 200),
            (contacts, f"location_id={good}&tag={'x' * 501}", 400),
            (contacts, f"location_id={good}&selected_user={'x' * 256}", 400),
        ):
            with self.subTest(path=path, query=query[:80]):
                response = self.url_open(f"{path}?{query}", headers=self.headers)
                self.assertAnswer(response, expected)

    def test_bodies(self):
        good = self.location.ghl_id
        for kind, body, expected in (
            (JSON, json.dumps({"location_id": good}), 202),
            (
                JSON + "; charset=utf-8",
                json.dumps({"location_id": good, "x": [1]}),
                202,
            ),
            (FORM, f"location_id={good}&appId=1", 202),
            (None, "", 400),
            (JSON, "", 400),
            (JSON, "{", 400),
            (JSON, "[]", 400),
            (JSON, "null", 400),
            (JSON, '"text"', 400),
            (JSON, "12" * 3000, 400),
            (JSON, "[" * 60_000, 400),
            (JSON, '{"location_id": NaN}', 400),
            (JSON, '{"location_id": 12}', 400),
            (JSON, '{"location_id": true}', 400),
            (JSON, '{"location_id": null}', 400),
            (JSON, '{"location_id": ["a"]}', 400),
            (JSON, '{"location_id": {"a": 1}}', 400),
            (JSON, '{"location_id": "\\u0000"}', 400),
            (JSON, '{"location_id": "\\ud800"}', 400),
            (JSON, '{"location_id": "a", "location_id": "b"}', 400),
            (JSON, json.dumps({"location_id": "unknown"}), 404),
            (JSON, b'{"location_id": "\xff"}', 400),
            (FORM, "", 400),
            (FORM, "location_id=", 400),
            (FORM, f"location_id={good}&location_id={good}", 400),
            (FORM, b"location_id=\xff", 400),
            ("multipart/form-data", "location_id=x", 400),
            ("multipart/form-data; boundary=x", "--x\r\nrubbish", 400),
            ("text/plain", good, 415),
            ("application/xml", "<a/>", 415),
            ("image/png", b"\x89PNG", 415),
            (JSON, '{"location_id": "%s"}' % ("x" * 70_000), 413),
            (FORM, "location_id=" + "x" * 70_000, 413),
            (JSON, b" " * 10_000_000, 413),
        ):
            with self.subTest(kind=kind, body=body[:60]):
                headers = {**self.headers, **({"Content-Type": kind} if kind else {})}
                response = self.url_open(
                    const.ROUTE_SYNC, data=body, headers=headers, method="POST"
                )
                self.assertAnswer(response, expected)

    def test_multipart_form(self):
        response = self.url_open(
            const.ROUTE_SYNC,
            files={"location_id": (None, self.location.ghl_id)},
            headers=self.headers,
        )
        self.assertAnswer(response, 202)

    def test_file_in_place_of_a_text(self):
        response = self.url_open(
            const.ROUTE_SYNC,
            files={"location_id": ("a.txt", b"content")},
            headers=self.headers,
        )
        self.assertAnswer(response, 400)

    def test_body_without_length(self):
        headers = {**self.headers, "Content-Type": JSON}
        response = self.url_open(
            const.ROUTE_SYNC, data=iter([b"{}"]), headers=headers, method="POST"
        )
        self.assertAnswer(response, 411)

    def test_values_are_never_echoed(self):
        planted = "planted-value"
        for query in (f"page={planted}", f"sort={planted}", f"location_id={planted}"):
            response = self.url_open(
                f"{const.ROUTE_CONTACTS}?{query}", headers=self.headers
            )
            self.assertGreaterEqual(response.status_code, 400)
            self.assertNotIn(planted, response.text)
