"""OAuth: codes, pairs, single use, agency tokens, both sets of names."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest

BACK = "http://127.0.0.1:9/callback"
V3 = "v3"


def token_call(sandbox, version="", as_json=False, **fields):
    body = {"json": fields} if as_json else {"data": fields}
    return sandbox.call("POST", "/oauth/token", token="", version=version, **body)


def credentials(sandbox, **more):
    app = sandbox.info["app"]
    return {
        "client_id": app["clientId"],
        "client_secret": app["clientSecret"],
        **more,
    }


def code_for(sandbox, **choice):
    choice = choice or {"locations": [sandbox.locations[0]["id"]]}
    body = {**choice, "redirect_uri": BACK}
    return sandbox.control("POST", "/authorize", body)["code"]


def exchange(sandbox, **choice):
    fields = credentials(
        sandbox,
        grant_type="authorization_code",
        code=code_for(sandbox, **choice),
        redirect_uri=BACK,
    )
    answer = token_call(sandbox, **fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refresh(sandbox, token):
    fields = credentials(sandbox, grant_type="refresh_token", refresh_token=token)
    return token_call(sandbox, **fields)


def test_a_location_install(sandbox):
    pair = exchange(sandbox)
    assert pair["userType"] == "Location"
    assert pair["locationId"] == sandbox.locations[0]["id"]
    assert pair["token_type"] == "Bearer"
    assert pair["expires_in"] == 86_399
    assert pair["access_token"].count(".") == 2
    assert sandbox.search(token=pair["access_token"]).status_code == 200


def test_a_refresh_token_works_once(sandbox):
    old = exchange(sandbox)
    new = refresh(sandbox, old["refresh_token"]).json()
    assert new["refresh_token"] != old["refresh_token"]
    assert sandbox.search(token=new["access_token"]).status_code == 200
    again = refresh(sandbox, old["refresh_token"])
    assert again.status_code == 400
    assert again.json()["message"] == "Invalid grant: refresh token is invalid"
    assert refresh(sandbox, new["refresh_token"]).status_code == 200


def test_a_grace_gives_the_same_pair_again(sandbox):
    sandbox.settings(refresh_grace=30)
    old = exchange(sandbox)
    sandbox.control("DELETE", "/oauth")
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: refresh(sandbox, old["refresh_token"]).json(), range(8))
        )
    assert len({answer["refresh_token"] for answer in answers}) == 1
    assert sandbox.control("GET", "/oauth")["refreshes"] == 8


def test_expiry_and_revocation(sandbox):
    sandbox.settings(token_ttl=0)
    pair = exchange(sandbox)
    assert sandbox.search(token=pair["access_token"]).status_code == 401
    sandbox.settings(token_ttl=60)
    pair = refresh(sandbox, pair["refresh_token"]).json()
    assert pair["expires_in"] == 60
    assert sandbox.search(token=pair["access_token"]).status_code == 200
    body = {"token": pair["access_token"], "refresh": True}
    assert sandbox.control("POST", "/tokens/revoke", body)["grants_ended"] == 1
    assert sandbox.search(token=pair["access_token"]).status_code == 401
    assert refresh(sandbox, pair["refresh_token"]).status_code == 400


def test_error_texts(sandbox):
    assert token_call(sandbox).json()["message"] == "Missing parameter: clientId"
    wrong = token_call(sandbox, **credentials(sandbox, grant_type="password"))
    assert wrong.json()["message"] == "Invalid parameter: grantType"
    fields = credentials(sandbox, grant_type="authorization_code", code="nonsense")
    unknown = token_call(sandbox, **fields)
    assert unknown.status_code == 401
    assert unknown.json()["error_description"] == "Authorization code not found"
    fields["client_secret"] = "wrong"
    assert token_call(sandbox, **fields).status_code == 401
    nested = token_call(sandbox, version=V3).json()["error"]
    assert nested["message"] == "Missing parameter: clientId"
    code = code_for(sandbox)
    fields = credentials(sandbox, grant_type="authorization_code", code=code)
    assert token_call(sandbox, **fields).status_code == 200
    assert token_call(sandbox, **fields).status_code == 401
    client = credentials(sandbox, grant_type="client_credentials")
    assert token_call(sandbox, **client).status_code == 400


def test_a_paused_location_can_refresh_later(sandbox):
    pair = exchange(sandbox)
    place = {"locations": [sandbox.locations[0]["id"]]}
    sandbox.control("POST", "/pause", place)
    refused = refresh(sandbox, pair["refresh_token"])
    assert refused.json()["message"] == "Location is not active"
    sandbox.control("POST", "/pause", {**place, "paused": False})
    assert refresh(sandbox, pair["refresh_token"]).status_code == 200


def mint(sandbox, access, location, version="2021-07-28", path="/oauth/locationToken"):
    body = {"companyId": sandbox.info["companyId"], "locationId": location}
    return sandbox.call("POST", path, access, version, data=body)


def test_an_agency_exchanges_location_tokens(sandbox):
    company = exchange(sandbox, company=True)
    assert company["userType"] == "Company"
    assert "locationId" not in company
    assert sandbox.search(token=company["access_token"]).status_code == 401
    place = sandbox.locations[1]["id"]
    made = mint(sandbox, company["access_token"], place)
    assert made.status_code == 200
    token = made.json()["access_token"]
    assert made.json()["locationId"] == place
    assert sandbox.search(1, token=token).status_code == 200
    assert sandbox.search(0, token=token).status_code == 403
    assert refresh(sandbox, made.json()["refresh_token"]).status_code == 200
    mismatch = mint(sandbox, token, place)
    assert mismatch.json()["message"] == "Token's user type mismatch!"
    assert mint(sandbox, sandbox.info["agencyPit"], place).status_code == 401
    sandbox.control("POST", "/uninstall", {"locations": [place]})
    assert sandbox.search(1, token=token).status_code == 401
    assert mint(sandbox, company["access_token"], place).status_code == 400


def test_v3_names_and_cases(sandbox):
    app = sandbox.info["app"]
    answer = token_call(
        sandbox,
        version=V3,
        as_json=True,
        clientId=app["clientId"],
        clientSecret=app["clientSecret"],
        grantType="authorization_code",
        code=code_for(sandbox, company=True),
        redirectUri=BACK,
    )
    pair = answer.json()
    assert {"accessToken", "refreshToken", "expiresIn"} <= pair.keys()
    place, access = sandbox.locations[0]["id"], pair["accessToken"]
    new = "/oauth/location-token"
    assert "accessToken" in mint(sandbox, access, place, V3, new).json()
    assert mint(sandbox, access, place, "2021-07-28", new).status_code == 404
    assert "access_token" in mint(sandbox, access, place, V3).json()


def test_installed_locations(sandbox):
    access = exchange(sandbox, company=True)["access_token"]
    hidden = sandbox.locations[2]["id"]
    sandbox.control("POST", "/uninstall", {"locations": [hidden]})
    query = {
        "companyId": sandbox.info["companyId"],
        "appId": sandbox.info["app"]["appId"],
    }

    def listed(path="/oauth/installedLocations", version="2021-07-28", **more):
        return sandbox.call("GET", path, access, version, params={**query, **more})

    rows = listed(isInstalled="true", limit=100).json()
    assert rows["count"] == len(sandbox.locations) - 1
    assert all(row["isInstalled"] and row["installedAt"] for row in rows["locations"])
    first = listed(skip=0, limit=1).json()["locations"]
    second = listed(skip=1, limit=1).json()["locations"]
    assert first[0]["_id"] != second[0]["_id"]
    assert listed(isInstalled="false").json()["locations"][0]["_id"] == hidden
    assert listed(companyId="").status_code == 422
    path, seen, page = "/oauth/installed-locations", [], {}
    while True:
        answer = listed(path, V3, pageSize=1, **page).json()
        seen += [row["_id"] for row in answer["items"]]
        if not answer["pagination"]["hasNextPage"]:
            break
        page = {"pageToken": answer["pagination"]["nextPageToken"]}
    assert len(set(seen)) == answer["pagination"]["totalRecords"] == 2
    assert listed(path).status_code == 404
    assert listed(version=V3).status_code == 404


def chooser_query(sandbox, **more):
    return {
        "response_type": "code",
        "client_id": sandbox.info["app"]["clientId"],
        "redirect_uri": BACK,
        "scope": "contacts.readonly locations.readonly",
        "state": "s&t=1",
        **more,
    }


@pytest.mark.parametrize("path", ["/oauth/chooselocation", "/v2/oauth/chooselocation"])
def test_the_chooser_page_and_its_button(sandbox, path):
    query = chooser_query(sandbox)
    page = sandbox.call("GET", path, token="", version="", params=query)
    assert page.status_code == 200
    assert sandbox.locations[1]["id"] in page.text
    assert "s&amp;t=1" in page.text
    form = {**query, "target": sandbox.locations[1]["id"]}

    def approve():
        return sandbox.call(
            "POST",
            "/oauth/approve",
            token="",
            version="",
            data=form,
            allow_redirects=False,
        )

    back = urlsplit(approve().headers["Location"])
    answer = parse_qs(back.query)
    assert answer["state"] == ["s&t=1"]
    fields = credentials(
        sandbox, grant_type="authorization_code", code=answer["code"][0]
    )
    pair = token_call(sandbox, **fields).json()
    assert pair["locationId"] == sandbox.locations[1]["id"]
    sandbox.settings(dialects=["state-dropped"])
    assert "state" not in parse_qs(urlsplit(approve().headers["Location"]).query)


def test_the_chooser_refuses_strangers(sandbox):
    def status(**more):
        query = chooser_query(sandbox, **more)
        answer = sandbox.call(
            "GET", "/oauth/chooselocation", token="", version="", params=query
        )
        return answer.status_code

    assert status(client_id="nobody") == 400
    assert status(redirect_uri="https://www.example.com/") == 400
    sandbox.settings(dialects=["version-id-required"])
    assert status() == 400
    assert status(version_id=sandbox.info["app"]["versionId"]) == 200


def test_grants_survive_a_restart(start, tmp_path):
    options = ["--location=name=One:size=20", f"--state-file={tmp_path}/state.json"]
    first = start(*options, "--anchor=now")
    pair = exchange(first)
    truth = first.truth()
    assert first.stop() == 0
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0
    second = start(*options, "--anchor=now")
    assert second.info["app"] == {
        **first.info["app"],
        "chooserUrl": second.info["app"]["chooserUrl"],
    }
    assert second.locations == first.locations
    assert second.info["webhookKeys"] == first.info["webhookKeys"]
    assert second.truth() == truth
    assert second.search(token=pair["access_token"]).status_code == 200
    assert refresh(second, pair["refresh_token"]).status_code == 200


def test_dialects_of_the_token_endpoints(sandbox):
    company = exchange(sandbox, company=True)["access_token"]
    place = sandbox.locations[0]["id"]
    sandbox.settings(dialects=["location-token-201", "location-token-no-refresh"])
    made = mint(sandbox, company, place)
    assert made.status_code == 201
    assert "refresh_token" not in made.json()
    sandbox.settings(dialects=["refresh-grace-30"])
    old = exchange(sandbox)["refresh_token"]
    first = refresh(sandbox, old).json()["refresh_token"]
    assert refresh(sandbox, old).json()["refresh_token"] == first
    sandbox.control("POST", "/uninstall", {"locations": [place]})
    query = {
        "companyId": sandbox.info["companyId"],
        "appId": sandbox.info["app"]["appId"],
    }
    path = "/oauth/installedLocations"

    def listed(**more):
        return sandbox.call("GET", path, company, params={**query, **more})

    assert place not in [row["_id"] for row in listed().json()["locations"]]
    sandbox.settings(dialects=["installed-all"])
    rows = {row["_id"]: row["isInstalled"] for row in listed().json()["locations"]}
    assert rows[place] is False
    sandbox.settings(dialects=["installed-limit-100"])
    assert listed(limit=101).status_code == 422
    assert listed(limit=100).status_code == 200
    sandbox.settings(dialects=["v3-only"])
    assert mint(sandbox, company, place, V3).status_code == 404
    assert token_call(sandbox, version=V3).status_code == 400
