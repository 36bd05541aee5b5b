"""The OpenAPI document: readable by everybody, complete, and true."""

import json
import re
import unittest

from odoo.tests.common import tagged

from ... import const
from ...tools.openapi.document import build_document
from .api_case import ApiCase, check_answer

ROUTES = {
    const.ROUTE_LOCATIONS: "get",
    const.ROUTE_CONTACTS: "get",
    const.ROUTE_SYNC: "post",
    const.ROUTE_STATUS: "get",
    const.ROUTE_CANCEL: "post",
    const.ROUTE_DELETIONS: "get",
    const.ROUTE_PARTNER: "get",
    const.ROUTE_ERASE: "post",
    const.ROUTE_RESUME: "post",
    const.ROUTE_ANALYTICS: "get",
    const.ROUTE_QUALITY: "get",
    const.ROUTE_CHANGES: "get",
    const.ROUTE_FLEET: "get",
    const.ROUTE_METRICS: "get",
    const.ROUTE_OPENAPI: "get",
}


@tagged("post_install", "-at_install")
class TestOpenapi(ApiCase):
    def setUp(self):
        super().setUp()
        self.document = build_document()

    def test_readable_without_credentials(self):
        response = self.url_open(const.ROUTE_OPENAPI)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), self.document)
        self.assertNotIn("session_id", response.headers.get("Set-Cookie", ""))

    def test_names_every_route_of_the_api(self):
        self.assertEqual(self.document["openapi"], "3.1.0")
        found = {
            path: next(iter(item)) for path, item in self.document["paths"].items()
        }
        self.assertEqual(found, ROUTES)
        served = {
            rule.rule: rule.endpoint.routing
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if rule.endpoint.routing["type"] == "ghl_api"
        }
        self.assertEqual(set(served), set(ROUTES))
        for path, routing in served.items():
            names = {param.name for param in routing["ghl_params"]}
            told = set()
            for operation in self.document["paths"][path].values():
                told |= {one["name"] for one in operation.get("parameters", ())}
                if "requestBody" in operation:
                    for media in operation["requestBody"]["content"].values():
                        told |= set(media["schema"]["properties"])
            self.assertEqual(told, names, path)
            self.assertIn(ROUTES[path].upper(), routing["ghl_methods"])

    def test_every_reference_resolves(self):
        for pointer in set(re.findall(r"'\$ref': '#/([^']+)'", str(self.document))):
            target = self.document
            for part in pointer.split("/"):
                self.assertIn(part, target, pointer)
                target = target[part]

    def test_answers_are_as_described(self):
        """Each call once; every other test of the API checks its answers as well."""
        self.mirror(
            [
                self.make_payload(1, tags=["a"], assignedTo="owner1"),
                {"id": "bare", "customFields": [{"id": "f", "value": ["x"]}]},
            ]
        )
        self.set_total(2)
        headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}
        about = {"location_id": self.location.ghl_id, "contact_id": "contact000001"}
        # What administrators alone may do is called by test_api_partner.py.
        calls = {path: method for path, method in ROUTES.items() if "erase" not in path}
        for path, method in calls.items():
            with self.subTest(path=path):
                how = {"json": about} if method == "post" else {"params": about}
                answer = self.url_open(path, headers=headers, **how)
                self.assertLess(answer.status_code, 300)
        self.url_open(const.ROUTE_CONTACTS, headers=headers, json=about)
        refused = self.url_open(const.ROUTE_STATUS)
        self.assertEqual(refused.status_code, 401)

    def test_an_answer_that_differs_is_found(self):
        answer = self.url_open(const.ROUTE_STATUS)
        told = answer.json()
        for status, body in (
            (401, {**told, "more": 1}),
            (401, {**told, "code": None}),
            (401, {"success": False}),
            (402, told),
            (200, told),
        ):
            answer.status_code, answer._content = status, json.dumps(body).encode()
            with (
                self.subTest(status=status, body=body),
                self.assertRaises(AssertionError),
            ):
                check_answer(unittest.TestCase(), answer)
