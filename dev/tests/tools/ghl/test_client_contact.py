"""One contact, asked for by its id: found, gone, or not to be told."""

from __future__ import annotations

import pytest
from vendor_server import refusal

from ghl_contact_sync.tools.errors import (
    GhlEdgeError,
    GhlForeignRecords,
    GhlNotFound,
    GhlPayloadError,
    GhlRequestError,
)
from ghl_contact_sync.tools.http.retry import RetryPolicy


def reply(value, status=200):
    return lambda exchange: exchange.send(value, status)


def raw(body, status=200):
    return lambda exchange: exchange.send(body=body, status=status)


@pytest.mark.parametrize("wrap", [True, False])
def test_is_returned(server, make_client, wrap):
    one = {"id": "a/b c"}
    server.script(reply({"contact": one, "traceId": "t"} if wrap else one))
    assert make_client().get_contact("a/b c") == one
    assert server.seen[0].path == "/contacts/a%2Fb%20c"


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "Contact not found"),
        (400, "Contact not found"),
        (400, "Contact with id x does not exist"),
        (400, ["The contact was deleted"]),
        (404, "Contact with id x not found in location y"),
        (404, "Could not find the contact."),
        (400, "No such contact"),
        (404, "The contact no longer exists"),
    ],
)
def test_is_gone_when_the_vendor_says_so(server, make_client, status, message):
    server.script(reply(refusal(status, message), status))
    assert make_client().get_contact("a") is None


@pytest.mark.parametrize("asked", ["ocQHyuzHvysMo5N5VsXc", "a"])
def test_a_denial_of_another_contact_is_none_of_this(server, make_client, asked):
    about = "Contact with id {} not found"
    for named, gone in ((asked, True), ("zzQHyuzHvysMo5N5VsXc", False)):
        told = {"statusCode": 404, "message": about.format(named), "traceId": "t"}
        server.script(reply(told, 404))
        client = make_client()
        if gone:
            assert client.get_contact(asked) is None
        else:
            with pytest.raises(GhlNotFound):
                client.get_contact(asked)


def test_contact_of_another_location_is_neither_ours_nor_gone(server, make_client):
    contact = {"id": "a", "locationId": "loc1"}
    server.script(reply({"contact": contact}))
    assert make_client().get_contact("a") == contact
    server.script(reply({"contact": {**contact, "locationId": "loc2"}}))
    with pytest.raises(GhlForeignRecords):
        make_client().get_contact("a")


def test_contact_whose_id_is_a_number_is_found_by_its_text(server, make_client):
    server.script(reply({"contact": {"id": 17, "locationId": "loc1"}}))
    assert make_client().get_contact("17")["id"] == "17"
    server.script(reply({"contacts": [{"id": 17}], "total": 1}))
    assert make_client().search_by_ids(["17"]).contacts == [{"id": "17"}]


def _page(*counts, total=None):
    """An answer with so many contacts of each location: loc1, loc2, …"""
    contacts = [
        {"id": f"{place}-{number}", "locationId": f"loc{place}"}
        for place, count in enumerate(counts, 1)
        for number in range(count)
    ]
    return reply({"contacts": contacts, "total": total or len(contacts)})


SORT = [{"field": "dateAdded", "direction": "asc"}]


def test_another_locations_answer_is_refused_however_often_it_comes(
    server, make_client
):
    server.script(*[_page(11, 300)] * 3)
    with pytest.raises(GhlForeignRecords) as caught:
        make_client().search(sort=SORT, page_limit=500)
    assert caught.value.code == "foreign_records"
    assert not caught.value.retryable
    assert len(server.seen) == 3


def test_another_locations_answer_that_passes_is_asked_for_again(server, make_client):
    server.script(_page(0, 300), _page(11))
    assert make_client().search(sort=SORT, page_limit=500).count == 11


def test_a_foreign_record_spoils_no_page(server, make_client):
    # It stands alone in a count; the location's first contacts are its own.
    server.script(_page(0, 1, total=30), _page(19, 1))
    assert make_client().count() == 30
    server.script(_page(9, 1))
    page = make_client().search(sort=SORT, page_limit=500)
    assert (page.count, page.foreign, page.is_complete) == (10, 1, False)


def test_the_count_of_another_location_is_none(server, make_client):
    server.script(*[_page(0, 1, total=300), *[_page(0, 20)] * 3])
    with pytest.raises(GhlForeignRecords):
        make_client().count()


def test_a_search_by_id_shows_no_other_locations_contact(server, make_client):
    server.script(_page(1, 2))
    page = make_client().search_by_ids(["1-0", "2-0", "2-1"])
    assert [contact["id"] for contact in page.contacts] == ["1-0"]
    assert not page.is_complete


def test_what_else_is_told_of_another_location_is_left_out(server, make_client):
    server.script(reply({"location": {"id": "loc2", "name": "Not us"}}))
    with pytest.raises(GhlForeignRecords):
        make_client().get_location()
    tags = [{"id": "1", "locationId": "loc2"}, {"id": "2", "locationId": "loc1"}]
    server.script(reply({"tags": tags}))
    assert make_client().get_tags() == tags[1:]


@pytest.mark.parametrize(("traced", "gone"), [(True, True), (False, False)])
def test_a_vaguer_name_for_it_needs_the_apis_mark(server, make_client, traced, gone):
    told = {"statusCode": 404, "message": "The record does not exist"}
    server.script(reply({**told, "traceId": "t"} if traced else told, 404))
    client = make_client()
    if gone:
        assert client.get_contact("a") is None
    else:
        with pytest.raises(GhlNotFound):
            client.get_contact("a")


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "Cannot GET /a"),
        (404, "Not Found"),
        (404, "The requested resource was not found"),
        (404, "Service contact not found"),
        (404, "The contact is locked"),
        (404, "Location not found"),
        (400, "Location not found"),
        (400, "The location of the contact does not exist"),
        (400, "Sub-account not found for this contact"),
        (400, "Token of the contact was not found"),
    ],
)
def test_is_not_taken_for_gone_on_other_words(server, make_client, status, message):
    server.script(reply(refusal(status, message, traceId="t"), status))
    with pytest.raises(GhlNotFound) as caught:
        make_client().get_contact("a")
    assert caught.value.genuine is False
    # The cause may pass, but not at once.
    assert caught.value.retryable is True
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<h1>404 page not found</h1>"),
        (404, b""),
        (404, b'{"message": "no Route matched with those values"}'),
        (404, b'{"message": "Contact not found"}'),
        (400, b'{"error": "Contact not found"}'),
        (404, b'{"error": "404 page not found"}'),
        (410, b"Contact not found"),
    ],
)
def test_is_not_taken_for_gone_on_a_strangers_word(server, make_client, status, body):
    server.script(lambda exchange: exchange.send(status=status, body=body))
    with pytest.raises(GhlEdgeError):
        make_client(retry_policy=RetryPolicy(attempts=2)).get_contact("a")
    assert len(server.seen) == 2


@pytest.mark.parametrize("status", [200, 204])
def test_is_not_taken_for_gone_when_nothing_is_said(server, make_client, status):
    server.script(lambda exchange: exchange.send(status=status, body=b""))
    with pytest.raises(GhlPayloadError) as caught:
        make_client().get_contact("a")
    assert (caught.value.code, caught.value.retryable) == ("wrong_shape", True)


def test_is_asked_for_again_after_an_empty_answer(server, make_client):
    server.script(raw(b""), reply({"contact": {"id": "a"}}))
    assert make_client().get_contact("a") == {"id": "a"}
    assert len(server.seen) == 2


def test_is_not_taken_for_gone_when_the_request_is_refused(server, make_client):
    server.script(reply(refusal(400, "Bad id"), 400))
    with pytest.raises(GhlRequestError):
        make_client().get_contact("a")


@pytest.mark.parametrize(
    "value",
    [{"contact": {"id": "other"}}, {"contact": None}, None, {}, [], "x"],
)
def test_must_be_the_one_that_was_asked_for(server, make_client, value):
    server.script(reply(value))
    with pytest.raises(GhlPayloadError):
        make_client().get_contact("a")


@pytest.mark.parametrize("ghl_id", ["", ".", ".."])
def test_an_id_cannot_change_the_path(server, make_client, ghl_id):
    with pytest.raises(GhlRequestError):
        make_client().get_contact(ghl_id)
    assert server.seen == []
