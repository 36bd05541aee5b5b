"""The generated contacts: the same for the same seed, and as messy as promised."""

import json

from ghl_sandbox import population
from ghl_sandbox.population.plan import Plan


def plan(size, **more):
    shell = Plan("testTESTtestTEST0001", size, "7", 1_735_689_600_000, **more)
    rng = shell.rng("fields")
    shell.fields = population.custom_fields(shell.location_id, rng)
    shell.users = population.users(shell.location_id, "company", rng)
    return shell


def contacts(size, **more):
    return [record.contact() for record in population.build(plan(size, **more))]


def test_same_plan_same_bytes():
    first = [r.raw() for r in population.build(plan(300))]
    again = [r.raw() for r in population.build(plan(300))]
    assert first == again


def test_clean_is_clean_and_of_the_promised_size():
    records = population.build(plan(2000, clean=True))
    sizes = [len(record.raw()) for record in records]
    assert 900 < sum(sizes) / len(sizes) < 1000
    for record in records:
        contact = record.contact()
        assert contact["dateAdded"] <= contact["dateUpdated"] < "2025-01-01"
        assert record.key == contact["id"]
        assert len(contact["id"]) == 20


def test_mess_of_every_kind():
    every = contacts(3000)
    text = json.dumps(every)
    for piece in ("\\u0000", "\\ud83d\\ude00", "\\u0645", "\\u0308", "\\u202e"):
        assert piece in text
    assert 800 < len(text) / 3000 < 1300
    assert any(not c.get("firstName") for c in every)
    assert any("dateAdded" not in c for c in every)
    assert any("dateUpdated" not in c for c in every)
    assert any(isinstance(c.get("dateOfBirth"), int) for c in every)
    assert any(len(c.get("contactName") or "") > 1000 for c in every)
    mails = [e for c in every for e in c.get("additionalEmails") or []]
    assert {type(mail) for mail in mails} == {str, dict}
    values = [f["value"] for c in every for f in c.get("customFields") or []]
    assert {str, int, float, list, dict} <= {type(value) for value in values}
    stamps = [c.get("dateAdded") for c in every]
    assert max(stamps.count(stamp) for stamp in set(stamps)) > 600
    addresses = [c["email"].lower() for c in every if c.get("email")]
    assert len(set(addresses)) < len(addresses)
    assert len({c["id"] for c in every}) == 3000


def test_small_locations_work_too():
    assert len(contacts(11)) == 11
    assert contacts(0) == []


def test_surrogates_only_when_asked():
    raw = b"".join(r.raw() for r in population.build(plan(500, surrogates=True)))
    assert b"\\ud83d half" in raw
    raw = b"".join(r.raw() for r in population.build(plan(500)))
    assert b"\\ud83d half" not in raw


def test_every_bad_record_can_be_served(sandbox):
    made = sandbox.control("POST", sandbox.place("/bad", 2), {"kinds": "all"})
    kinds = {record["kind"] for record in made["records"]}
    assert {"no_id", "huge_field", "year_zero", "many_tags", "surrogates"} <= kinds
    hits, cursor = [], None
    while True:
        more = {"searchAfter": cursor} if cursor else {}
        page = sandbox.search(
            2, pageLimit=5, sort=[{"field": "dateUpdated", "direction": "asc"}], **more
        ).json()
        hits += page["contacts"]
        ends = [h["searchAfter"] for h in page["contacts"] if isinstance(h, dict) and h]
        if not ends or len(page["contacts"]) < 5:
            break
        cursor = ends[-1]
    assert any(isinstance(hit, dict) and "id" not in hit for hit in hits)
    assert any(len(hit.get("tags") or []) == 5000 for hit in hits if hit)
    assert page["total"] == 11 + len(kinds)
    shown = sandbox.control("GET", sandbox.place("/summary", 2))
    assert len(shown["bad"]) == len(kinds)
    unknown = sandbox.control(
        "POST", sandbox.place("/bad"), {"kinds": ["nope"]}, ok=False
    )
    assert unknown.status_code == 400
