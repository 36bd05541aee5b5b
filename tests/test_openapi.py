"""The OpenAPI document: readable by everybody, complete, and true."""

import re

from odoo.tests.common import HttpCase, tagged

from .. import const
from ..tools.openapi.document import build_document
from .common import GhlCommon

ROUTES = {
    const.ROUTE_LOCATIONS: "get",
    const.ROUTE_CONTACTS: "get",
    const.ROUTE_SYNC: "post",
    const.ROUTE_STATUS: "get",
    const.ROUTE_CANCEL: "post",
    const.ROUTE_DELETIONS: "get",
    const.ROUTE_RESUME: "post",
    const.ROUTE_ANALYTICS: "get",
    const.ROUTE_OPENAPI: "get",
}
PYTHON_TYPES = {
    "integer": int,
    "number": (int, float),
    "string": str,
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}


@tagged("post_install", "-at_install")
class TestOpenapi(GhlCommon, HttpCase):
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
        self.mirror(
            [
                self.make_payload(1, tags=["a"], assignedTo="owner1"),
                {"id": "bare", "customFields": [{"id": "f", "value": ["x"]}]},
            ]
        )
        self.set_total(2)
        headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}
        about = {"location_id": self.location.ghl_id}
        for path, method in ROUTES.items():
            with self.subTest(path=path):
                how = {"json": about} if method == "post" else {"params": about}
                response = self.url_open(path, headers=headers, **how)
                self.check_response(path, method, response)
        response = self.url_open(const.ROUTE_CONTACTS, headers=headers, json=about)
        self.check_response(const.ROUTE_CONTACTS, "post", response)
        refused = self.url_open(const.ROUTE_STATUS)
        self.check_response(const.ROUTE_STATUS, "get", refused)

    def check_response(self, path, method, response):
        responses = self.document["paths"][path][method]["responses"]
        self.assertIn(str(response.status_code), responses)
        described = self.resolve(responses[str(response.status_code)])
        schema = described["content"]["application/json"]["schema"]
        self.check(response.json(), schema, path)

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def check(self, value, schema, where):
        """Check a value against the part of JSON Schema that the document uses."""
        schema = self.resolve(schema)
        if "anyOf" in schema:
            if value is not None:
                self.check(value, schema["anyOf"][0], where)
            return
        kinds = schema["type"]
        kinds = kinds if isinstance(kinds, list) else [kinds]
        matching = [kind for kind in kinds if isinstance(value, PYTHON_TYPES[kind])]
        self.assertTrue(matching, f"{where}: {value!r} is none of {kinds}")
        if value is None:
            return
        if "enum" in schema:
            self.assertIn(value, schema["enum"], where)
        if "const" in schema:
            self.assertEqual(value, schema["const"], where)
        if isinstance(value, dict) and "properties" in schema:
            self.assertEqual(set(value), set(schema["properties"]), where)
            self.assertEqual(set(value), set(schema["required"]), where)
            for key, part in value.items():
                self.check(part, schema["properties"][key], f"{where}.{key}")
        if isinstance(value, list):
            for index, part in enumerate(value):
                self.check(part, schema["items"], f"{where}[{index}]")
