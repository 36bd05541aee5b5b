"""The benchmark population: about 950 bytes each, nothing odd, cheap to make."""

import itertools
import random
from collections.abc import Iterator

from ..world.clock import to_iso
from ..world.store import Record
from . import words
from .fields import new_id
from .plan import Plan, draw_date

# Whole fragments are drawn, not single words: a million contacts take seconds.
TEMPLATE = (
    '{"id":"%s","locationId":"%s",%s,"email":"%s%07d@example.com",'
    '"phone":"+1%010d","phoneLabel":null,"companyName":"%s","businessName":null,'
    '"businessId":null,"address":"%d %s",%s,"postalCode":"%05d","website":null,'
    '%s,"assignedTo":"%s","followers":[],%s,"customFields":[{"id":"%s","value":"%s"},'
    '{"id":"%s","value":%d}],"dnd":false,"dndSettings":{},"additionalEmails":[],'
    '"additionalPhones":[],"dateAdded":"%s","dateUpdated":"%s","dateOfBirth":null,'
    '"validEmail":null,"opportunities":[%s]'
)
NAMES = (
    '"contactName":"{0} {1}","firstName":"{0}","lastName":"{1}",'
    '"firstNameLowerCase":"{2}","lastNameLowerCase":"{3}"'
)
PLACE = '"city":"{}","state":"{}","country":"{}","timezone":"{}"'
DEAL = (
    '{"id":"%s","pipelineId":"%s","pipelineStageId":"%s","monetaryValue":%d,'
    '"status":"open"}'
)
PLAIN_TAGS = [tag for tag in words.TAGS if tag.isascii() and '"' not in tag][:16]
PEOPLE = [
    (
        NAMES.format(first, last, first.lower(), last.lower()),
        f"{first}.{last}.".lower(),
        f"{first} {last[0]}.",
    )
    for first, last in itertools.product(words.FIRST, words.LAST)
]
PLACES = [PLACE.format(*place) for place in words.CITIES]
COMPANIES = [
    " ".join(pair) for pair in itertools.product(words.COMPANIES, words.COMPANY_KINDS)
]
ORIGINS = [
    f'"source":"{source}","type":"{kind}"'
    for source, kind in itertools.product(words.SOURCES, words.TYPES)
]
TAG_PAIRS = [
    f'"tags":["{first}","{second}"]'
    for first, second in itertools.permutations(PLAIN_TAGS, 2)
]
CHOICES = (len(PEOPLE), len(COMPANIES), len(PLACES), len(ORIGINS), len(TAG_PAIRS))


def clean_records(plan: Plan, rng: random.Random) -> Iterator[Record]:
    """Yield ``plan.size`` records."""
    chance, location_id = rng.random, plan.location_id
    pipeline, stages = new_id(rng), [new_id(rng) for _ in range(5)]
    users = [user["id"] for user in plan.users]
    name_field, visits_field = plan.fields[0]["id"], plan.fields[2]["id"]
    people, companies, places, origins, tag_pairs = CHOICES
    # Oldest first, as a real account grows; neighbours in time are then neighbours in
    # memory too, which pages by date profit from.
    for added, untouched in _moments(plan, rng):
        key = new_id(rng)
        names, mail, short = PEOPLE[int(chance() * people)]
        number = int(chance() * 10**10)
        updated = added + int((plan.anchor_ms - added) * chance() ** 2)
        if untouched:
            updated = added
        deal = ""
        if number % 10 < 4:
            stage = stages[number % 5]
            deal = DEAL % (new_id(rng), pipeline, stage, number % 5000)
        text = TEMPLATE % (
            key,
            location_id,
            names,
            mail,
            number % 10**7,
            number,
            COMPANIES[int(chance() * companies)],
            number % 9999,
            words.STREETS[number % 6],
            PLACES[int(chance() * places)],
            number % 10**5,
            ORIGINS[int(chance() * origins)],
            users[number % 6],
            TAG_PAIRS[int(chance() * tag_pairs)],
            name_field,
            short,
            visits_field,
            number % 50,
            to_iso(added),
            to_iso(updated),
            deal,
        )
        yield Record(key, added, updated, text.encode("ascii"))


def _moments(plan: Plan, rng: random.Random) -> list[tuple[int, bool]]:
    """Return in order when contacts were added, and whether they were edited never."""
    imports = plan.import_dates()
    timestamps = []
    for _number in range(plan.size):
        usual, imported = draw_date(plan, rng), imports.draw()
        if imported is None:
            timestamps.append((usual, False))
        else:
            timestamps.append((imported, plan.untouched))
    return sorted(timestamps)
