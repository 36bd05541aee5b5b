"""Which locations are read at all, and by which pace-maker."""

import pytest
from fake_record import Env, Record, settings

from ghl_contact_sync.engine.location.stopping import (
    end_stopped_runs,
    follow_archived,
    why_stopped,
)
from ghl_contact_sync.engine.rate_limit import get_governor, rate_snapshot
from ghl_contact_sync.tools.errors import GhlRateLimited


class Places(list):
    """Several locations."""

    @property
    def ids(self):
        return [one.id for one in self]

    @property
    def env(self):
        return self[0].env

    def filtered(self, name):
        return [one for one in self if one[name]]


class Runs:
    """The runs of an environment: which were looked for, and whether they end."""

    def __init__(self):
        self.domain, self.ended = None, 0

    def sudo(self):
        return self

    def search(self, domain):
        self.domain = domain
        return self

    def _request_cancel(self):
        self.ended += 1


def location(number=1, **values):
    runs, woken = Runs(), []
    env = Env({"ghl.sync.run": runs, **settings(quota_share=50)})
    env["ghl.settings"]._api_base_url = lambda: "https://vendor.example"
    env.cr = Record(dbname="plain")
    known = {
        "id": number,
        "name": "Shop",
        "active": True,
        "ghl_id": f"plain-{number}",
        "last_full_at": "2026-01-01",
        "rate_snapshot": False,
        "connection_id": Record(active=True, name="Agency", env=env),
    }
    found = Record(env=env, woken=woken, **(known | values))
    found._trigger_cron = lambda: woken.append(number)
    return found


@pytest.mark.parametrize(
    ("place", "account", "slug", "named"),
    [
        (True, True, None, None),
        (False, True, "location_archived", "“Shop”"),
        (True, False, "connection_archived", "“Agency”"),
        # What is nearest is told.
        (False, False, "location_archived", "“Shop”"),
    ],
)
def test_what_is_archived_is_not_read(place, account, slug, named):
    shop = location(active=place)
    shop.connection_id.active = account
    told = why_stopped(shop)
    assert (told and told[1]) == slug
    assert told is None or (named in told[0] and "archived" in told[0])


def test_its_active_runs_end():
    shops = Places([location(1), location(2)])
    end_stopped_runs(shops)
    runs = shops.env["ghl.sync.run"]
    assert runs.ended == 1
    assert runs.domain == [
        ("location_id", "in", [1, 2]),
        ("state", "in", ["queued", "running", "waiting"]),
    ]


@pytest.mark.parametrize("active", [False, True])
def test_runs_end_with_their_connection_and_work_wakes_with_it(active):
    new, filled = location(1, last_full_at=False), location(2)
    filled.env = new.env
    follow_archived([Record(active=active, location_ids=Places([new, filled]))])
    assert new.env["ghl.sync.run"].ended == (0 if active else 1)
    # Nothing is due where nothing was read so far.
    assert (new.woken, filled.woken) == ([], [2] if active else [])


def test_a_location_has_one_pace_maker_that_knows_what_others_told():
    shop = location(7)
    governor = get_governor(shop)
    assert get_governor(shop) is governor
    assert get_governor(location(8)) is not governor
    told = rate_snapshot(shop, at_work=True)
    assert (told["by"], told["at_work"]) == (governor.snapshot()["by"], True)
    assert rate_snapshot(shop)["at_work"] is False
    other = {"at": told["at"], "limit": 25, "announced": True}
    shop.rate_snapshot = other
    assert get_governor(shop).snapshot()["limit"] == 25


def test_background_work_keeps_to_the_share_that_settings_allow():
    shop = location(9)
    governor = get_governor(shop)
    told = {"X-RateLimit-Limit-Daily": "10", "X-RateLimit-Daily-Remaining": "9"}
    for _request in range(5):
        governor.observe(told, 200, governor.acquire("interactive"))
    with pytest.raises(GhlRateLimited, match="share of the day"):
        governor.poll()
