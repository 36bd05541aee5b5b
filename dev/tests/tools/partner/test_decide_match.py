"""A GoHighLevel contact is the Odoo contact that nothing contradicts."""

from __future__ import annotations

from ghl_contact_sync.tools.partner.decide_match import (
    THRESHOLD,
    Doubt,
    Found,
    Partner,
    Person,
    Rule,
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
