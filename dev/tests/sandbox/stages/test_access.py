"""Version and Authorization, with the vendor's words."""

import pytest

READS = [
    ("GET", "/contacts/?locationId={0}"),
    ("GET", "/locations/{0}"),
    ("GET", "/locations/{0}/customFields"),
    ("GET", "/locations/{0}/tags"),
    ("GET", "/users/?locationId={0}"),
]


@pytest.mark.parametrize(("method", "path"), READS)
def test_needs_version_and_a_good_token(sandbox, method, path):
    place = sandbox.locations[0]
    path = path.format(place["id"])
    assert sandbox.call(method, path).status_code == 200
    answer = sandbox.call(method, path, version="")
    assert answer.status_code == 401
    assert answer.json()["message"] == "version header was not found."
    answer = sandbox.call(method, path, version="1999-01-01")
    assert answer.status_code == 400
    assert "Invalid API version segment '1999-01-01'" in answer.json()["message"]
    answer = sandbox.call(method, path, token="nonsense")
    assert answer.status_code == 401
    assert answer.json()["message"] == "Invalid JWT"
    assert sandbox.call(method, path, token="").status_code == 401
    other = sandbox.call(method, path, token=sandbox.locations[1]["pit"])
    assert other.status_code == 403
    assert "does not have access to this location" in other.json()["message"]


@pytest.mark.parametrize("version", ["2021-07-28", "2023-02-21", "v3"])
def test_known_versions(sandbox, version):
    assert sandbox.search(version=version).status_code == 200


def test_agency_tokens_read_no_contacts_but_locations(sandbox):
    pit = sandbox.info["agencyPit"]
    answer = sandbox.search(token=pit)
    assert answer.status_code == 401
    assert answer.json()["message"] == "The token is not authorized for this scope."
    company = sandbox.control("POST", "/tokens", {"kind": "company"})["token"]
    answer = sandbox.search(token=company)
    assert answer.status_code == 401
    assert "This authClass type is not allowed" in answer.json()["message"]
    listed = sandbox.call("GET", "/locations/search?limit=50", company).json()
    assert [row["id"] for row in listed["locations"]] == [
        row["id"] for row in sandbox.locations
    ]


def test_scopes_expiry_and_revocation(sandbox):
    place = sandbox.locations[0]["id"]
    narrow = {"kind": "pit", "location": place, "scopes": ["locations.readonly"]}
    token = sandbox.control("POST", "/tokens", narrow)["token"]
    assert sandbox.search(token=token).status_code == 401
    assert sandbox.call("GET", f"/locations/{place}", token).status_code == 200
    fresh = {"kind": "location", "location": place}
    token = sandbox.control("POST", "/tokens", fresh)["token"]
    assert sandbox.search(token=token).status_code == 200
    assert sandbox.control("POST", "/tokens/expire", {"token": token})["expired"] == 1
    assert sandbox.search(token=token).json()["message"] == "Invalid JWT"
    token = sandbox.control("POST", "/tokens", {**fresh, "ttl": 0})["token"]
    assert sandbox.search(token=token).status_code == 401
    token = sandbox.control("POST", "/tokens", fresh)["token"]
    sandbox.control("POST", "/tokens/revoke", {"token": token})
    assert sandbox.search(token=token).status_code == 401


def test_a_location_token_lists_its_own_location_only(sandbox):
    answer = sandbox.call("GET", "/locations/search").json()
    assert [row["id"] for row in answer["locations"]] == [sandbox.locations[0]["id"]]


def test_unknown_paths_are_404_in_json(sandbox):
    answer = sandbox.call("GET", "/contacts/export/all")
    assert answer.status_code == 404
    assert answer.json()["statusCode"] == 404
    assert sandbox.call("GET", "/nothing", version="").status_code == 404


def test_v3_has_no_list_of_users_but_a_search_in_pages(sandbox):
    place = sandbox.locations[0]["id"]
    listed = sandbox.call("GET", f"/users/?locationId={place}").json()["users"]
    gone = sandbox.call("GET", f"/users/?locationId={place}", version="v3")
    assert gone.status_code == 400
    company = sandbox.call("GET", f"/locations/{place}").json()["location"]["companyId"]
    path = f"/users/search?locationId={place}"
    assert sandbox.call("GET", path, version="v3").status_code == 422
    found = []
    for skip in (0, 4):
        more = f"&companyId={company}&skip={skip}&limit=4"
        answer = sandbox.call("GET", path + more, version="v3").json()
        assert answer["count"] == len(listed)
        found += answer["users"]
    assert found == listed
    other = sandbox.call("GET", f"{path}&companyId=another", version="v3")
    assert other.status_code == 403
