"""A GoHighLevel contact is the Odoo contact that nothing contradicts."""

from __future__ import annotations

import pytest

from ghl_contact_sync.tools.partner.decide_match import (
    THRESHOLD,
    Doubt,
    Found,
    Partner,
    Person,
    Rule,
    is_somebody,
    match,
)

ANNA = Person("Anna", "Smith", "anna@example.com", "+442079460958")


def partner(number, name="Anna Smith", email="anna@example.com", active=True):
    return {number: Partner(number, name, email, active)}


def test_one_email_that_nothing_contradicts_links():
    verdict = match(ANNA, Found(by_email=partner(1)))
    assert (verdict.partner_id, verdict.rule) == (1, Rule.EMAIL)
    assert verdict.score >= THRESHOLD


def test_email_and_phone_that_agree_on_one_of_several_link_it():
    family = {**partner(1, "Bob Smith"), **partner(2)}
    verdict = match(ANNA, Found(by_email=family, by_phone=partner(2)))
    assert verdict.partner_id == 2


def test_email_and_phone_that_name_different_partners_are_a_question():
    found = Found(by_email=partner(1), by_phone=partner(2, email="b@example.com"))
    verdict = match(ANNA, found)
    assert verdict.doubt is Doubt.CONTRADICTING
    assert {one.partner_id for one in verdict.candidates} == {1, 2}


def test_a_shared_address_links_nobody_of_another_name():
    verdict = match(ANNA, Found(by_email=partner(1, "Bob Smith")))
    assert verdict.doubt is Doubt.OTHER_NAME
    assert verdict.candidates[0].score < THRESHOLD


def test_of_a_family_with_one_address_the_one_of_that_name_is_linked():
    family = {**partner(1, "Bob Smith"), **partner(2, "Anna Smith")}
    assert match(ANNA, Found(by_email=family)).partner_id == 2


def test_of_a_family_with_one_phone_the_one_of_that_name_is_linked():
    family = {**partner(1, "Bob Smith", None), **partner(2, "Anna Smith", None)}
    assert match(ANNA, Found(by_phone=family)).partner_id == 2
    others = {**partner(1, "Bob Smith", None), **partner(2, "Carl Smith", None)}
    assert match(ANNA, Found(by_phone=others)).doubt is Doubt.SEVERAL
    elsewhere = {**partner(1, "Bob Smith"), **partner(2, email="b@example.com")}
    assert match(ANNA, Found(by_phone=elsewhere)).doubt is Doubt.OTHER_EMAIL


def test_of_a_family_nobody_is_chosen_for_having_no_given_name():
    family = {**partner(1, "Bob Smith"), **partner(2, "Smith")}
    assert match(ANNA, Found(by_email=family)).doubt is Doubt.SEVERAL


def test_of_two_with_the_same_name_neither_is():
    twins = {**partner(1), **partner(2)}
    verdict = match(ANNA, Found(by_email=twins))
    assert verdict.doubt is Doubt.SEVERAL
    assert len(verdict.candidates) == 2


def test_a_phone_links_unless_the_partner_has_another_email():
    nobody = Found(by_phone=partner(1, email=None))
    assert match(ANNA, nobody).rule is Rule.PHONE
    other = Found(by_phone=partner(1, email="office@example.com"))
    assert match(ANNA, other).doubt is Doubt.OTHER_EMAIL


def test_a_phone_of_somebody_of_another_name_does_not():
    verdict = match(ANNA, Found(by_phone=partner(1, "Bob Smith", None)))
    assert verdict.doubt is Doubt.OTHER_NAME


def test_an_additional_email_is_the_weaker_rule():
    found = Found(by_additional=partner(1))
    assert match(ANNA, found).rule is Rule.ADDITIONAL_EMAIL
    both = Found(by_email=partner(2), by_additional=partner(1))
    assert match(ANNA, both).partner_id == 2


def test_archived_partners_are_a_question():
    verdict = match(ANNA, Found(by_email=partner(1, active=False)))
    assert verdict.doubt is Doubt.ARCHIVED
    beside = {**partner(1, active=False), **partner(2)}
    assert match(ANNA, Found(by_email=beside)).partner_id == 2


def test_a_name_alone_is_a_suggestion_and_never_a_link():
    verdict = match(ANNA, Found(by_name=partner(1)))
    assert verdict.doubt is Doubt.NAME_ONLY
    assert not verdict.is_link


def test_nobody_is_nobody():
    assert match(ANNA, Found()).is_nobody


def chosen(verdict):
    """Return what a person may choose from, the likeliest first."""
    return [(one.partner_id, one.rule, one.score) for one in verdict.candidates]


@pytest.mark.parametrize(
    ("key", "rule", "score"),
    [
        ("by_email", Rule.EMAIL, 1.0),
        ("by_phone", Rule.PHONE, 0.9),
        ("by_additional", Rule.ADDITIONAL_EMAIL, 0.8),
    ],
)
def test_each_rule_has_its_certainty_and_another_name_takes_from_it(key, rule, score):
    verdict = match(ANNA, Found(**{key: partner(1)}))
    assert (verdict.partner_id, verdict.rule, verdict.score) == (1, rule, score)
    assert verdict.is_link
    assert not verdict.is_nobody
    other = match(ANNA, Found(**{key: partner(1, "Bob Smith")}))
    assert (other.doubt, other.partner_id) == (Doubt.OTHER_NAME, None)
    assert chosen(other) == [(1, rule, round(score - 0.4, 2))]
    assert not other.is_link
    assert not other.is_nobody


def test_a_name_alone_is_the_weakest():
    verdict = match(ANNA, Found(by_name=partner(1)))
    assert chosen(verdict) == [(1, Rule.NAME, 0.5)]


def test_the_likeliest_are_offered_first_and_each_once():
    email, phone = partner(1, "Bob Smith"), partner(2)
    contradicting = match(ANNA, Found(by_email=email, by_phone=phone))
    assert chosen(contradicting) == [(2, Rule.PHONE, 0.9), (1, Rule.EMAIL, 0.6)]
    archived = partner(3, active=False)
    twice = match(ANNA, Found(by_email=archived, by_phone=archived))
    assert chosen(twice) == [(3, Rule.EMAIL, 1.0)]


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        (("by_email", "by_phone"), Rule.EMAIL),
        (("by_phone", "by_additional"), Rule.PHONE),
        (("by_additional",), Rule.PHONE),
    ],
)
def test_of_archived_ones_all_are_asked_about(keys, rule):
    found = {
        key: partner(number, active=False) for number, key in enumerate(keys, start=1)
    }
    verdict = match(ANNA, Found(**found))
    assert verdict.doubt is Doubt.ARCHIVED
    assert {(one.partner_id, one.rule) for one in verdict.candidates} == {
        (number, rule) for number in range(1, len(keys) + 1)
    }


def test_an_active_one_goes_before_archived_ones_of_better_keys():
    archived = partner(1, active=False)
    found = Found(by_email=archived, by_phone=archived, by_additional=partner(2))
    assert match(ANNA, found).partner_id == 2
    found = Found(by_email=archived, by_phone=partner(3, email=None))
    assert match(ANNA, found).partner_id == 3
    # And any key before a name.
    found = Found(by_email=archived, by_name=partner(2))
    assert match(ANNA, found).doubt is Doubt.ARCHIVED


def test_of_several_additional_ones_a_person_chooses():
    several = {**partner(1, "Bob Smith"), **partner(2)}
    verdict = match(ANNA, Found(by_additional=several))
    assert verdict.doubt is Doubt.SEVERAL
    assert [one.partner_id for one in verdict.candidates] == [2, 1]


@pytest.mark.parametrize(
    ("phones", "linked"),
    [
        ((), 2),
        # The number is of two, and the one of that name is among them.
        ((2, 1), 2),
        # The number is of others.
        ((3,), None),
        ((3, 4), None),
        # It names one of the two.
        ((2, 3), 2),
    ],
)
def test_of_a_family_with_one_address_the_number_may_contradict(phones, linked):
    family = {**partner(1, "Bob Smith"), **partner(2, "Anna Smith")}
    by_phone = {number: Partner(number, "Anna Smith") for number in phones}
    verdict = match(ANNA, Found(by_email=family, by_phone=by_phone))
    assert verdict.partner_id == linked
    assert verdict.doubt is (None if linked else Doubt.SEVERAL)


def test_what_two_keys_agree_on_needs_no_other_name_either():
    family = {**partner(1, "Bob Smith"), **partner(2, "Carl Smith")}
    verdict = match(ANNA, Found(by_email=family, by_phone=partner(2, "Carl Smith")))
    assert verdict.doubt is Doubt.OTHER_NAME


def test_a_single_address_beside_a_number_of_many_is_enough():
    numbers = {**partner(1), **partner(2, "Bob Smith")}
    assert match(ANNA, Found(by_email=partner(1), by_phone=numbers)).partner_id == 1


@pytest.mark.parametrize(
    ("email", "held", "linked"),
    [
        (None, "office@example.com", True),
        ("anna@example.com", None, True),
        ("anna@example.com", "anna@example.com", True),
        ("anna@example.com", "office@example.com", False),
        ("office@example.com", "anna@example.com", False),
    ],
)
def test_a_number_links_where_no_address_contradicts(email, held, linked):
    person = Person("Anna", "Smith", email, "+442079460958")
    verdict = match(person, Found(by_phone=partner(1, email=held)))
    assert verdict.is_link is linked


def test_whoever_was_found_is_known_by_the_best_key():
    keyed, named = Partner(1, "by email"), Partner(1, "by name")
    found = Found(
        by_email={1: keyed},
        by_phone={1: Partner(1, "by phone"), 2: Partner(2, "by phone")},
        by_additional={2: Partner(2, "by another"), 3: Partner(3, "by another")},
        by_name={1: named, 3: named, 4: Partner(4, "by name")},
    )
    names = {number: one.name for number, one in found.partners().items()}
    assert names == {1: "by email", 2: "by phone", 3: "by another", 4: "by name"}
    assert found.partner(1) is keyed
    with pytest.raises(KeyError):
        found.partner(5)


@pytest.mark.parametrize("key", ["by_email", "by_phone", "by_additional"])
def test_an_address_or_a_number_is_a_key_and_a_name_is_none(key):
    assert Found(**{key: partner(1)}).by_keys
    assert not Found(by_name=partner(1)).by_keys
    assert not Found().by_keys


@pytest.mark.parametrize("name", ["first_name", "last_name", "email", "phone"])
def test_somebody_has_a_name_or_can_be_reached(name):
    assert is_somebody(Person(**{name: "x"}))
    assert not is_somebody(Person(**{name: ""}))
    assert not is_somebody(Person(additional_emails=("a@example.com",)))


def test_a_verdict_without_anybody_has_no_candidates():
    verdict = match(ANNA, Found())
    assert (verdict.partner_id, verdict.rule, verdict.score) == (None, None, 0.0)
    assert verdict.candidates == ()
