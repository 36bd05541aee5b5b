"""The client's requests, and what it makes of the answers."""

from __future__ import annotations

import time

import pytest
from vendor_server import contact, page, refusal

from ghl_contact_sync.tools.errors import (
    GhlCursorRefused,
    GhlNotFound,
    GhlPageLimitRefused,
    GhlPayloadError,
    GhlRateLimited,
    GhlRequestError,
)

SORT = [{"field": "dateAdded", "direction": "asc"}]


def reply(value, status=200, **kw):
    return lambda exchange: exchange.send(value, status, **kw)


def raw(body):
    return lambda exchange: exchange.send(body=body)


class TestSearch:
    def test_sends_what_the_vendor_expects(self, server, make_client):
        server.script(reply(page(1)))
        filters = [{"field": "dateAdded", "operator": "range", "value": {"gte": "x"}}]
        make_client().search(
            filters=filters, sort=SORT, page_limit=500, search_after=[1.5, "a", None]
        )
        (sent,) = server.seen
        assert (sent.method, sent.path) == ("POST", "/contacts/search")
        assert sent.headers["version"] == "2021-07-28"
        assert sent.headers["authorization"] == "Bearer secret-token"
        assert sent.headers["content-type"] == "application/json"
        assert sent.json == {
            "locationId": "loc1",
            "pageLimit": 500,
            "filters": filters,
            "sort": SORT,
            "searchAfter": [1.5, "a", None],
        }

    def test_leaves_out_what_is_not_wanted(self, server, make_client):
        server.script(reply(page(1)))
        make_client(version="v3").search(sort=SORT, page_limit=1, page=3, query="ann")
        assert set(server.seen[0].json) == {
            "locationId",
            "pageLimit",
            "sort",
            "page",
            "query",
        }
        assert server.seen[0].headers["version"] == "v3"

    def test_returns_contacts_cursor_total_and_trace(self, server, make_client):
        server.script(reply(page(1, 2, total=77)))
        before = time.time()
        found = make_client().search(sort=SORT, page_limit=2)
        assert [one["id"] for one in found.contacts] == [
            contact(1)["id"],
            contact(2)["id"],
        ]
        assert (found.total, found.trace_id) == (77, "trace-1")
        assert found.search_after == contact(2)["searchAfter"]
        assert before <= found.requested_at <= time.time()
        assert found.raw_has_escapes is False
        assert (found.rejected, found.repairs) == ([], ())

    def test_an_empty_page_has_no_cursor(self, server, make_client):
        server.script(reply({"contacts": [], "total": 5}))
        found = make_client().search(sort=SORT, page_limit=2)
        assert (found.contacts, found.search_after, found.total) == ([], None, 5)

    @pytest.mark.parametrize(
        ("items", "top", "expected"),
        [
            ([{"id": "a", "searchAfter": [1, "a"]}], [9, "z"], [1, "a"]),
            ([{"id": "a"}], [9, "z"], [9, "z"]),
            ([{"id": "a", "searchAfter": []}], [9, "z"], [9, "z"]),
            ([{"id": "a", "searchAfter": [1, "a"]}, "junk"], None, [1, "a"]),
            ([{"id": "a", "searchAfter": [1, "a"]}, {"id": "b"}], None, [1, "a"]),
            ([{"id": "a", "searchAfter": "text"}], None, "text"),
            ([{"id": "a", "searchAfter": {"at": 5}}], None, {"at": 5}),
            ([{"id": "a", "searchAfter": ""}], None, None),
        ],
    )
    def test_the_cursor_is_the_last_one_to_be_had(
        self, server, make_client, items, top, expected
    ):
        server.script(reply({"contacts": items, "searchAfter": top, "total": 9}))
        found = make_client().search(sort=SORT, page_limit=2)
        assert found.search_after == expected

    @pytest.mark.parametrize("total", [10**11, -1, "many", None, True])
    def test_a_total_that_is_none_is_not_believed(self, server, make_client, total):
        server.script(reply({"contacts": [contact(1)], "total": total}))
        assert make_client().search(sort=SORT, page_limit=2).total is None

    def test_what_is_no_contact_is_set_aside(self, server, make_client):
        server.script(reply({"contacts": [contact(1), None, "x", [1], contact(2)]}))
        found = make_client().search(sort=SORT, page_limit=5)
        assert len(found.contacts) == 2
        assert found.rejected == [None, "x", [1]]

    @pytest.mark.parametrize(
        ("told", "total"),
        [
            (12, 12),
            ("12", 12),
            (12.0, 12),
            ({"value": 12, "relation": "eq"}, 12),
            (None, None),
            (-1, None),
            (True, None),
            ("many", None),
            (1.5, None),
        ],
    )
    def test_total_is_a_count_or_unknown(self, server, make_client, told, total):
        server.script(reply({"contacts": [], "total": told}))
        assert make_client().count() == total

    def test_count_asks_for_one_contact(self, server, make_client):
        server.script(reply(page(1, total=1_000_001)))
        filters = [{"field": "dateAdded", "operator": "not_exists"}]
        assert make_client().count(filters) == 1_000_001
        assert server.seen[0].json["pageLimit"] == 1
        assert server.seen[0].json["filters"] == filters
        assert server.seen[0].json["sort"]

    def test_contacts_are_searched_for_by_id_whatever_dates_they_have(
        self, server, make_client
    ):
        server.script(reply(page(1)))
        make_client().search_by_ids(["a", "b"])
        (sent,) = server.seen
        (node,) = sent.json["filters"]
        assert node["group"] == "OR"
        assert [one["value"] for one in node["filters"]] == ["a", "b"]
        assert sent.json["pageLimit"] == 2
        assert not {key["field"] for key in sent.json["sort"]} & {
            "dateAdded",
            "dateUpdated",
        }

    @pytest.mark.parametrize(
        ("answer", "whole"),
        [
            ({"contacts": [contact(1)], "total": 1}, True),
            ({"contacts": [], "total": 0}, True),
            ({"contacts": [contact(1)], "total": 2}, False),
            ({"contacts": [], "total": 3}, False),
            ({"contacts": [contact(1), contact(2)], "total": 1}, False),
            # Without a total, a page that is not full ends the search.
            ({"contacts": [contact(1)]}, True),
            ({"contacts": [contact(1), contact(2)]}, False),
            # One that is no contact may be any of those that are missing.
            ({"contacts": [contact(1), None], "total": 1}, False),
        ],
    )
    def test_a_page_tells_whether_it_is_whole(self, server, make_client, answer, whole):
        server.script(reply(answer))
        found = make_client().search_by_ids(["a", "b"])
        assert found.is_complete is whole
        found.forget_contacts()
        assert found.is_complete is whole


class TestRefusals:
    @pytest.mark.parametrize("status", [400, 422])
    def test_a_refused_cursor_is_told_apart(self, server, make_client, status):
        told = {"statusCode": status, "message": ["searchAfter is invalid"]}
        server.script(reply(told, status))
        client = make_client()
        with pytest.raises(GhlCursorRefused) as caught:
            client.search(sort=SORT, page_limit=5, search_after=[1])
        assert caught.value.retryable is False
        with pytest.raises(GhlRequestError) as caught:
            client.search(sort=SORT, page_limit=5)
        assert type(caught.value) is GhlRequestError
        assert "searchAfter is invalid" in str(caught.value)

    @pytest.mark.parametrize("status", [400, 404, 422])
    @pytest.mark.parametrize(
        "words",
        [
            "searchAfter cursor does not exist",
            "Search context not found",
            "No search context found for id [42]",
            "The scroll was deleted",
        ],
    )
    def test_a_cursor_that_is_gone_is_a_refused_one(
        self, server, make_client, status, words
    ):
        server.script(reply({"statusCode": status, "message": words}, status))
        with pytest.raises(GhlCursorRefused, match="HTTP"):
            make_client().search(sort=SORT, page_limit=5, search_after=[1])

    @pytest.mark.parametrize(
        "words",
        [
            "Not Found",
            "Cannot POST /contacts/search",
            "Route POST:/contacts/search not found",
        ],
    )
    def test_a_missing_address_is_no_refused_cursor(self, server, make_client, words):
        server.script(reply(refusal(404, words), 404))
        with pytest.raises(GhlNotFound) as caught:
            make_client().search(sort=SORT, page_limit=5, search_after=[1])
        assert caught.value.genuine is False

    def test_a_field_that_is_unknown_is_a_refused_request(self, server, make_client):
        server.script(reply(refusal(400, "Field dateAdded does not exist"), 400))
        with pytest.raises(GhlRequestError):
            make_client().count()

    @pytest.mark.parametrize("cursor", [None, [1, "a"]])
    def test_a_refused_page_size_is_told_apart(self, server, make_client, cursor):
        told = refusal(422, ["pageLimit must not be greater than 100"])
        server.script(reply(told, 422))
        with pytest.raises(GhlPageLimitRefused):
            make_client().search(sort=SORT, page_limit=500, search_after=cursor)

    def test_a_refused_field_has_its_code(self, server, make_client):
        server.script(reply({"message": "Invalid field foo", "traceId": "t"}, 400))
        with pytest.raises(GhlRequestError) as caught:
            make_client().count()
        assert (caught.value.code, caught.value.request_id) == ("invalid_field", "t")

    def test_a_short_429_is_waited_out(self, server, make_client):
        told = {"headers": {"Retry-After": "0"}}
        server.script(reply({"message": "Too Many"}, 429, **told), reply(page(1)))
        retries = []
        client = make_client(on_retry=retries.append)
        assert client.count() == 1
        assert isinstance(retries[0], GhlRateLimited)
        assert client.governor.snapshot()["rate_limited"] == 1

    @pytest.mark.parametrize(
        ("told", "daily"),
        [
            ({"X-RateLimit-Daily-Remaining": "0"}, True),
            ({"x-ratelimit-daily-remaining": "0", "Retry-After": "30"}, True),
            ({"Retry-After": "900"}, False),
        ],
    )
    def test_a_long_one_says_when_to_come_back(self, server, make_client, told, daily):
        server.script(reply({"message": "Too Many Requests"}, 429, headers=told))
        client = make_client()
        for _round in range(2):
            with pytest.raises(GhlRateLimited) as caught:
                client.count()
            assert caught.value.daily is daily
            assert caught.value.resume_at > time.time()
            assert caught.value.resume_at_utc is not None
        # The second time the governor knows by itself.
        assert len(server.seen) == 1

    @pytest.mark.parametrize(
        "error",
        [
            refusal(400, "Location is not active"),
            refusal(400, {"message": "Location is not active"}),
            {"message": "Location is not active", "traceId": "t"},
            {
                "error": {
                    "code": "x",
                    "message": "Location is not active",
                    "resolution": "Wait.",
                }
            },
        ],
    )
    def test_the_vendors_words_are_found(self, server, make_client, error):
        server.script(reply(error, 400))
        with pytest.raises(GhlRequestError, match="Location is not active"):
            make_client().count()


class TestBadRecords:
    """One contact that cannot be read does not cost its page."""

    def search(self, make_client):
        return make_client().search(sort=SORT, page_limit=5)

    def test_not_utf8_is_asked_for_again_and_then_replaced(self, server, make_client):
        bad = b'{"contacts": [{"id": "a", "x": "\xff"}], "total": 1}'
        server.script(raw(bad))
        found = self.search(make_client)
        assert found.contacts == [{"id": "a", "x": "\ufffd"}]
        assert found.repairs == ("invalid_utf8",)
        assert len(server.seen) == 2

    def test_damage_on_the_way_is_not_kept(self, server, make_client):
        server.script(raw(b'{"contacts": [{"id": "\xff"}]}'), reply(page(1)))
        found = self.search(make_client)
        assert (found.total, found.repairs) == (1, ())

    def test_nesting_without_end_is_cut_off(self, server, make_client):
        deep = b"[" * 50_000 + b'"]"' + b"]" * 50_000
        server.script(raw(b'{"contacts": [{"id": "a", "x": %s}, {"id": "b"}]}' % deep))
        found = self.search(make_client)
        assert [one["id"] for one in found.contacts] == ["a", "b"]
        assert found.repairs == ("too_deep",)
        assert "left out" in str(found.contacts[0]["x"])

    def test_a_number_without_end_stays_text(self, server, make_client):
        nines = b"9" * 10_000
        server.script(raw(b'{"contacts": [{"x": %s, "y": 1e999}]}' % nines))
        found = self.search(make_client)
        assert found.contacts == [{"x": nines.decode(), "y": "1e999"}]
        assert found.repairs == ("number_too_long",)

    @pytest.mark.parametrize(
        ("text", "value", "repair"),
        [
            ("NaN", None, "not_a_number"),
            ("-Infinity", None, "not_a_number"),
            ('"\t\x01"', "\t\x01", "control_characters"),
        ],
    )
    def test_what_is_not_json_but_common_is_read(
        self, server, make_client, text, value, repair
    ):
        server.script(raw(f'{{"contacts": [{{"a": {text}}}]}}'.encode()))
        found = self.search(make_client)
        assert (found.contacts, found.repairs) == ([{"a": value}], (repair,))
        assert found.body is None

    def test_a_byte_order_mark_is_skipped(self, server, make_client):
        server.script(raw(b'\xef\xbb\xbf{"contacts": []}'))
        assert self.search(make_client).repairs == ("byte_order_mark",)

    def test_a_flawless_page_is_handed_on_as_it_came(self, server, make_client):
        body = b'{"contacts": [{"id": "a", "n": 1.50}], "total": 1}'
        server.script(raw(body), raw(b'{"contacts": [null]}'))
        assert self.search(make_client).body == body
        assert self.search(make_client).body is None

    @pytest.mark.parametrize(
        ("text", "suspect"),
        [
            (rb"plain \u00e9 \n", False),
            ("snow \u2603 \U0001f600".encode(), False),
            (rb"\ud83d\ude00", False),
            (rb"\u0000", True),
            (b"\x00", True),
            (rb"\ud83d", True),
            (rb"\udE00\uD83d", True),
            (rb"\ud83d\ud83d\ude00", True),
            (rb"\\ud83d\ude00", True),
        ],
    )
    def test_tells_what_postgresql_would_refuse(
        self, server, make_client, text, suspect
    ):
        server.script(raw(b'{"contacts": [{"id": "a", "x": "%s"}]}' % text))
        assert self.search(make_client).raw_has_escapes is suspect

    def test_a_huge_field_is_read(self, server, make_client):
        server.script(raw(b'{"contacts": [{"id": "%s"}]}' % (b"x" * 10_000_000)))
        assert len(self.search(make_client).contacts[0]["id"]) == 10_000_000


class TestOtherCalls:
    @pytest.mark.parametrize(
        ("name", "key", "path"),
        [
            (
                "get_custom_fields",
                "customFields",
                "/locations/loc1/customFields?model=contact",
            ),
            ("get_tags", "tags", "/locations/loc1/tags"),
            ("get_users", "users", "/users/?locationId=loc1"),
        ],
    )
    def test_lists(self, server, make_client, name, key, path):
        server.script(reply({key: [{"id": "1"}, None]}), reply({key: None}))
        client = make_client()
        assert getattr(client, name)() == [{"id": "1"}]
        assert server.seen[0].path == path
        with pytest.raises(GhlPayloadError):
            getattr(client, name)()

    @pytest.mark.parametrize("value", [{"location": {"id": "loc1"}}, {"id": "loc1"}])
    def test_location(self, server, make_client, value):
        server.script(reply(value))
        assert make_client().get_location() == {"id": "loc1"}
        assert server.seen[0].path == "/locations/loc1"

    def test_what_changes_something_is_sent_once(self, server, make_client):
        server.script(reply({}, 503))
        client = make_client()
        with pytest.raises(Exception, match="503"):
            client.request("POST", "/oauth/token", data={"grant_type": "refresh_token"})
        assert len(server.seen) == 1

    def test_an_empty_answer_is_none(self, server, make_client):
        server.script(lambda exchange: exchange.send(status=204, body=b""))
        assert make_client().request("GET", "/x") is None

    def test_every_request_is_counted(self, server, make_client):
        server.script(
            reply({}, 503), lambda exchange: exchange.reset(), reply(page(1)), reply({})
        )
        seen = []
        client = make_client(on_request=lambda *told: seen.append(told))
        client.count()
        client.request("GET", "/x", kind="probe")
        assert [told[:2] for told in seen] == [
            ("count", 503),
            ("count", 0),
            ("count", 200),
            ("probe", 200),
        ]
        assert all(seconds >= 0 for _kind, _status, seconds, _received in seen)
        assert [bool(received) for *_others, received in seen] == [1, 0, 1, 1]
