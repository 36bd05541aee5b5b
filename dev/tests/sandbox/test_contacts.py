"""The other contact endpoints: list, by id, writes."""


def test_the_old_list_walks_newest_first(sandbox):
    place = sandbox.locations[0]["id"]
    path = f"/contacts/?locationId={place}&limit=100"
    ids, dates = [], []
    while path:
        page = sandbox.call("GET", path).json()
        ids += [contact["id"] for contact in page["contacts"]]
        dates += [c["dateAdded"] for c in page["contacts"] if c.get("dateAdded")]
        assert page["meta"]["total"] == page["count"] == 1200
        path = page["meta"].get("nextPageUrl", "").removeprefix(sandbox.url)
    assert len(set(ids)) == len(ids) == 1200
    assert dates == sorted(dates, reverse=True)
    assert sandbox.call("GET", f"/contacts/?locationId={place}&limit=101").status_code
    too_many = sandbox.call("GET", f"/contacts/?locationId={place}&limit=101")
    assert too_many.status_code == 422
    v3 = sandbox.call("GET", f"/contacts/?locationId={place}", version="v3")
    assert v3.status_code == 404


def test_by_id_has_other_names_than_search(sandbox):
    hit = next(c for c in sandbox.truth() if c.get("address") and c.get("dndSettings"))
    shown = sandbox.call("GET", f"/contacts/{hit['id']}").json()["contact"]
    assert shown["address1"] == hit["address"]
    assert shown["name"] == hit["contactName"]
    assert not {"address", "contactName", "searchAfter"} & set(shown)
    assert shown["dndSettings"] == hit["dndSettings"]
    v3 = sandbox.call("GET", f"/contacts/{hit['id']}", version="v3").json()["contact"]
    assert {k.lower() for k in v3["dndSettings"]} == {
        k.lower() for k in hit["dndSettings"]
    }
    assert "Email" not in v3["dndSettings"]


def test_gone_and_foreign_ids(sandbox):
    assert sandbox.call("GET", "/contacts/nobodyNOBODYnobody00").status_code == 404
    foreign = sandbox.truth(1)[0]["id"]
    assert sandbox.call("GET", f"/contacts/{foreign}").status_code == 403


def test_create_edit_tag_delete(sandbox):
    place = sandbox.locations[0]["id"]
    body = {"locationId": place, "firstName": "New", "email": "New@Example.com"}
    made = sandbox.call("POST", "/contacts/", json={**body, "address1": "1 Road"})
    assert made.status_code == 201
    key = made.json()["contact"]["id"]
    hit = next(c for c in sandbox.truth() if c["id"] == key)
    assert hit["address"] == "1 Road"
    assert hit["email"] == "new@example.com"
    first = hit["dateUpdated"]
    change = {"lastName": "Name", "customFields": [{"id": "f1", "field_value": 3}]}
    answer = sandbox.call("PUT", f"/contacts/{key}", json=change).json()
    assert answer["succeded"] is True
    hit = next(c for c in sandbox.truth() if c["id"] == key)
    assert hit["customFields"] == [{"id": "f1", "value": 3}]
    assert hit["lastNameLowerCase"] == "name"
    assert hit["dateUpdated"] >= first
    assert hit["dateAdded"] == first
    tags = sandbox.call("POST", f"/contacts/{key}/tags", json={"tags": ["fresh"]})
    assert tags.status_code == 201
    assert tags.json()["tags"] == ["fresh"]
    known = sandbox.call("GET", f"/locations/{place}/tags").json()["tags"]
    assert "fresh" in [tag["name"] for tag in known]
    sandbox.call("DELETE", f"/contacts/{key}/tags", json={"tags": ["fresh"]})
    hit = next(c for c in sandbox.truth() if c["id"] == key)
    assert hit["tags"] == []
    gone = sandbox.call("DELETE", f"/contacts/{key}").json()
    assert gone["succeded"] is True
    assert sandbox.call("GET", f"/contacts/{key}").status_code == 404
    assert sandbox.total() == 1200


def test_upsert_finds_by_mail(sandbox):
    known = next(c for c in sandbox.truth() if c.get("email"))
    place = sandbox.locations[0]["id"]
    body = {"locationId": place, "email": known["email"], "city": "Upserted"}
    answer = sandbox.call("POST", "/contacts/upsert", json=body)
    assert answer.json()["new"] is False
    body["email"] = "surely.new@example.com"
    answer = sandbox.call("POST", "/contacts/upsert", json=body)
    assert answer.status_code == 201
    assert answer.json()["new"] is True
    assert sandbox.total() == 1201
    found = sandbox.call(
        "GET",
        "/contacts/search/duplicate",
        params={"locationId": place, "email": "surely.new@example.com"},
    )
    assert found.json()["contact"]["id"] == answer.json()["contact"]["id"]


def test_followers_and_bulk_tags(sandbox):
    keys = [c["id"] for c in sandbox.truth()[30:33]]
    body = {"followers": ["someUSERsomeUSER0001"]}
    answer = sandbox.call("POST", f"/contacts/{keys[0]}/followers", json=body)
    assert "someUSERsomeUSER0001" in answer.json()["followers"]
    bulk = {"locationId": sandbox.locations[0]["id"], "contacts": keys, "tags": ["b1"]}
    answer = sandbox.call("POST", "/contacts/bulk/tags/update/add", json=bulk)
    assert len(answer.json()["responses"]) == 3
    hits = [c for c in sandbox.truth() if "b1" in (c.get("tags") or [])]
    assert {hit["id"] for hit in hits} == set(keys)


def test_location_fields_and_users(sandbox):
    place = sandbox.locations[0]["id"]
    shown = sandbox.call("GET", f"/locations/{place}").json()["location"]
    assert (shown["id"], shown["name"]) == (place, "Main")
    fields = sandbox.call("GET", f"/locations/{place}/customFields").json()
    kinds = {field["dataType"] for field in fields["customFields"]}
    assert {"TEXT", "MONETORY", "FILE_UPLOAD", "TEXTBOX_LIST", "RADIO"} <= kinds
    every = f"/locations/{place}/customFields?model=all"
    assert len(sandbox.call("GET", every).json()["customFields"]) > len(
        fields["customFields"]
    )
    users = sandbox.call("GET", f"/users/?locationId={place}").json()["users"]
    owners = {c["assignedTo"] for c in sandbox.truth() if c.get("assignedTo")}
    assert owners <= {user["id"] for user in users}
