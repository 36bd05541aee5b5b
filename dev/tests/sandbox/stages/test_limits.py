"""Rate limits and their headers, latency, counters."""

import time

SLOW = {"enabled": True, "burst": 5, "interval": 60, "daily": 1000, "window": "fixed"}


def test_burst_limit_and_headers(sandbox):
    sandbox.settings(limits=SLOW)
    left = []
    for _ in range(5):
        answer = sandbox.search(pageLimit=1)
        left.append(answer.headers["X-RateLimit-Remaining"])
    assert left == ["4", "3", "2", "1", "0"]
    assert answer.headers["X-RateLimit-Max"] == "5"
    assert answer.headers["X-RateLimit-Interval-Milliseconds"] == "60000"
    assert answer.headers["X-RateLimit-Limit-Daily"] == "1000"
    assert answer.headers["X-RateLimit-Daily-Remaining"] == "995"
    refused = sandbox.search(pageLimit=1)
    assert refused.status_code == 429
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in refused.headers
    assert refused.headers["X-RateLimit-Daily-Remaining"] == "995"
    assert sandbox.search(1, pageLimit=1).status_code == 200
    stats = sandbox.control("GET", "/stats")
    place = stats["by_location"][sandbox.locations[0]["id"]]
    assert (place["requests"], place["200"], place["429"]) == (6, 5, 1)
    assert place["peak"] == 5
    assert stats["rate_limited"] == 1


def test_the_window_opens_again(sandbox):
    sandbox.settings(limits={**SLOW, "burst": 1, "retry_after": True})
    assert sandbox.search().status_code == 200
    refused = sandbox.search()
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    sandbox.settings(clock_offset=61)
    assert sandbox.search().status_code == 200


def test_a_sliding_window_is_stricter(sandbox):
    sandbox.settings(limits={**SLOW, "burst": 2, "window": "sliding"})
    assert sandbox.search().status_code == 200
    sandbox.settings(clock_offset=40)
    assert sandbox.search().status_code == 200
    sandbox.settings(clock_offset=59)
    assert sandbox.search().status_code == 429
    sandbox.settings(clock_offset=61)
    assert sandbox.search().status_code == 200
    assert sandbox.search().status_code == 429


def test_the_day_runs_out(sandbox):
    sandbox.settings(limits={**SLOW, "burst": 50, "daily": 3})
    place = sandbox.locations[0]["id"]
    sandbox.control("POST", "/limits/spend", {"location": place, "count": 2})
    assert sandbox.search().headers["X-RateLimit-Daily-Remaining"] == "0"
    refused = sandbox.search()
    assert refused.status_code == 429
    assert refused.headers["X-RateLimit-Daily-Remaining"] == "0"
    # Milliseconds of a window that began with the first call, at no midnight.
    left = int(refused.headers["X-RateLimit-Daily-Reset"])
    assert 86_300_000 < left <= 86_400_000
    sandbox.settings(clock_offset=86_400)
    assert sandbox.search().status_code == 200


def test_private_integrations_share_the_day_and_not_the_burst(sandbox):
    sandbox.settings(limits={**SLOW, "burst": 2, "daily": 4})
    place = sandbox.locations[0]["id"]
    body = {"kind": "pit", "location": place}
    other = sandbox.control("POST", "/tokens", body)["token"]
    for left in ("3", "2"):
        assert sandbox.search().headers["X-RateLimit-Daily-Remaining"] == left
    assert sandbox.search().status_code == 429
    answer = sandbox.search(token=other)
    assert answer.headers["X-RateLimit-Remaining"] == "1"
    assert answer.headers["X-RateLimit-Daily-Remaining"] == "1"
    assert sandbox.search(token=other).headers["X-RateLimit-Daily-Remaining"] == "0"
    sandbox.settings(clock_offset=61)
    assert sandbox.search().headers["X-RateLimit-Remaining"] == "2"
    assert sandbox.search(1).status_code == 200


def test_the_day_can_be_made_short(sandbox):
    sandbox.settings(limits={**SLOW, "burst": 50, "daily": 1, "day": 30})
    assert sandbox.search().status_code == 200
    refused = sandbox.search()
    assert refused.status_code == 429
    assert 0 < int(refused.headers["X-RateLimit-Daily-Reset"]) <= 30_000
    sandbox.settings(clock_offset=30)
    assert sandbox.search().status_code == 200


def test_latency_is_felt_but_not_by_the_control_api(sandbox):
    sandbox.settings(latency=0.3)
    started = time.monotonic()
    sandbox.search()
    assert time.monotonic() - started >= 0.3
    log = sandbox.control("GET", "/requests?last=1")
    assert log[0]["ms"] >= 300
    assert log[0]["search"]["limit"] == 100


def test_counters_reset(sandbox):
    sandbox.search()
    stats = sandbox.control("GET", "/stats")
    assert stats["by_endpoint"]["POST /contacts/search"] == {"200": 1}
    assert stats["contacts_sent"] == 100
    sandbox.control("DELETE", "/stats")
    assert sandbox.control("GET", "/stats")["requests"] == 0
