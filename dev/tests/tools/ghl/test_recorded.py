"""The client and the mapping take what the vendor's real API was seen to answer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from recorded import names, recorded  # noqa: E402

from ghl_contact_sync.tools.mapping.batch import prepare_batch  # noqa: E402
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor  # noqa: E402
from ghl_contact_sync.tools.rate_limit.headers import RateHeaders  # noqa: E402

LOCATION = "LocLocLocLocLoc00001"
BY_AGE = [{"field": "dateAdded", "direction": "asc"}]


@pytest.fixture(name="replay")
def _replay(server, make_client):
    """Return a function that has the vendor answer with recordings, one by one."""

    def replay(*wanted, **options):
        answers = [recorded(name) for name in wanted]
        server.script(
            *[
                lambda exchange, told=told: exchange.send(
                    told["body"], told["status"], told["headers"]
                )
                for told in answers
            ]
        )
        return make_client(location_id=LOCATION, **options)

    return replay


@pytest.mark.parametrize("name", names())
def test_every_recording_is_an_answer_that_is_taken(replay, name):
    told = recorded(name)
    client = replay(name)
    found = client.request(told["method"], told["path"], json={})
    assert found == told["body"]


def test_a_walk_goes_to_the_empty_page(replay):
    client = replay("search_page", "search_end")
    page = client.search(sort=BY_AGE, page_limit=100)
    assert (page.count, page.total, page.foreign) == (3, 3, 0)
    last = page.contacts[-1]
    assert page.search_after == [1777803980635, last["id"]]
    assert page.timestamps("dateAdded")[-1] == page.search_after[0]
    end = client.search(sort=BY_AGE, page_limit=100, search_after=page.search_after)
    assert (end.count, end.total, end.search_after) == (0, 3, None)


def test_hits_are_mapped_without_any_repair(replay):
    page = replay("search_page").search(sort=BY_AGE, page_limit=100)
    batch = prepare_batch(
        page.contacts, LOCATION, escapes=page.raw_has_escapes, as_sent=page.body
    )
    assert len(batch) == 3
    assert batch.issues == []
    # The vendor's own text is what PostgreSQL takes apart.
    assert batch.payloads is None


def test_the_small_lists_and_the_location_are_read(replay):
    assert replay("location").get_location()["companyId"]
    assert replay("custom_fields").get_custom_fields()[0]["fieldKey"]
    assert replay("users").get_users() == []
    contact = recorded("contact")["body"]["contact"]
    assert replay("contact").get_contact(contact["id"]) == contact


def test_the_limits_are_read_and_a_gateways_are_not():
    seen = RateHeaders.parse(recorded("search_page")["headers"])
    assert (seen.limit, seen.interval, seen.remaining) == (100, 10.0, 97)
    assert (seen.daily_limit, seen.daily_remaining) == (200_000, 199_941)
    # Milliseconds to the end of a window of 24 hours.
    assert seen.daily_reset == pytest.approx(51_236.411)


def test_answers_without_any_limits_change_nothing():
    governor = RateGovernor(sleep=lambda seconds: None)
    with_limits = recorded("search_page")["headers"]
    governor.observe(with_limits, 200, governor.acquire())
    before = governor.snapshot()
    governor.observe(recorded("contact_put")["headers"], 200, governor.acquire())
    after = governor.snapshot()
    for key in ("limit", "interval_ms", "limit_today", "announced"):
        assert after[key] == before[key]


def test_a_writes_date_and_the_next_searchs_differ_by_milliseconds():
    written = recorded("contact_put")["body"]["contact"]["dateUpdated"]
    found = recorded("search_page")["body"]["contacts"][0]["dateUpdated"]
    assert written != found and written[:20] == found[:20]
