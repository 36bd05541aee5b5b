"""Each fault as a client meets it."""

import json
import time

import pytest
import requests


def test_status_faults_and_their_bodies(sandbox):
    sandbox.fault("status", status=503)
    sandbox.fault("rate_limit", retry_after=7)
    sandbox.fault("rate_limit", daily=True)
    sandbox.fault("html", status=502)
    sandbox.fault("html", status=200)
    sandbox.fault("expired_token")
    answers = [sandbox.search() for _ in range(7)]
    assert [a.status_code for a in answers] == [503, 429, 429, 502, 200, 401, 200]
    assert answers[0].json()["statusCode"] == 503
    assert answers[1].headers["Retry-After"] == "7"
    assert answers[2].headers["X-RateLimit-Daily-Remaining"] == "0"
    for page in answers[3:5]:
        assert page.text.startswith("<!DOCTYPE html>")
        assert page.headers["Content-Type"].startswith("text/html")
    assert answers[5].json()["message"] == "Invalid JWT"


@pytest.mark.parametrize("at", ["before", "headers", "body"])
def test_resets(sandbox, at):
    sandbox.fault("reset", at=at)
    with pytest.raises(requests.RequestException):
        sandbox.search()
    assert sandbox.search().status_code == 200


def test_truncated_and_cut_bodies(sandbox):
    sandbox.fault("truncate", fraction=0.4)
    with pytest.raises(requests.RequestException):
        sandbox.search()
    sandbox.fault("cut_json", fraction=0.4)
    cut = sandbox.search()
    assert cut.status_code == 200
    with pytest.raises(ValueError, match="."):
        json.loads(cut.content)
    sandbox.fault("empty_body")
    assert sandbox.search().content == b""
    sandbox.fault("content_type", value="text/plain")
    odd = sandbox.search()
    assert odd.headers["Content-Type"] == "text/plain"
    assert odd.json()["total"] == 1200


def test_hang_and_drip(sandbox):
    sandbox.fault("hang", seconds=0.4)
    with pytest.raises(requests.RequestException):
        sandbox.search()
    sandbox.fault("drip", seconds=0.5)
    started = time.monotonic()
    assert sandbox.search().json()["total"] == 1200
    assert time.monotonic() - started >= 0.45


def test_lies_of_the_search(sandbox, oldest_first):
    walk = sandbox.walk()
    first = sandbox.search(sort=oldest_first).json()["contacts"]
    cursor = first[-1]["searchAfter"]
    sandbox.fault("total_lies", add=-7)
    assert sandbox.search().json()["total"] == 1193
    sandbox.fault("total_lies", value=3)
    assert sandbox.search().json()["total"] == 3
    sandbox.fault("short_page", fraction=0.5)
    assert len(sandbox.search().json()["contacts"]) == 50
    sandbox.fault("empty_page")
    assert sandbox.search().json()["contacts"] == []
    sandbox.fault("repeat_page", match={"cursor": True})
    again = sandbox.search(sort=oldest_first, searchAfter=cursor).json()["contacts"]
    assert [hit["id"] for hit in again] == [hit["id"] for hit in first]
    sandbox.fault("cursor_refused")
    assert sandbox.search().status_code == 200
    refused = sandbox.search(sort=oldest_first, searchAfter=cursor)
    assert refused.status_code == 400
    after = sandbox.search(sort=oldest_first, searchAfter=cursor).json()["contacts"]
    assert after[0]["id"] == walk[100]["id"]


def test_page_limit_refused_above(sandbox):
    sandbox.fault("page_limit", max=100, count=0)
    assert sandbox.search(pageLimit=500).status_code == 422
    assert sandbox.search(pageLimit=100).status_code == 200


@pytest.mark.parametrize(
    "kind", ["text", "html", "cloudflare", "aws", "kong", "google"]
)
def test_an_edge_answers_in_a_shape_of_its_own(sandbox, kind):
    sandbox.fault("edge", kind=kind, status=403, retry_after=4)
    answer = sandbox.search()
    assert (answer.status_code, answer.headers["Retry-After"]) == (403, "4")
    assert "statusCode" not in answer.text
    assert sandbox.search().status_code == 200


def test_a_rule_may_last_for_a_time_instead_of_a_number(sandbox):
    sandbox.fault("expired_token", lasts=3)
    began = time.monotonic()
    codes = []
    while time.monotonic() < began + 0.5:
        codes.append(sandbox.search().status_code)
    assert set(codes) == {401}
    assert len(codes) > 1
    while sandbox.search().status_code != 200:
        assert time.monotonic() < began + 60
        time.sleep(0.1)


def test_a_refusal_tells_of_the_day_what_the_rule_says(sandbox):
    sandbox.fault("rate_limit", remaining=-1, reset_ms=86_400_000)
    told = sandbox.search().headers
    assert told["X-RateLimit-Daily-Remaining"] == "-1"
    assert told["X-RateLimit-Daily-Reset"] == "86400000"


def test_rules_match_wait_count_and_draw(sandbox):
    sandbox.fault("status", match={"path": "/contacts/search"}, after=2, count=2)
    place = sandbox.locations[0]["id"]
    assert sandbox.call("GET", f"/locations/{place}").status_code == 200
    codes = [sandbox.search().status_code for _ in range(5)]
    assert codes == [200, 200, 503, 503, 200]
    sandbox.control("DELETE", "/faults")
    sandbox.fault("status", match={"location": sandbox.locations[1]["id"]}, count=0)
    assert sandbox.search(0).status_code == 200
    assert sandbox.search(1).status_code == 503
    sandbox.control("DELETE", "/faults")

    def drawn():
        sandbox.control("DELETE", "/faults")
        rule = {"probability": 0.5, "count": 0, "seed": 5}
        sandbox.control("POST", "/reset")
        sandbox.fault("status", **rule)
        return [sandbox.search(pageLimit=1).status_code for _ in range(20)]

    first = drawn()
    assert first == drawn()
    assert set(first) == {200, 503}


def test_edits_in_the_middle_of_a_walk(sandbox):
    sandbox.fault("edit", match={"cursor": True}, edits={"create": 2, "delete": 1})
    sandbox.walk()
    assert sandbox.total() == 1201


def test_expire_token_needs_a_refresh(sandbox):
    body = {"kind": "location", "location": sandbox.locations[0]["id"]}
    token = sandbox.control("POST", "/tokens", body)["token"]
    sandbox.fault("expire_token")
    assert sandbox.search(token=token).status_code == 401
    assert sandbox.search(token=token).status_code == 401


def test_wrong_rules_are_refused_in_words(sandbox):
    for rule in ({"fault": "nope"}, {"fault": "html", "at": 1}, {"match": {"x": 1}}):
        answer = sandbox.control("POST", "/faults", rule, ok=False)
        assert answer.status_code == 400
        assert answer.json()["error"]
    number = sandbox.fault("status", status=500)["ids"][0]
    assert sandbox.control("GET", "/faults")[0]["id"] == number
    sandbox.control("DELETE", f"/faults/{number}")
    missing = sandbox.control("DELETE", f"/faults/{number}", ok=False)
    assert missing.status_code == 404
