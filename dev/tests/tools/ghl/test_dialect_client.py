"""The client that speaks an account's dialect, against the sandbox."""

from __future__ import annotations

import pytest
from live_sandbox import LiveSandbox

from ghl_contact_sync.tools.ghl.client import NEUTRAL_SORT
from ghl_contact_sync.tools.ghl.dialect import Capabilities, DialectClient
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor

MIXED, LARGE = 0, 1
WITHOUT_DATE = [{"field": "dateAdded", "operator": "not_exists"}]
WITH_DATE = [{"field": "dateAdded", "operator": "exists"}]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """A location with contacts of every sort, and a large clean one."""
    running = LiveSandbox(
        tmp_path_factory.mktemp("sandbox"),
        *("--limits", "off"),
        *("--location", "name=Mixed:size=600"),
        *("--location", "name=Large:size=12345:clean=1"),
    )
    yield running
    running.close()


@pytest.fixture
def speak_to(sandbox):
    """Return a function that makes a client for a location, under dialects."""
    made = []

    def make(*dialects, location, **caps):
        sandbox.speak(*dialects)
        facts = sandbox.facts["locations"][location]
        client = DialectClient(
            token=facts["pit"],
            base_url=sandbox.url,
            location_id=facts["id"],
            governor=RateGovernor(),
            capabilities=Capabilities(**caps),
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()
    sandbox.speak()


def test_contacts_without_a_date_are_found_by_id(speak_to):
    client = speak_to(location=MIXED)
    undated = client.search(filters=WITHOUT_DATE, sort=NEUTRAL_SORT, page_limit=20)
    ids = [contact["id"] for contact in undated.contacts]
    assert ids
    found = client.search_by_ids([*ids, "nobody-has-this-id"])
    assert sorted(contact["id"] for contact in found.contacts) == sorted(ids)
    assert found.is_complete


def test_counts_end_at_the_limit_with_filters_too(speak_to):
    client = speak_to("total-capped", location=LARGE, count_limit=10_000)
    assert client.count() is None
    assert client.count(WITH_DATE) is None
    assert client.count(WITHOUT_DATE) == 0


def test_a_count_of_just_the_limit_is_not_told_from_a_larger_one(speak_to):
    assert speak_to(location=LARGE).count(WITH_DATE) == 12_345
    assert speak_to(location=LARGE, count_limit=12_345).count(WITH_DATE) is None
    assert speak_to(location=LARGE, count_limit=12_346).count(WITH_DATE) == 12_345
