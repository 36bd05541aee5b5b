"""Tests of the JSON API hold every answer that they get against its document."""

import copy
import functools
from urllib.parse import urlsplit

import jsonschema_rs

from odoo.tests.common import HttpCase

from ...tools.openapi.document import build_document
from ..common import GhlCommon

JSON = "application/json"


class ApiCase(GhlCommon, HttpCase):
    """An answer that the document does not describe is a failure, whoever asked."""

    def url_open(self, url, *args, **options):
        response = super().url_open(url, *args, **options)
        check_answer(self, response)
        return response


def check_answer(test, response) -> None:
    """Hold an answer against the document, if it is one of the JSON API.

    :param test: the test case that fails when it differs
    """
    path = urlsplit(response.url).path
    item = build_document()["paths"].get(path)
    method = response.request.method.lower()
    if item is None or method in ("head", "options"):
        return
    # Methods that an address does not take have no description, but that of the error.
    operation = item.get(method) or next(iter(item.values()))
    status = str(response.status_code)
    test.assertIn(status, operation["responses"], f"{method} {path}: {response.text}")
    media = response.headers["Content-Type"].partition(";")[0]
    if media in operation["responses"][status].get("content", ()) and media != JSON:
        # A text of its own form; whoever tests it parses it.
        return
    faults = [
        f"{error.instance_path}: {error.message}"
        for error in _validator(path, next(iter(item)), method, status).iter_errors(
            response.json()
        )
    ]
    test.assertFalse(faults, f"{method} {path} {status}")


@functools.cache
def _validator(path, first, method, status):
    document = build_document()
    item = document["paths"][path]
    described = item.get(method, item[first])["responses"][status]
    if "$ref" in described:
        name = described["$ref"].rpartition("/")[2]
        described = document["components"]["responses"][name]
    schema = described["content"]["application/json"]["schema"]
    components = _closed(copy.deepcopy(document["components"]))
    return jsonschema_rs.Draft202012Validator(
        {**schema, "components": components}, validate_formats=True
    )


def _closed(node):
    """Have objects refuse what the document does not name; clients must not."""
    if isinstance(node, dict):
        if "properties" in node:
            node.setdefault("additionalProperties", False)
        for part in node.values():
            _closed(part)
    elif isinstance(node, list):
        for part in node:
            _closed(part)
    return node
