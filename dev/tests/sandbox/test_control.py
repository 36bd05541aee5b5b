"""The control API: edits, truth, churn, settings."""

import time


def by_id(contacts):
    return {contact["id"]: contact for contact in contacts}


def test_random_edits_are_exact_and_repeatable(sandbox):
    spec = {"seed": 4, "update": 20, "create": 5, "delete": 7, "merge": 2, "retag": 3}
    before = by_id(sandbox.truth())
    first = sandbox.control("POST", sandbox.place("/edits"), spec)
    after = by_id(sandbox.truth())
    gone = set(first["deleted"]) | {pair["gone"] for pair in first["merged"]}
    assert before.keys() - after.keys() == gone
    assert after.keys() - before.keys() == set(first["created"])
    changed = {key for key in before.keys() & after.keys() if before[key] != after[key]}
    kept = {pair["kept"] for pair in first["merged"]}
    assert changed == set(first["updated"]) | set(first["retagged"]) | kept
    assert all(after[key]["dateUpdated"] > "2026" for key in changed)
    sandbox.control("POST", "/reset", {"contacts": True})
    assert sandbox.control("POST", sandbox.place("/edits"), spec) == first


def test_the_same_edits_elsewhere_make_contacts_of_their_own(sandbox):
    other = sandbox.control("POST", "/locations", {"name": "Other", "size": 5})["id"]
    made = [
        sandbox.control("POST", path, {"seed": 4, "create": 3})["created"]
        for path in (sandbox.place("/edits"), f"/locations/{other}/edits")
    ]
    sandbox.control("DELETE", f"/locations/{other}")
    assert not set(made[0]) & set(made[1])


def test_silent_edits_leave_dateupdated(sandbox):
    before = by_id(sandbox.truth())
    spec = {"update": 10, "keep_updated": True}
    done = sandbox.control("POST", sandbox.place("/edits"), spec)
    after = by_id(sandbox.truth())
    for key in done["updated"]:
        assert after[key] != before[key]
        assert after[key].get("dateUpdated") == before[key].get("dateUpdated")


def test_targeted_edits(sandbox):
    body = {"contact": {"id": "mineMINEmineMINE0001", "firstName": "Mine"}}
    path = sandbox.place("/contacts")
    assert sandbox.control("POST", path, body)["id"] == "mineMINEmineMINE0001"
    assert sandbox.control("POST", path, body, ok=False).status_code == 400
    one = f"{path}/mineMINEmineMINE0001"
    change = {"set": {"email": "m@example.com"}, "unset": ["firstName"]}
    shown = sandbox.control("PATCH", one, change)
    assert shown["email"] == "m@example.com"
    assert "firstName" not in shown
    assert sandbox.control("GET", one) == shown
    sandbox.control("DELETE", one)
    assert sandbox.control("GET", one, ok=False).status_code == 404
    sandbox.control("POST", f"{one}/restore", {"contact": shown})
    assert sandbox.control("GET", one)["email"] == "m@example.com"


def test_truth_can_be_narrowed(sandbox):
    url = f"{sandbox.url}/_sandbox{sandbox.place('/truth')}"
    ids = sandbox.http.get(url, params={"ids": 1}, timeout=30).text.split()
    assert len(set(ids)) == 1200
    two = sandbox.http.get(url, params={"id": ids[:2]}, timeout=30).text.splitlines()
    assert len(two) == 2
    sandbox.settings(lag=60)
    sandbox.control("POST", sandbox.place("/edits"), {"delete": 3})
    assert len(sandbox.truth()) == 1197
    view = sandbox.http.get(url, params={"view": "index", "ids": 1}, timeout=30)
    assert len(view.text.split()) == 1200
    assert sandbox.control("GET", sandbox.place("/summary"))["pending_index"] == 3


def test_churn_runs_in_the_background(sandbox):
    body = {"seconds": 3, "per_second": 10, "seed": 1}
    sandbox.control("POST", sandbox.place("/churn"), body)
    twice = sandbox.control("POST", sandbox.place("/churn"), body, ok=False)
    assert twice.status_code == 409
    for _ in range(600):
        state = sandbox.control("GET", sandbox.place("/churn"))
        if not state["running"]:
            break
        time.sleep(0.1)
    done = state["updated"] + state["created"] + state["deleted"] + state["merged"]
    assert done == 30
    expected = 1200 + state["created"] - state["deleted"] - state["merged"]
    assert sandbox.total() == expected


def test_locations_come_and_go(sandbox):
    made = sandbox.control("POST", "/locations", {"name": "Late", "size": 25})
    hits = sandbox.search(token=made["pit"], locationId=made["id"]).json()
    assert hits["total"] == 25
    sandbox.control("DELETE", f"/locations/{made['id']}")
    names = [row["name"] for row in sandbox.control("GET", "/locations")]
    assert "Late" not in names
    wrong = sandbox.control("POST", "/locations", {"colour": 1}, ok=False)
    assert wrong.status_code == 400


def test_settings_are_all_or_nothing(sandbox):
    before = sandbox.control("GET", "/settings")
    for wrong in (
        {"latency": 1, "nope": 2},
        {"latency": 1, "dialects": ["klingon"]},
        {"limits": {"burst": 1, "nope": 2}},
    ):
        answer = sandbox.control("PATCH", "/settings", wrong, ok=False)
        assert answer.status_code == 400
    assert sandbox.control("GET", "/settings") == before
    assert sandbox.control("GET", "")["companyId"] == sandbox.info["companyId"]


def test_pages_of_other_sites_may_not_steer(sandbox):
    url = f"{sandbox.url}/_sandbox/stats"
    foreign = {"Origin": "https://www.example.com"}
    assert sandbox.http.get(url, headers=foreign, timeout=5).status_code == 403
    rebound = {"Host": "www.example.com"}
    assert sandbox.http.get(url, headers=rebound, timeout=5).status_code == 403
    own = {"Origin": sandbox.url}
    assert sandbox.http.get(url, headers=own, timeout=5).status_code == 200
