"""Choose a GoHighLevel contact's Odoo contact among the candidates that keys found.

Finding candidates is the database's work; deciding is done here, one rule for one
contact and for a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from .names import given_names_agree, names_agree

# Certainty of each rule, and below which nothing is linked without a person.
EMAIL: Final = 1.0
PHONE: Final = 0.9
ADDITIONAL: Final = 0.8
SUGGESTED: Final = 0.5
THRESHOLD: Final = 0.75
# A name that contradicts takes that much away from it.
OTHER_NAME: Final = 0.4


class Rule(StrEnum):
    """The rule by which a contact found its partner."""

    EMAIL = "email"
    PHONE = "phone"
    ADDITIONAL_EMAIL = "additional_email"
    NAME = "name"


class Doubt(StrEnum):
    """The reason why a person has to decide."""

    SEVERAL = "several"
    CONTRADICTING = "contradicting"
    OTHER_NAME = "other_name"
    OTHER_EMAIL = "other_email"
    ARCHIVED = "archived"
    NAME_ONLY = "name_only"


@dataclass(frozen=True, slots=True)
class Person:
    """A GoHighLevel contact as far as matching needs it; keys are normalised."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    additional_emails: tuple[str, ...] = ()


def is_somebody(person: Person) -> bool:
    """Tell whether there is anything to make an Odoo contact of."""
    return bool(person.email or person.phone or person.first_name or person.last_name)


@dataclass(frozen=True, slots=True)
class Partner:
    """An Odoo contact as far as matching needs it."""

    id: int
    name: str | None = None
    email: str | None = None
    active: bool = True
    phone: str | None = None
    company: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A partner that may be the contact, by which rule and how certainly."""

    partner_id: int
    rule: Rule
    score: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict of matching: a link, a question for a person, or nobody.

    `partner_id` is set for a link; `candidates` are what a person may choose from, the
    likeliest first.
    """

    partner_id: int | None = None
    rule: Rule | None = None
    score: float = 0.0
    doubt: Doubt | None = None
    candidates: tuple[Candidate, ...] = ()

    @property
    def is_link(self) -> bool:
        """Whether the contact is linked without a person."""
        return self.partner_id is not None

    @property
    def is_nobody(self) -> bool:
        """Whether no partner comes into question."""
        return self.partner_id is None and not self.candidates


@dataclass(slots=True)
class Found:
    """The partners that each key of one contact found, by id."""

    by_email: Mapping[int, Partner] = field(default_factory=dict)
    by_phone: Mapping[int, Partner] = field(default_factory=dict)
    by_additional: Mapping[int, Partner] = field(default_factory=dict)
    by_name: Mapping[int, Partner] = field(default_factory=dict)

    def partner(self, number: int) -> Partner:
        """Return one of the partners found.

        :raise KeyError: none of the keys found it
        """
        return self.partners()[number]

    def partners(self) -> dict[int, Partner]:
        """Return all partners that any key found, by id."""
        by_keys = {**self.by_additional, **self.by_phone, **self.by_email}
        return {**self.by_name, **by_keys}

    @property
    def by_keys(self) -> bool:
        """Whether an address or a number found anybody."""
        return bool(self.by_email or self.by_phone or self.by_additional)


def match(person: Person, found: Found) -> Verdict:
    """Decide which of the partners found the contact is.

    One partner that nothing contradicts is linked. Several, or keys that name
    different partners, are a person's decision; a name alone is only a suggestion.
    """
    email, phone = _active(found.by_email), _active(found.by_phone)
    if email:
        return _by_email(person, email, phone)
    if phone:
        return _by_phone(person, phone)
    additional = _active(found.by_additional)
    if additional:
        return _by_additional(person, additional)
    archived = {**found.by_additional, **found.by_phone, **found.by_email}
    if archived:
        rule = Rule.EMAIL if found.by_email else Rule.PHONE
        return _ask(Doubt.ARCHIVED, _candidates(person, archived.values(), rule))
    if found.by_name:
        return _ask(
            Doubt.NAME_ONLY, _candidates(person, found.by_name.values(), Rule.NAME)
        )
    return Verdict()


def _by_email(
    person: Person, email: Mapping[int, Partner], phone: Mapping[int, Partner]
) -> Verdict:
    both = email.keys() & phone.keys()
    candidates = _candidates(person, email.values(), Rule.EMAIL)
    if len(both) == 1:
        # Two keys agree on one.
        return _evaluate(person, email[next(iter(both))], Rule.EMAIL, candidates)
    if len(email) > 1:
        named = _named(person, email, candidates)
        if named and (not phone or named.id in phone):
            return _evaluate(person, named, Rule.EMAIL, candidates)
        return _ask(Doubt.SEVERAL, candidates)
    if phone and not both:
        others = _candidates(person, phone.values(), Rule.PHONE)
        return _ask(Doubt.CONTRADICTING, (*candidates, *others))
    [partner] = email.values()
    return _evaluate(person, partner, Rule.EMAIL, candidates)


def _by_phone(person: Person, phone: Mapping[int, Partner]) -> Verdict:
    candidates = _candidates(person, phone.values(), Rule.PHONE)
    partner: Partner | None
    if len(phone) > 1:
        partner = _named(person, phone, candidates)
        if not partner:
            return _ask(Doubt.SEVERAL, candidates)
    else:
        [partner] = phone.values()
    if person.email and partner.email and person.email != partner.email:
        # One line for a family, or for a whole office.
        return _ask(Doubt.OTHER_EMAIL, candidates)
    return _evaluate(person, partner, Rule.PHONE, candidates)


def _named(
    person: Person, partners: Mapping[int, Partner], candidates: Iterable[Candidate]
) -> Partner | None:
    """Return the one of a family, who share a key, that has the contact's name."""
    agreeing = [one for one in candidates if one.score >= THRESHOLD]
    if len(agreeing) != 1:
        return None
    named = partners[agreeing[0].partner_id]
    is_named = given_names_agree(person.first_name, person.last_name, named.name)
    return named if is_named else None


def _by_additional(person: Person, additional: Mapping[int, Partner]) -> Verdict:
    rule = Rule.ADDITIONAL_EMAIL
    candidates = _candidates(person, additional.values(), rule)
    if len(additional) > 1:
        return _ask(Doubt.SEVERAL, candidates)
    [partner] = additional.values()
    return _evaluate(person, partner, rule, candidates)


def _evaluate(
    person: Person, partner: Partner, rule: Rule, candidates: tuple[Candidate, ...]
) -> Verdict:
    score = _score(person, partner, rule)
    if score < THRESHOLD:
        return _ask(Doubt.OTHER_NAME, candidates)
    return Verdict(partner.id, rule, score)


def _ask(doubt: Doubt, candidates: tuple[Candidate, ...]) -> Verdict:
    best: dict[int, Candidate] = {}
    for candidate in sorted(candidates, key=lambda one: -one.score):
        best.setdefault(candidate.partner_id, candidate)
    return Verdict(doubt=doubt, candidates=tuple(best.values()))


def _candidates(
    person: Person, partners: Iterable[Partner], rule: Rule
) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(partner.id, rule, _score(person, partner, rule))
        for partner in partners
    )


def _score(person: Person, partner: Partner, rule: Rule) -> float:
    score = {
        Rule.EMAIL: EMAIL,
        Rule.PHONE: PHONE,
        Rule.ADDITIONAL_EMAIL: ADDITIONAL,
        Rule.NAME: SUGGESTED,
    }[rule]
    if not names_agree(person.first_name, person.last_name, partner.name):
        score -= OTHER_NAME
    return round(score, 2)


def _active(partners: Mapping[int, Partner]) -> dict[int, Partner]:
    return {key: partner for key, partner in partners.items() if partner.active}
