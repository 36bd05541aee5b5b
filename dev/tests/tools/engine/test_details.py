"""What GoHighLevel tells of a location beside its contacts."""

import pytest
from fake_record import Record

from ghl_contact_sync.engine.mirror.details import MAX_DETAIL, store_details

COLUMNS = ("timezone", "address1", "city", "state", "country")
COLUMNS += ("email", "phone", "website")


def location(**known):
    values = {
        **dict.fromkeys(COLUMNS, False),
        "name": "L1",
        "ghl_id": "L1",
        "ghl_name": False,
        "ghl_unique_keys": False,
        "partner_match_email": True,
        "partner_match_phone": True,
        "partner_link_enabled": False,
    }
    return Record(**(values | known), written={})


def stored(details, **known):
    """Return what is written for an answer to a location that is known like this."""
    found = location(**known)
    store_details(found, details)
    return found.written


def unique(*names):
    return {"settings": {"contactUniqueIdentifiers": list(names)}}


def test_what_is_told_is_kept_in_its_column():
    told = {
        "timezone": "Europe/Vienna",
        "address": "Ring 1",
        "city": "Wien",
        "state": "W",
        "country": "AT",
        "email": "a@b.c",
        "phone": "+43",
        "website": "https://b.c",
        "other": "x",
    }
    kept = {**told, "address1": "Ring 1"}
    del kept["address"], kept["other"]
    assert stored(told) == kept
    # Nothing is written that is known.
    assert stored(told, **kept) == {}


@pytest.mark.parametrize("value", [None, "", "  ", 5, ["Wien"], {}])
def test_what_tells_nothing_leaves_what_is_known(value):
    assert stored({"city": value}, city="Graz") == {}


def test_a_text_is_cut_and_trimmed():
    assert stored({"city": " Wien "}) == {"city": "Wien"}
    assert len(stored({"city": "x" * 300})["city"]) == MAX_DETAIL


@pytest.mark.parametrize(
    ("name", "ghl_name", "renamed"),
    [("L1", False, True), ("Old", "Old", True), ("Ours", "Old", False)],
)
def test_a_name_that_somebody_gave_it_stays(name, ghl_name, renamed):
    written = stored({"name": "New"}, name=name, ghl_name=ghl_name)
    assert written == {"ghl_name": "New", **({"name": "New"} if renamed else {})}


@pytest.mark.parametrize("told", [None, {}, "email", {"contactUniqueIdentifiers": "x"}])
def test_without_rules_those_that_are_set_stay(told):
    assert stored({"settings": told}) == {}
    assert stored(unique()) == {}
    assert stored(unique("fax")) == {}


@pytest.mark.parametrize(
    ("names", "keys", "changes"),
    [
        (["email"], "email", {"partner_match_phone": False}),
        (["phone", "fax"], "phone", {"partner_match_email": False}),
        (["phone", "email"], "email,phone", {}),
    ],
)
def test_rules_of_the_vendor_are_the_defaults(names, keys, changes):
    assert stored(unique(*names)) == {"ghl_unique_keys": keys, **changes}


@pytest.mark.parametrize(
    "known",
    [
        # Linking is on.
        {"partner_link_enabled": True},
        # Somebody has chosen others than those that were told.
        {"partner_match_email": False},
        {"ghl_unique_keys": "phone"},
    ],
)
def test_rules_that_are_in_use_or_chosen_stay(known):
    assert stored(unique("email"), **known) == {"ghl_unique_keys": "email"}


def test_rules_that_were_the_vendors_follow_the_vendor():
    known = {"ghl_unique_keys": "email", "partner_match_phone": False}
    assert stored(unique("phone"), **known) == {
        "ghl_unique_keys": "phone",
        "partner_match_email": False,
        "partner_match_phone": True,
    }
