"""Answers of the vendor's API, or of something in front of it, are told apart."""

from __future__ import annotations

import json

import pytest
from vendor_server import page, refusal

from ghl_contact_sync.tools.errors import (
    GhlAuthError,
    GhlEdgeError,
    GhlNotFound,
    GhlPayloadError,
    GhlRateLimited,
    GhlRequestError,
    GhlScopeError,
    GhlServerError,
)
from ghl_contact_sync.tools.ghl.classify import error_for
from ghl_contact_sync.tools.http.transport import RawAnswer

HTML = b"<!DOCTYPE html><html><head><title>Attention Required!</title></html>"
STATUSES = (
    *(301, 302, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 413, 415),
    *(418, 421, 422, 423, 426, 431, 444, 451, 495, 499, 500, 502, 503, 504, 521, 530),
)
# Answers of firewalls, proxies, portals and gateways, none in the vendor's shape.
FOREIGN = {
    "html": HTML,
    "html in capitals": b"<HTML><BODY>Access Denied</BODY></HTML>",
    "text": b"Access denied by security policy",
    "error code": b"error code: 1020",
    "number": b"403",
    "list": b'["Forbidden"]',
    "null": b"null",
    "aws": b'{"message": "Forbidden"}',
    "kong": b'{"message": "no Route matched with those values"}',
    "google": b'{"error": {"code": 403, "message": "no", "status": "DENIED"}}',
    "apigee": b'{"fault": {"faultstring": "Invalid ApiKey"}}',
    "spring": b'{"timestamp": 1, "status": 403, "error": "Forbidden", "path": "/"}',
    "oauth proxy": b'{"error": "invalid_token", "error_description": "expired"}',
    "another status": b'{"statusCode": 200, "message": "Invalid JWT"}',
    "cut": b'{"statusCode": 403, "message": "Forb',
}


def answered(status, body, content_type="application/json", **headers):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return RawAnswer(status, {"Content-Type": content_type, **headers}, body)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", FOREIGN)
def test_an_edge_passes_whatever_its_status(name, status):
    error = error_for(answered(status, FOREIGN[name]), with_cursor=True)
    assert type(error) is GhlEdgeError
    assert (error.code, error.retryable, error.status) == ("edge_answer", True, status)
    assert "Something between Odoo and GoHighLevel" in error.message
    assert str(status) in error.message


@pytest.mark.parametrize("status", [302, 401, 403, 404, 407, 409, 451])
def test_an_empty_answer_passes(status):
    assert type(error_for(answered(status, b""))) is GhlEdgeError


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "Bad Request", GhlRequestError),
        (401, "Invalid JWT", GhlAuthError),
        (401, "", GhlAuthError),
        (401, "The token is not authorized for this scope.", GhlScopeError),
        (403, "Forbidden", GhlScopeError),
        (403, "The token does not have access to this location.", GhlScopeError),
        (404, "Cannot POST /contacts/search", GhlNotFound),
        (405, "Method Not Allowed", GhlRequestError),
        (409, "Conflict", GhlRequestError),
        (422, ["pageLimit is wrong"], GhlRequestError),
        (429, "Too Many Requests", GhlRateLimited),
        (503, "Service Unavailable", GhlServerError),
    ],
)
@pytest.mark.parametrize("shape", ["documented", "traced", "as text"])
def test_the_vendors_own_answer_keeps_its_meaning(status, message, kind, shape):
    body = refusal(status, message, error="x")
    if shape == "traced":
        body = {"message": message, "traceId": "0a-1"}
    elif shape == "as text":
        body["statusCode"] = str(status)
    error = error_for(answered(status, body))
    assert isinstance(error, kind)
    assert not isinstance(error, GhlEdgeError)


def test_the_oauth_part_has_a_shape_of_its_own():
    body = {"error": "UnAuthorized!", "error_description": "Code not found"}
    error = error_for(answered(401, body), grants_tokens=True)
    assert isinstance(error, GhlAuthError)
    nested = {"error": {"code": "x", "message": "no", "resolution": "try"}}
    assert type(error_for(answered(400, nested))) is GhlRequestError


def test_the_words_of_a_gateway_are_told_those_of_a_page_are_not():
    told = error_for(answered(403, b'{"message": "Blocked by policy 7"}'))
    assert "Blocked by policy 7" in told.message
    page_ = error_for(answered(403, HTML, "text/html"))
    assert "a web page" in page_.message
    assert "Attention" not in page_.message


def test_an_edge_is_waited_for_as_long_as_it_asks():
    error = error_for(answered(403, HTML, **{"Retry-After": "9"}))
    assert error.retry_after == 9


@pytest.mark.parametrize("status", [302, 401, 403, 404, 407, 451])
def test_a_short_block_costs_a_call_nothing_but_time(server, make_client, status):
    page_ = {"Content-Type": "text/html"}
    server.script(
        lambda exchange: exchange.send(status=status, body=HTML, headers=page_),
        lambda exchange: exchange.send(status=status, body=b"denied"),
        lambda exchange: exchange.send(page(1)),
    )
    renewals = []
    client = make_client(on_unauthorized=lambda stale: renewals.append(stale))
    assert client.count() == 1
    assert (len(server.seen), renewals) == (3, [])


def test_a_page_in_place_of_the_answer_is_told_as_such(server, make_client):
    server.script(lambda exchange: exchange.send(body=HTML))
    with pytest.raises(GhlPayloadError, match="Something between Odoo"):
        make_client().count()
