"""The sandbox answers in the shapes that the vendor's real API was seen to have."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recorded import recorded, shape_of  # noqa: E402


def lacking(told, shown) -> dict:
    """Return what was recorded and the sandbox never shows, by path."""
    ours = shape_of(shown)
    return {
        path: sorted(kinds - ours.get(path, set()))
        for path, kinds in shape_of(told).items()
        if kinds - ours.get(path, set())
    }


@pytest.fixture(name="ask", scope="module")
def _ask(shared_sandbox):
    sandbox = shared_sandbox
    sandbox.control("POST", "/reset", {"contacts": True})
    place = sandbox.locations[0]["id"]
    contact = next(c["id"] for c in sandbox.truth() if c.get("additionalPhones"))
    user = sandbox.call("GET", f"/users/?locationId={place}").json()["users"][0]["id"]
    paths = {
        "location": f"/locations/{place}",
        "custom_fields": f"/locations/{place}/customFields",
        "users": f"/users/?locationId={place}",
        "user": f"/users/{user}",
        "contact": f"/contacts/{contact}",
        "opportunities_search": "/opportunities/search",
    }

    def ask(name):
        told = recorded(name)
        if name == "search_page":
            return {"contacts": sandbox.walk(), "total": 1}
        if name == "search_end":
            return {"contacts": [], "total": 1}
        body = {"locationId": place} if told["method"] == "POST" else None
        answer = sandbox.call(told["method"], paths[name], json=body)
        assert answer.status_code == told["status"], answer.text
        return answer.json()

    return ask


@pytest.mark.parametrize(
    "name",
    ["search_page", "search_end", "location", "custom_fields", "users", "user"],
)
def test_what_was_recorded_is_a_shape_of_the_sandbox(ask, name):
    assert lacking(recorded(name)["body"], ask(name)) == {}


def test_the_limits_have_the_recorded_names(start):
    sandbox = start("--location=name=One:size=5")
    told = recorded("search_page")["headers"]
    shown = sandbox.search().headers
    assert {name for name in shown if "ratelimit" in name.lower()} == set(told)


def test_opportunities_are_camel_case_unless_the_dialect_is_another(sandbox):
    def keys():
        return {
            key
            for contact in sandbox.walk()
            for deal in contact.get("opportunities") or []
            if isinstance(deal, dict)
            for key in deal
        }

    wanted = {"id", "pipelineId", "pipelineStageId", "monetaryValue", "status"}
    assert keys() == wanted
    sandbox.settings(dialects=["opportunities-snake"])
    assert {"pipeline_id", "pipeline_stage_id", "monetary_value"} <= keys()


def test_consent_can_be_refused_with_every_channel_inactive(sandbox):
    assert any(
        contact.get("dnd") is True
        and contact.get("dndSettings")
        and all(c["status"] == "inactive" for c in contact["dndSettings"].values())
        for contact in sandbox.walk()
    )
