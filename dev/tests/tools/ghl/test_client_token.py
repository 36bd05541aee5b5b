"""Tokens: refused, renewed by one thread for all, and never shown to anybody."""

from __future__ import annotations

import logging
import secrets
import threading
import traceback

import pytest
from vendor_server import page, refusal

from ghl_contact_sync.tools.errors import (
    GhlAuthError,
    GhlError,
    GhlScopeError,
    GhlTransportError,
)
from ghl_contact_sync.tools.http.retry import RetryPolicy
from ghl_contact_sync.tools.http.token import TokenHolder
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor

INVALID = {"statusCode": 401, "message": "Invalid JWT", "error": "Unauthorized"}


def accept_only(*tokens):
    def answer(exchange):
        if exchange.token in tokens:
            exchange.send(page(1))
        else:
            exchange.send(INVALID, 401)

    return answer


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "Invalid JWT", GhlAuthError),
        (401, "Invalid token: access token is invalid", GhlAuthError),
        (401, "Invalid Private Integration token", GhlAuthError),
        (401, "", GhlAuthError),
        (401, "The token is not authorized for this scope.", GhlScopeError),
        (401, "Token's user type mismatch!", GhlScopeError),
        (
            401,
            "This authClass type is not allowed to access this scope. Reconnect.",
            GhlScopeError,
        ),
        (401, "version header was not found.", GhlScopeError),
        (403, "The token does not have access to this location.", GhlScopeError),
        (403, "Forbidden resource", GhlScopeError),
    ],
)
def test_a_refused_token_is_told_from_a_wrong_set_up(
    server, make_client, status, message, kind
):
    server.script(lambda exchange: exchange.send(refusal(status, message), status))
    renewals = []
    client = make_client(on_unauthorized=lambda stale: renewals.append(stale))
    with pytest.raises(kind) as caught:
        client.count()
    assert caught.value.status == status
    assert renewals == (["secret-token"] if kind is GhlAuthError else [])
    assert len(server.seen) == 1


def test_an_expired_token_costs_one_retried_request(server, make_client):
    server.answer = accept_only("new")
    retries = []
    client = make_client(on_unauthorized=lambda stale: "new", on_retry=retries.append)
    assert client.count() == 1
    assert client.count() == 1
    assert [exchange.token for exchange in server.seen] == [
        "secret-token",
        "new",
        "new",
    ]
    assert len(retries) == 1


def test_without_a_way_to_renew_it_is_an_error_at_once(server, make_client):
    server.answer = accept_only("new")
    with pytest.raises(GhlAuthError) as caught:
        make_client().count()
    assert caught.value.token_expired is True
    assert len(server.seen) == 1


def test_a_renewed_token_that_is_refused_too_ends_it(server, make_client):
    server.answer = accept_only()
    with pytest.raises(GhlAuthError):
        make_client(on_unauthorized=lambda stale: "new").count()
    assert len(server.seen) == 2


def test_the_same_token_may_be_tried_once_more(server, make_client):
    server.script(
        lambda exchange: exchange.send(INVALID, 401),
        lambda exchange: exchange.send(page(1)),
    )
    assert make_client(on_unauthorized=lambda stale: stale).count() == 1


def test_many_threads_renew_once(server, make_client):
    threads = 16
    all_refused = threading.Barrier(threads)
    renewals, counts = [], []

    def answer(exchange):
        if exchange.token == "new":
            exchange.send(page(1))
            return
        # Every thread has sent the stale token before one of them learns of it.
        all_refused.wait(20)
        exchange.send(INVALID, 401)

    server.answer = answer
    client = make_client(
        governor=RateGovernor(),
        on_unauthorized=lambda stale: renewals.append(stale) or "new",
    )
    workers = [
        threading.Thread(target=lambda: counts.append(client.count()))
        for _one in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert counts == [1] * threads
    assert renewals == ["secret-token"]
    assert len(server.seen) == 2 * threads


def test_a_dead_token_is_reported_once_for_all_threads(server, make_client):
    server.answer = accept_only()
    renewals = []
    client = make_client(on_unauthorized=lambda stale: renewals.append(stale))
    for _round in range(3):
        with pytest.raises(GhlAuthError):
            client.count()
    assert renewals == ["secret-token"]
    server.answer = accept_only("other")
    client.set_token("other")
    assert client.count() == 1


def test_the_callback_may_set_the_token_itself(server, make_client):
    server.answer = accept_only("new")

    def renew(stale):
        client.set_token("new")
        return "new"

    client = make_client(on_unauthorized=renew)
    assert client.count() == 1


def test_a_failing_renewal_is_the_callers_affair(server, make_client):
    server.answer = accept_only()

    def renew(stale):
        raise LookupError("no connection any more")

    with pytest.raises(LookupError):
        make_client(on_unauthorized=renew).count()


def test_blanks_around_a_pasted_token_do_no_harm(server, make_client):
    server.answer = accept_only("abc")
    assert make_client(token=" abc\n").count() == 1


@pytest.mark.parametrize("token", ["two words", "line\nend", "snow\u2603", "a\x00b"])
def test_an_impossible_token_is_refused_without_showing_it(make_client, token):
    with pytest.raises(GhlAuthError) as caught:
        make_client(token=token)
    assert caught.value.code == "token_malformed"
    assert caught.value.token_expired is False
    assert token not in repr(caught.value)


def test_without_a_token_nothing_is_sent(server, make_client):
    with pytest.raises(GhlAuthError) as caught:
        make_client(token="").count()
    assert caught.value.code == "token_missing"
    assert server.seen == []


def test_a_call_without_authorization_sends_no_token(server, make_client):
    client = make_client()
    client.request("POST", "/oauth/token", data={"a": "b c"}, authorize=False)
    assert "authorization" not in server.seen[0].headers
    assert server.seen[0].body == b"a=b+c"


PLANTED = {
    "token": secrets.token_urlsafe(30),
    "email": f"{secrets.token_hex(6)}@example.com",
    "phone": "+1415" + "555" + "2671",
    "name": f"Name{secrets.token_hex(6)}",
}


def echo(status):
    """A vendor that quotes everything it got."""

    def answer(exchange):
        words = f"{exchange.headers} said {PLANTED['email']} {PLANTED['phone']}"
        exchange.send({"message": words, "traceId": PLANTED["email"]}, status)

    return answer


def answer_with_data(exchange):
    data = {"id": "x", "email": PLANTED["email"], "firstName": PLANTED["name"]}
    exchange.send({"contacts": [data], "total": 1})


def broken_with_data(exchange):
    exchange.send(body=f'{{"email": "{PLANTED["email"]}", {PLANTED["name"]}'.encode())


def bad_bytes_with_data(exchange):
    exchange.send(
        body=PLANTED["email"].encode() + b"\xff\xfe" + PLANTED["name"].encode()
    )


def cut_with_data(exchange):
    exchange.send(body=PLANTED["email"].encode(), length=5000)
    exchange.reset()


def header_with_data(exchange):
    exchange.raw(f"HTTP/1.1 200 OK\r\n{PLANTED['email']}".encode())
    exchange.reset()


@pytest.mark.parametrize(
    "answer",
    [
        *map(echo, (302, 400, 401, 403, 404, 422, 429, 500)),
        answer_with_data,
        broken_with_data,
        bad_bytes_with_data,
        cut_with_data,
        header_with_data,
    ],
)
def test_nothing_shows_a_token_or_personal_data(server, make_client, caplog, answer):
    caplog.set_level(logging.DEBUG)
    server.answer = answer
    client = make_client(
        token=PLANTED["token"],
        on_unauthorized=lambda stale: stale,
        retry_policy=RetryPolicy(attempts=2, max_wait=0),
    )
    shown = [repr(client), str(client)]
    sort = [{"field": "dateAdded", "direction": "asc"}]
    try:
        shown.append(repr(client.search(sort=sort, page_limit=5)))
    except GhlError as err:
        logging.getLogger("test").exception("sync failed: %s", err)
        shown += [str(err), repr(err), str(err.request_id), str(err.args)]
        shown.append("".join(traceback.format_exception(err)))
    shown.append(caplog.text)
    for name, planted in PLANTED.items():
        for text in shown:
            assert planted not in text, name


def test_connection_trouble_shows_no_query(server, make_client):
    client = make_client(retry_policy=RetryPolicy(attempts=1))
    server.close()
    with pytest.raises(GhlTransportError) as caught:
        client.request("GET", "/x", params={"email": PLANTED["email"]})
    shown = "".join(traceback.format_exception(caught.value))
    assert PLANTED["email"].split("@")[0] not in shown


def test_a_token_holder_shows_nothing():
    assert repr(TokenHolder(PLANTED["token"], None)) == "TokenHolder(set)"
