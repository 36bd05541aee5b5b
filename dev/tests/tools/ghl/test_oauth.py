"""The OAuth calls against the sandbox, in both languages of the API."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from live_sandbox import LiveSandbox

from ghl_contact_sync.tools.errors import GhlAuthError, GhlScopeError
from ghl_contact_sync.tools.ghl.oauth import GhlOAuth
from ghl_contact_sync.tools.ghl.oauth_install import (
    app_id_of,
    chooser_url,
    missing_scopes,
)
from ghl_contact_sync.tools.ghl.oauth_refusals import (
    GhlGrantRefused,
    GhlLocationPaused,
    GhlNotInstalled,
)
from ghl_contact_sync.tools.ghl.send_request import GhlCaller
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor

BACK = "http://127.0.0.1:8069/ghl/oauth/callback"
VERSIONS = ["2021-07-28", "v3"]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """An agency with three small locations."""
    sizes = ("--locations", "3,5,7", "--limits", "off")
    running = LiveSandbox(tmp_path_factory.mktemp("sandbox"), *sizes)
    yield running
    running.close()


@pytest.fixture
def make(sandbox):
    """Return a function that makes the calls of the sandbox's app."""
    made = []
    sandbox.speak()

    def make(version="2021-07-28", token="", secret=None):
        caller = GhlCaller(
            token=token,
            base_url=sandbox.url,
            version=version,
            governor=RateGovernor(),
            retry_sleep=lambda seconds: None,
        )
        made.append(caller)
        return GhlOAuth(
            caller,
            client_id=sandbox.app["clientId"],
            client_secret=secret or sandbox.app["clientSecret"],
            version=version,
        )

    yield make
    sandbox.speak()
    for caller in made:
        caller.close()


@pytest.fixture
def agency(sandbox, make):
    """Return the tokens of an agency that has just approved the app."""

    def approve(version="2021-07-28"):
        return make(version).exchange(code_of(sandbox), BACK)

    return approve


def code_of(sandbox, *locations):
    body = {"redirect_uri": BACK}
    body |= {"locations": list(locations)} if locations else {"company": True}
    return sandbox.control("POST", "/authorize", body)["code"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("dialect", [(), ("v2-only",), ("v3-only",)])
def test_whole_way_in_every_language(sandbox, make, version, dialect):
    sandbox.speak(*dialect)
    tokens = make(version).exchange(code_of(sandbox), BACK)
    assert tokens.user_type == "Company"
    assert tokens.company_id == sandbox.facts["companyId"]
    fresh = make(version).refresh(tokens.refresh_token)
    assert fresh.refresh_token not in (None, tokens.refresh_token)
    calls = make(version, fresh.access_token)
    found = list(calls.installed_locations(fresh.company_id))
    assert {row.ghl_id for row in found} == {
        row["id"] for row in sandbox.facts["locations"]
    }
    one = calls.location_token(fresh.company_id, found[0].ghl_id)
    assert one.location_id == found[0].ghl_id
    assert one.user_type == "Location"
    assert one.lifetime > 80_000


@pytest.mark.parametrize("dialect", ["location-token-201", "location-token-no-refresh"])
def test_location_token_of_other_dialects(sandbox, make, agency, dialect):
    sandbox.speak(dialect)
    tokens = agency()
    calls = make(token=tokens.access_token)
    location = sandbox.facts["locations"][1]["id"]
    assert calls.location_token(tokens.company_id, location).access_token


@pytest.mark.parametrize("version", VERSIONS)
def test_code_works_once(sandbox, make, version):
    code = code_of(sandbox)
    make(version).exchange(code, BACK)
    with pytest.raises(GhlGrantRefused):
        make(version).exchange(code, BACK)


@pytest.mark.parametrize("version", VERSIONS)
def test_used_refresh_token_is_dead(make, agency, version):
    tokens = agency(version)
    make(version).refresh(tokens.refresh_token)
    with pytest.raises(GhlGrantRefused):
        make(version).refresh(tokens.refresh_token)


def test_grace_gives_the_same_pair_again(sandbox, make, agency):
    sandbox.speak("refresh-grace-30")
    tokens = agency()
    first = make().refresh(tokens.refresh_token)
    assert make().refresh(tokens.refresh_token) == first


def test_lost_answer_is_asked_for_again(sandbox, make, agency):
    sandbox.speak("refresh-grace-30")
    tokens = agency()
    rule = {"match": {"path": "/oauth/token"}, "fault": "reset", "at": "headers"}
    sandbox.control("POST", "/faults", rule)
    assert make().refresh(tokens.refresh_token).refresh_token


@pytest.mark.parametrize("version", VERSIONS)
def test_wrong_secret_is_no_dead_grant(sandbox, make, version):
    with pytest.raises(GhlScopeError) as caught:
        make(version, secret="wrong").exchange(code_of(sandbox), BACK)
    assert caught.value.code == "bad_client"


@pytest.mark.parametrize("version", VERSIONS)
def test_paused_location_passes(sandbox, make, version):
    location = sandbox.facts["locations"][2]["id"]
    tokens = make(version).exchange(code_of(sandbox, location), BACK)
    sandbox.control("POST", "/pause", {"locations": [location]})
    with pytest.raises(GhlLocationPaused) as caught:
        make(version).refresh(tokens.refresh_token)
    assert caught.value.retryable
    sandbox.control("POST", "/pause", {"locations": [location], "paused": False})
    assert make(version).refresh(tokens.refresh_token).access_token


@pytest.mark.parametrize("version", VERSIONS)
def test_uninstalled_location(sandbox, make, agency, version):
    tokens = agency(version)
    gone = sandbox.facts["locations"][0]["id"]
    sandbox.control("POST", "/uninstall", {"locations": [gone], "webhooks": False})
    calls = make(version, tokens.access_token)
    found = {row.ghl_id for row in calls.installed_locations(tokens.company_id)}
    assert gone not in found
    assert len(found) == 2
    with pytest.raises(GhlNotInstalled):
        calls.location_token(tokens.company_id, gone)
    sandbox.control("POST", "/install", {"locations": [gone], "webhooks": False})


@pytest.mark.parametrize("version", VERSIONS)
def test_long_lists_are_read_to_the_end(sandbox, make, agency, version):
    tokens = agency(version)
    more = [
        sandbox.control("POST", "/locations", {"name": f"L{n}", "size": 0})["id"]
        for n in range(120)
    ]
    sandbox.speak("installed-all", "installed-limit-100")
    sandbox.control("POST", "/uninstall", {"locations": more[:10], "webhooks": False})
    calls = make(version, tokens.access_token)
    found = [row.ghl_id for row in calls.installed_locations(tokens.company_id)]
    assert len(found) == len(set(found))
    assert set(more[10:]) <= set(found)
    assert not set(more[:10]) & set(found)
    for key in more:
        sandbox.control("DELETE", f"/locations/{key}")


def test_expired_agency_token(sandbox, make, agency):
    tokens = agency()
    sandbox.control("POST", "/tokens/expire", {"token": tokens.access_token})
    calls = make(token=tokens.access_token)
    with pytest.raises(GhlAuthError) as caught:
        list(calls.installed_locations(tokens.company_id))
    assert not isinstance(caught.value, GhlGrantRefused)


def test_nothing_shows_a_token(sandbox, make, agency):
    tokens = agency()
    shown = repr(tokens) + repr(make(token=tokens.access_token))
    for secret in (tokens.access_token, tokens.refresh_token):
        assert secret not in shown
    assert sandbox.app["clientSecret"] not in shown


def test_chooser_keeps_what_the_install_link_says():
    url = chooser_url(
        "https://market.example/v2/oauth/chooselocation?version_id=7&scope=a%20b",
        "app-1",
        "https://odoo.example/back",
        "signed",
    )
    query = parse_qs(urlsplit(url).query)
    assert url.startswith("https://market.example/v2/oauth/chooselocation?")
    assert query["version_id"] == ["7"]
    assert query["scope"] == ["a b"]
    assert query["state"] == ["signed"]
    assert query["redirect_uri"] == ["https://odoo.example/back"]
    assert "+" not in url


def test_default_chooser_asks_for_what_is_read():
    def asked(user_type):
        back = "https://odoo.example/back"
        url = chooser_url(None, "app-1", back, "signed", user_type)
        return parse_qs(urlsplit(url).query)["scope"][0].split()

    assert "contacts.readonly" in asked("Location")
    assert "contacts.readonly" in asked("Company")
    # An app for sub-accounts cannot have these, and its link would be refused.
    agency = {"oauth.readonly", "oauth.write"}
    assert agency <= set(asked("Company"))
    assert not agency & set(asked("Location")) and not agency & set(asked(None))
    assert missing_scopes("Company", " ".join(asked("Location"))) == sorted(agency)
    assert missing_scopes("Location", " ".join(asked("Location"))) == []
    assert missing_scopes("Company", "") == []
    assert app_id_of(" 64f0-abc ") == "64f0"
