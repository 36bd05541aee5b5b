"""``POST /contacts/search``: paging, order, refusals."""

import json

import pytest


def test_a_walk_sees_every_contact_once(sandbox):
    hits = sandbox.walk(limit=100)
    truth = sandbox.truth()
    assert len(hits) == 1200
    shown = {hit["id"]: hit for hit in hits}
    assert len(shown) == 1200
    for contact in truth:
        hit = dict(shown[contact["id"]])
        del hit["searchAfter"]
        assert hit == contact


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("field", ["dateAdded", "dateUpdated"])
def test_date_order_with_the_undated_last(sandbox, field, direction):
    hits = sandbox.walk(limit=77, sort=[{"field": field, "direction": direction}])
    dates = [hit.get(field) for hit in hits]
    dated = [date for date in dates if date]
    assert dated == sorted(dated, reverse=direction == "desc")
    assert not any(dates[len(dated) :])
    assert len({hit["id"] for hit in hits}) == 1200
    huge = {hit["searchAfter"][0] for hit in hits[len(dated) :]}
    assert huge == {2**63 - 1 if direction == "asc" else -(2**63)}


@pytest.mark.parametrize(
    "sort",
    [
        [{"field": "email", "direction": "asc"}],
        [{"field": "firstNameLowerCase", "direction": "desc"}],
        [{"field": "dnd", "direction": "desc"}, {"field": "dateAdded"}],
        [
            {"field": "source", "direction": "asc"},
            {"field": "dateUpdated", "direction": "desc"},
        ],
    ],
)
def test_other_orders_walk_completely_too(sandbox, sort):
    hits = sandbox.walk(limit=90, sort=sort)
    assert len({hit["id"] for hit in hits}) == len(hits) == 1200
    assert all(len(hit["searchAfter"]) == len(sort) + 1 for hit in hits)
    values = [
        hit["searchAfter"][0] for hit in hits if hit["searchAfter"][0] is not None
    ]
    assert values == sorted(values, reverse=sort[0].get("direction") == "desc")


def test_thousands_share_one_instant_and_still_page(sandbox):
    hits = sandbox.walk(limit=50)
    counts = {}
    for hit in hits:
        counts[hit.get("dateAdded")] = counts.get(hit.get("dateAdded"), 0) + 1
    assert max(counts.values()) > 200


def test_page_mode_stops_at_ten_thousand(sandbox):
    first = sandbox.search(page=1, pageLimit=500).json()["contacts"]
    third = sandbox.search(page=3, pageLimit=500).json()["contacts"]
    assert (len(first), len(third)) == (500, 200)
    assert sandbox.search(page=20, pageLimit=500).json()["contacts"] == []
    refused = sandbox.search(page=21, pageLimit=500)
    assert refused.status_code == 400
    assert "10000" in refused.json()["message"]


def test_refusals(sandbox):
    def status(**body):
        return sandbox.search(**body).status_code

    place = sandbox.locations[0]
    missing = sandbox.call("POST", "/contacts/search", json={"locationId": place["id"]})
    assert missing.status_code == 422
    assert isinstance(missing.json()["message"], list)
    assert status(pageLimit=500) == 200
    assert status(pageLimit=501) == 422
    assert status(pageLimit="100") == 422
    assert status(pageLimit=0) == 422
    assert status(page=0) == 422
    assert status(page=1, searchAfter=[1, "x"]) == 400
    assert status(searchAfter="x") == 422
    assert status(searchAfter=[1]) == 400
    assert status(searchAfter=["x", "y"]) == 400
    assert status(query="x" * 76) == 422
    assert status(sort=[{"field": "id", "direction": "asc"}]) == 400
    assert status(sort=[{"field": "email"}] * 3) == 400
    answer = sandbox.search(filters=[{"field": "nope", "operator": "eq", "value": 1}])
    assert answer.status_code == 400
    assert answer.json()["message"] == "Invalid field nope"
    assert answer.json()["error"] == "Bad Request"
    assert "traceId" in answer.json()
    other = sandbox.search(locationId=sandbox.locations[1]["id"])
    assert other.status_code == 403
    broken = sandbox.call("POST", "/contacts/search", data=b"{")
    assert broken.status_code == 400


def test_the_cursor_survives_javascript_rounding(sandbox):
    """A client that reads numbers as doubles sends 2^63 back, not 2^63 - 1."""
    hits = sandbox.walk(limit=500)
    undated = [hit for hit in hits if not hit.get("dateAdded")]
    assert len(undated) > 1
    cursor = [9223372036854776000, undated[0]["searchAfter"][1]]
    sort = [{"field": "dateAdded", "direction": "asc"}]
    page = sandbox.search(sort=sort, searchAfter=cursor).json()["contacts"]
    assert [hit["id"] for hit in page] == [hit["id"] for hit in undated[1:]]


def test_a_cursor_of_a_deleted_contact_goes_on_behind_it(sandbox, oldest_first):
    hits = sandbox.walk()
    gone = hits[10]
    path = sandbox.place(f"/contacts/{gone['id']}")
    sandbox.control("DELETE", path)
    page = sandbox.search(sort=oldest_first, searchAfter=gone["searchAfter"]).json()
    assert page["contacts"][0]["id"] == hits[11]["id"]


def test_an_edited_contact_moves_to_the_end_of_dateupdated_order(sandbox):
    sort = [{"field": "dateUpdated", "direction": "asc"}]
    before = [h for h in sandbox.walk(sort=sort) if h.get("dateUpdated")]
    moved = before[0]["id"]
    path = sandbox.place(f"/contacts/{moved}")
    sandbox.control("PATCH", path, {"set": {"city": "Elsewhere"}})
    after = [h for h in sandbox.walk(sort=sort) if h.get("dateUpdated")]
    assert after[-1]["id"] == moved


def test_index_lag_delays_search_but_not_reads_by_id(sandbox):
    sandbox.settings(lag=60)
    key = sandbox.truth()[5]["id"]
    sandbox.control(
        "PATCH", sandbox.place(f"/contacts/{key}"), {"set": {"city": "Now"}}
    )
    by_id = [{"field": "id", "operator": "eq", "value": key}]
    seen = sandbox.search(filters=by_id).json()["contacts"][0]
    assert seen["city"] != "Now"
    live = sandbox.call("GET", f"/contacts/{key}").json()["contact"]
    assert live["city"] == "Now"
    sandbox.control("DELETE", sandbox.place(f"/contacts/{sandbox.truth()[6]['id']}"))
    assert sandbox.total() == 1200
    sandbox.settings(clock_offset=61)
    assert sandbox.total() == 1199
    seen = sandbox.search(filters=by_id).json()["contacts"][0]
    assert seen["city"] == "Now"


def test_answers_are_valid_json_with_nul_and_unicode(sandbox):
    raw = sandbox.search(pageLimit=500).content
    assert json.loads(raw)["contacts"]
    text = json.dumps([hit for hit in sandbox.walk()])
    assert "\\u0000" in text
    assert "\\u0645" in text
