"""The benchmark population: about 950 bytes each, nothing odd, cheap to make."""

import random
from collections.abc import Iterator

from ..clock import to_iso
from ..store import Record
from . import words
from .fields import new_id
from .plan import Plan, moment

TEMPLATE = (
    '{"id":"%s","locationId":"%s","contactName":"%s %s","firstName":"%s",'
    '"lastName":"%s","firstNameLowerCase":"%s","lastNameLowerCase":"%s",'
    '"email":"%s","phone":"+1%010d","phoneLabel":null,"companyName":"%s %s",'
    '"businessName":null,"businessId":null,"address":"%d %s","city":"%s",'
    '"state":"%s","country":"%s","postalCode":"%05d","website":null,'
    '"timezone":"%s","source":"%s","type":"%s","assignedTo":"%s","followers":[],'
    '"tags":["%s","%s"],"customFields":[{"id":"%s","value":"%s %s"},'
    '{"id":"%s","value":%d}],"dnd":false,"dndSettings":{},"additionalEmails":[],'
    '"additionalPhones":[],"dateAdded":"%s","dateUpdated":"%s","dateOfBirth":null,'
    '"validEmail":null,"opportunities":[%s]'
)
DEAL = (
    '{"id":"%s","pipeline_id":"%s","pipeline_stage_id":"%s","monetary_value":%d,'
    '"status":"open"}'
)
PLAIN_TAGS = [tag for tag in words.TAGS if tag.isascii() and '"' not in tag][:16]


def clean_records(plan: Plan, rng: random.Random) -> Iterator[Record]:
    """Yield ``plan.size`` records."""
    pipeline, stages = new_id(rng), [new_id(rng) for _ in range(5)]
    for _ in range(plan.size):
        yield _clean_record(plan, rng, pipeline, stages)


def _pick(values: list, chance: float):
    return values[int(chance * len(values))]


def _clean_record(
    plan: Plan, rng: random.Random, pipeline: str, stages: list[str]
) -> Record:
    chance = rng.random
    key = new_id(rng)
    first, last = _pick(words.FIRST, chance()), _pick(words.LAST, chance())
    first_lower, last_lower = first.lower(), last.lower()
    city, state, country, zone = _pick(words.CITIES, chance())
    number = int(chance() * 10**10)
    added = moment(plan, rng)
    updated = added + int((plan.anchor_ms - added) * chance() ** 2)
    deal = ""
    if number % 10 < 4:
        deal = DEAL % (new_id(rng), pipeline, _pick(stages, chance()), number % 5000)
    text = TEMPLATE % (
        key,
        plan.location_id,
        first,
        last,
        first,
        last,
        first_lower,
        last_lower,
        f"{first_lower}.{last_lower}.{number % 10**7}@example.com",
        number,
        _pick(words.COMPANIES, chance()),
        _pick(words.COMPANY_KINDS, chance()),
        number % 9999,
        _pick(words.STREETS, chance()),
        city,
        state,
        country,
        number % 10**5,
        zone,
        _pick(words.SOURCES, chance()),
        _pick(words.TYPES, chance()),
        _pick(plan.users, chance())["id"],
        _pick(PLAIN_TAGS, chance()),
        _pick(PLAIN_TAGS, chance()),
        plan.fields[0]["id"],
        first,
        last[0],
        plan.fields[2]["id"],
        number % 50,
        to_iso(added),
        to_iso(updated),
        deal,
    )
    return Record(key, added, updated, text.encode("ascii"))
