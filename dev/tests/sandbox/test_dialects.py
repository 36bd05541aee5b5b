"""Every dialect speaks differently, and only where it says so."""

import pytest

ADDED = [{"field": "dateAdded", "direction": "asc"}]


def span(**bounds):
    return {"field": "dateAdded", "operator": "range", "value": bounds}


def speak(sandbox, *names):
    sandbox.settings(dialects=list(names))


@pytest.fixture
def busy(sandbox):
    """The busiest instant of the main location and how many share it."""
    dates = [c["dateAdded"] for c in sandbox.truth() if c.get("dateAdded")]
    timestamp = max(set(dates), key=dates.count)
    return timestamp, dates.count(timestamp)


def test_all_are_described_and_can_be_set(sandbox):
    known = sandbox.control("GET", "/dialects")
    assert len(known) > 40
    for name, text in known.items():
        assert text.strip()
        assert sandbox.settings(dialects=[name])["dialects"] == [name]


def test_page_limits(sandbox):
    speak(sandbox, "page-limit-100")
    assert sandbox.search(pageLimit=101).status_code == 422
    assert sandbox.search(pageLimit=100).status_code == 200
    speak(sandbox, "page-limit-100", "page-limit-400")
    assert sandbox.search(pageLimit=101).status_code == 400
    speak(sandbox, "page-limit-clamped")
    assert len(sandbox.search(pageLimit=500).json()["contacts"]) == 100
    assert len(sandbox.walk(limit=500)) == 1200


@pytest.mark.parametrize(
    ("dialect", "words"),
    [
        ("page-limit-unnamed", ["must not be greater than 50"]),
        ("page-limit-reworded", ["limit exceeds the allowed maximum of 50"]),
        ("page-limit-unexplained", "Bad Request"),
    ],
)
def test_page_limits_in_other_words(sandbox, dialect, words):
    speak(sandbox, "page-limit-50", dialect)
    assert sandbox.search(pageLimit=51).json()["message"] == words
    assert sandbox.search(pageLimit=50).status_code == 200
    speak(sandbox, "page-limit-200", dialect)
    assert sandbox.search(pageLimit=201).status_code in (400, 422)
    assert sandbox.search(pageLimit=200).status_code == 200


def test_totals(start):
    big = start("--location=size=10500:clean=1", "--limits=off")
    assert big.total() == 10500
    speak(big, "total-capped")
    assert big.total() == 10_000
    speak(big, "total-inexact")
    assert big.total() != 10_500
    assert abs(big.total() - 10_500) <= 105
    speak(big, "total-missing")
    assert "total" not in big.search().json()
    speak(big, "cursor-10000")
    seen, cursor = 0, None
    while True:
        more = {"searchAfter": cursor} if cursor else {}
        page = big.search(pageLimit=500, sort=ADDED, **more)
        if page.status_code == 400:
            break
        seen += len(page.json()["contacts"])
        cursor = page.json()["contacts"][-1]["searchAfter"]
    assert seen == 10_000


def test_range_bounds(sandbox, busy):
    timestamp, count = busy
    everything = sandbox.total(span(gte=timestamp))
    speak(sandbox, "range-exclusive")
    assert sandbox.total(span(gte=timestamp)) == everything - count
    assert sandbox.total(span(lte=timestamp)) == sandbox.total(span(lt=timestamp))
    speak(sandbox, "range-inclusive")
    assert sandbox.total(span(gt=timestamp)) == everything
    speak(sandbox, "range-seconds")
    second = timestamp[:19] + ".000Z"
    assert sandbox.total(span(lt=timestamp)) == sandbox.total(span(lt=second))


def test_ranges_by_the_second(sandbox, busy):
    timestamp, count = busy
    everything = sandbox.total(span(gte=timestamp))
    second, last = timestamp[:19] + ".000Z", timestamp[:19] + ".999Z"
    in_second = sandbox.total(span(gte=second, lte=last))
    assert in_second >= count
    speak(sandbox, "range-seconds")
    assert sandbox.total(span(gte=last, lte=second)) == in_second
    assert sandbox.total(span(gte=second, lt=last)) == 0
    speak(sandbox, "range-seconds", "range-exclusive")
    after = everything - sandbox.total(span(gte=timestamp))
    assert sandbox.total(span(gte=second)) == sandbox.total(span(gte=last))
    assert after >= count


def test_ranges_ignored(sandbox, busy):
    timestamp, _count = busy
    everything, since = sandbox.total(), sandbox.total(span(gte=timestamp))
    dated = sandbox.total({"field": "dateAdded", "operator": "exists"})
    nobody = span(gte="1900-01-01T00:00:00.000Z", lt="1900-01-02T00:00:00.000Z")
    assert sandbox.total(nobody) == 0
    speak(sandbox, "range-lower-ignored")
    assert sandbox.total(span(gte=timestamp)) == dated
    assert sandbox.total(nobody) == 0
    speak(sandbox, "range-upper-ignored")
    assert sandbox.total(span(gte=timestamp, lt=timestamp)) == since
    speak(sandbox, "range-ignored")
    assert sandbox.total(nobody) == everything
    assert sandbox.search(filters=[span(gte="tomorrow")]).status_code == 400
    city = {"field": "city", "operator": "eq", "value": "Berlin"}
    assert sandbox.total(city) < everything


def test_filters_ignored(sandbox):
    everything = sandbox.total()
    nobody = {"field": "id", "operator": "eq", "value": "nobody"}
    without = {"field": "dateAdded", "operator": "not_exists"}
    either = {"group": "OR", "filters": [nobody, without]}
    speak(sandbox, "not-exists-ignored")
    assert sandbox.total(nobody) == 0
    assert sandbox.total(without) == sandbox.total(either) == everything
    speak(sandbox, "filters-ignored")
    for node in (nobody, without, either):
        assert sandbox.total(node) == everything


def test_range_forms(sandbox, busy):
    timestamp, _count = busy
    speak(sandbox, "range-epoch-only")
    assert sandbox.search(filters=[span(gte=timestamp)]).status_code == 400
    assert sandbox.search(filters=[span(gte=1_600_000_000_000)]).status_code == 200
    speak(sandbox, "range-iso-only")
    assert sandbox.search(filters=[span(gte=timestamp)]).status_code == 200
    assert sandbox.search(filters=[span(gte=1_600_000_000_000)]).status_code == 400


def test_filters_refused(sandbox, busy):
    timestamp, _count = busy
    city = {"field": "city", "operator": "eq", "value": "Berlin"}
    nothing = {"field": "dateAdded", "operator": "not_exists"}
    speak(sandbox, "filters-unsupported")
    assert sandbox.search(filters=[city]).status_code == 400
    assert sandbox.search(filters=[]).status_code == 200
    speak(sandbox, "date-filters-unsupported")
    assert sandbox.search(filters=[city]).status_code == 200
    assert sandbox.search(filters=[span(gte=timestamp)]).status_code == 400
    speak(sandbox, "not-exists-unsupported")
    assert sandbox.search(filters=[span(gte=timestamp)]).status_code == 200
    assert sandbox.search(filters=[nothing]).status_code == 400


def test_cursors(sandbox):
    city = [{"field": "city", "operator": "eq", "value": "Berlin"}]
    speak(sandbox, "cursor-no-filters")
    page = sandbox.search(filters=city, pageLimit=5).json()["contacts"]
    after = page[-1]["searchAfter"]
    refused = sandbox.search(filters=city, pageLimit=5, searchAfter=after)
    assert refused.status_code == 400
    assert len(sandbox.walk(limit=200)) == 1200
    speak(sandbox, "cursor-bound")
    assert len(sandbox.walk(limit=200)) == 1200
    after = sandbox.search(sort=ADDED, pageLimit=50).json()["contacts"][-1]
    other = {"sort": ADDED, "searchAfter": after["searchAfter"]}
    assert sandbox.search(pageLimit=50, **other).status_code == 200
    assert sandbox.search(pageLimit=51, **other).status_code == 400
    speak(sandbox, "cursor-top-level")
    answer = sandbox.search(sort=ADDED).json()
    assert "searchAfter" not in answer["contacts"][0]
    following = sandbox.search(sort=ADDED, searchAfter=answer["searchAfter"]).json()
    ids = {c["id"] for c in answer["contacts"] + following["contacts"]}
    assert len(ids) == 200


def test_undated_contacts(sandbox):
    speak(sandbox, "cursor-null-missing")
    hits = sandbox.walk(limit=100)
    assert len({h["id"] for h in hits}) == 1200
    undated = [h for h in hits if not h.get("dateAdded")]
    assert all(h["searchAfter"][0] is None for h in undated)
    speak(sandbox, "undated-first")
    hits = sandbox.walk(limit=7 * 13)
    assert len({h["id"] for h in hits}) == 1200
    assert not any(h.get("dateAdded") for h in hits[: len(undated)])
    down = sandbox.walk(limit=99, sort=[{"field": "dateUpdated", "direction": "desc"}])
    assert len({h["id"] for h in down}) == 1200
    two = [{"field": "dateAdded"}, {"field": "email", "direction": "desc"}]
    assert len({h["id"] for h in sandbox.walk(limit=99, sort=two)}) == 1200


def test_short_pages_still_end(sandbox):
    speak(sandbox, "short-pages")
    sizes, cursor = [], None
    while not sizes or sizes[-1]:
        more = {"searchAfter": cursor} if cursor else {}
        page = sandbox.search(sort=ADDED, **more).json()["contacts"]
        sizes.append(len(page))
        cursor = page[-1]["searchAfter"] if page else None
    assert sum(sizes) == 1200
    assert any(size < 100 for size in sizes[:-2])


def test_shapes(sandbox):
    speak(sandbox, "deleted-400")
    assert sandbox.call("GET", "/contacts/nobody").status_code == 400
    speak(sandbox, "dnd-lowercase", "names-lowercase")
    hits = sandbox.walk()
    keys = {key for hit in hits for key in hit.get("dndSettings") or {}}
    assert {"sms", "email"} <= keys
    assert "SMS" not in keys
    names = [hit.get("firstName") or "" for hit in hits]
    assert names == [name.lower() for name in names]
    truth = {contact["id"]: contact for contact in sandbox.truth()}
    for hit in hits:
        del hit["searchAfter"]
        assert truth[hit["id"]] == hit
    speak(sandbox, "dnd-settings-missing")
    assert not any("dndSettings" in hit for hit in sandbox.walk())


@pytest.mark.parametrize(
    ("dialect", "change"),
    [
        ("tags-keep-updated", {"tags": ["x1"]}),
        ("dnd-keep-updated", {"dnd": None}),
        ("custom-fields-keep-updated", {"customFields": [{"id": "a", "value": 1}]}),
    ],
)
def test_edits_that_do_not_move_dateupdated(sandbox, dialect, change):
    contact = next(c for c in sandbox.truth() if c.get("dateUpdated"))
    path = sandbox.place(f"/contacts/{contact['id']}")
    speak(sandbox, dialect)
    shown = sandbox.control("PATCH", path, {"set": change})
    assert shown["dateUpdated"] == contact["dateUpdated"]
    both = {**change, "city": "Moved"}
    shown = sandbox.control("PATCH", path, {"set": both})
    assert shown["dateUpdated"] > contact["dateUpdated"]


def test_versions(sandbox):
    speak(sandbox, "v3-only")
    assert sandbox.search().status_code == 400
    assert sandbox.search(version="v3").status_code == 200
    speak(sandbox, "v2-only")
    assert sandbox.search(version="v3").status_code == 400
    assert sandbox.search().status_code == 200


def test_rate_headers_and_limits(sandbox):
    sandbox.settings(limits={"enabled": True, "burst": 1, "interval": 60})
    speak(sandbox, "no-rate-headers")
    assert not [name for name in sandbox.search().headers if "RateLimit" in name]
    assert sandbox.search().status_code == 429
    speak(sandbox, "no-daily-headers", "retry-after")
    refused = sandbox.search()
    assert "X-RateLimit-Max" in refused.headers
    assert "X-RateLimit-Limit-Daily" not in refused.headers
    assert int(refused.headers["Retry-After"]) > 0
    speak(sandbox, "sandbox-account")
    sandbox.control("DELETE", "/limits")
    headers = sandbox.search().headers
    assert headers["X-RateLimit-Max"] == "25"
    assert headers["X-RateLimit-Limit-Daily"] == "10000"


def test_one_token_for_all_locations(sandbox):
    token = sandbox.info["agencyPit"]
    assert sandbox.search(token=token).status_code == 401
    speak(sandbox, "shared-pit")
    totals = [sandbox.search(n, token=token).json()["total"] for n in range(3)]
    assert totals == [1200, 150, 11]
    key = sandbox.truth(1)[0]["id"]
    shown = sandbox.call("GET", f"/contacts/{key}", token).json()["contact"]
    assert shown["locationId"] == sandbox.locations[1]["id"]
