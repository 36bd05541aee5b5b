"""The lifelike population: what users and importers really leave behind."""

import random
from collections.abc import Callable, Iterator
from typing import Any

from ..world.clock import to_iso, to_ms
from ..world.store import Record
from . import words
from .fields import hex_id, new_id
from .plan import Plan, draw_date, import_dates
from .values import attribution, custom_values, dnd_settings, opportunities

Contact = dict[str, Any]


def messy_records(plan: Plan, rng: random.Random) -> Iterator[Record]:
    """Yield ``plan.size`` records; from 200 on, every quirk occurs at least once."""
    imports, more_imports = import_dates(plan, rng), plan.import_dates()
    forced = list(QUIRKS) if plan.size >= 200 else []
    previous: Contact = {}
    for number in range(plan.size):
        contact = _contact(plan, rng, imports)
        if (added := more_imports.draw()) is not None:
            _import(contact, added, plan.untouched)
        if number < len(forced):
            quirk = forced[number]
            QUIRKS[quirk][1](contact, rng, previous)
        else:
            for chance, apply in QUIRKS.values():
                if rng.random() < chance:
                    apply(contact, rng, previous)
        if plan.surrogates and (rng.random() < 0.002 or number == len(forced)):
            contact["companyName"] = "broken \ud83d half"
        previous = contact
        yield Record.of(contact["id"], contact)


def _import(contact: Contact, added: int, untouched: bool) -> None:
    """Have an import of the plan bring a contact."""
    updated = to_ms(contact["dateUpdated"]) or added
    contact["dateAdded"] = to_iso(added)
    contact["dateUpdated"] = to_iso(added if untouched else max(added, updated))


def one_contact(plan: Plan, rng: random.Random, now_ms: int) -> Contact:
    """A new contact for live edits, added now."""
    contact = _contact(plan, rng, [])
    contact["dateAdded"] = contact["dateUpdated"] = to_iso(now_ms)
    return contact


def _moments(
    plan: Plan, rng: random.Random, imports: list[tuple[float, int]]
) -> tuple[int, int]:
    draw = rng.random()
    added = None
    for share, instant in imports:
        if draw < share:
            added = instant
            break
        draw -= share
    if added is None:
        added = draw_date(plan, rng)
    updated = added
    if rng.random() < 0.7:
        updated += int((plan.anchor_ms - added) * rng.random() ** 2)
    return added, updated


def _contact(
    plan: Plan, rng: random.Random, imports: list[tuple[float, int]]
) -> Contact:
    first, last = rng.choice(words.FIRST), rng.choice(words.LAST)
    city, state, country, zone = rng.choice(words.CITIES)
    added, updated = _moments(plan, rng, imports)
    draw = rng.random
    mail = f"{first}.{last}{int(draw() * 1e6)}@{rng.choice(words.MAIL_HOSTS)}"
    contact: Contact = {
        "id": new_id(rng),
        "locationId": plan.location_id,
        "phoneLabel": "mobile" if draw() < 0.2 else None,
        "country": country,
        "address": f"{int(draw() * 9999)} {rng.choice(words.STREETS)}"
        if draw() < 0.5
        else None,
        "source": rng.choice(words.SOURCES) if draw() < 0.85 else None,
        "type": rng.choice(words.TYPES),
        "dnd": draw() < 0.04,
        "state": state,
        "businessName": None,
        "customFields": custom_values(plan, rng),
        "tags": sorted({rng.choice(words.TAGS) for _ in range(int(draw() * 4))}),
        "dateAdded": to_iso(added),
        "additionalEmails": [],
        "phone": f"+1{int(draw() * 1e10):010d}" if draw() < 0.8 else None,
        "companyName": _company(rng) if draw() < 0.3 else None,
        "additionalPhones": [],
        "dateUpdated": to_iso(updated),
        "city": city,
        "dateOfBirth": _birth_date(rng) if draw() < 0.2 else None,
        "firstNameLowerCase": first.lower(),
        "lastNameLowerCase": last.lower(),
        "firstName": first,
        "lastName": last,
        "contactName": f"{first} {last}",
        "email": mail.lower() if draw() < 0.85 else mail,
        "assignedTo": rng.choice(plan.users)["id"] if draw() < 0.5 else None,
        "followers": [rng.choice(plan.users)["id"]] if draw() < 0.1 else [],
        "validEmail": (None, True, False)[int(draw() * 3)],
        "opportunities": opportunities(rng),
        "postalCode": f"{int(draw() * 1e5):05d}" if draw() < 0.6 else None,
        "businessId": None,
        "website": None,
        "timezone": zone if draw() < 0.6 else None,
    }
    if draw() < 0.35:
        contact["dndSettings"] = dnd_settings(rng)
    if draw() < 0.1:
        contact["attributionSource"] = attribution(rng)
        contact["lastAttributionSource"] = attribution(rng)
    return contact


def _company(rng: random.Random) -> str:
    return f"{rng.choice(words.COMPANIES)} {rng.choice(words.COMPANY_KINDS)}"


def _birth_date(rng: random.Random) -> str | int:
    day = rng.randrange(-1_500_000_000, 1_200_000_000) // 86_400 * 86_400
    return day * 1000 if rng.random() < 0.3 else to_iso(day * 1000)[:10]


def _rename(contact: Contact, first: str | None, last: str | None) -> None:
    contact["firstName"], contact["lastName"] = first, last
    contact["firstNameLowerCase"] = first.lower() if first else first
    contact["lastNameLowerCase"] = last.lower() if last else last
    contact["contactName"] = " ".join(filter(None, (first, last))) or None


def _no_name(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    _rename(contact, None, None)


def _empty_name(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    _rename(contact, "", "  ")


def _names_absent(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    for name in ("firstName", "lastName", "contactName", "firstNameLowerCase"):
        contact.pop(name, None)


def _only_id(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    kept = ("id", "locationId", "dateAdded", "dateUpdated")
    for name in [name for name in contact if name not in kept]:
        del contact[name]


def _unicode(contact: Contact, rng: random.Random, _before: Contact) -> None:
    _rename(contact, *rng.choice(words.UNICODE_NAMES))


def _nul(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    contact["companyName"] = "Nul\u0000byte Ltd\u0001\u001f"
    contact["customFields"].append({"id": "nulNULnulNULnulNUL00", "value": "a\u0000b"})


def _undated(contact: Contact, rng: random.Random, _before: Contact) -> None:
    if rng.random() < 0.5:
        contact["dateAdded"] = None
    else:
        del contact["dateAdded"]


def _never_updated(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    contact.pop("dateUpdated")


def _dateless(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    contact["dateAdded"] = contact["dateUpdated"] = None


def _long_text(contact: Contact, rng: random.Random, _before: Contact) -> None:
    contact["address"] = "Very Long Street " * rng.randrange(60, 400)
    contact["contactName"] = "N" * 3000


def _epoch_birth(contact: Contact, rng: random.Random, _before: Contact) -> None:
    contact["dateOfBirth"] = rng.randrange(-1_000_000, 900_000) * 1_000_000


def _duplicate(contact: Contact, _rng: random.Random, before: Contact) -> None:
    contact["email"] = before.get("email") or contact["email"]
    contact["phone"] = before.get("phone")


def _shouting_mail(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    contact["email"] = contact["email"].upper()


def _broken_mail(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    contact["email"] = "not an e-mail@@\u00fc.example"
    contact["phone"] = "call 555-CALL-ME ext. 12"


def _mail_strings(contact: Contact, rng: random.Random, _before: Contact) -> None:
    contact["additionalEmails"] = [
        f"alt{rng.randrange(999)}@example.org",
        "B@EXAMPLE.COM",
    ]
    contact["additionalPhones"] = ["+15550001111"]


def _mail_objects(contact: Contact, rng: random.Random, _before: Contact) -> None:
    contact["additionalEmails"] = [
        {"email": f"alt{rng.randrange(999)}@example.org", "validEmailDate": None}
    ]
    contact["additionalPhones"] = [{"phone": "+15550002222"}]


def _inbound_dnd(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    contact["inboundDndSettings"] = {"all": {"status": "active", "message": ""}}
    contact["dnd"] = True


def _dnd_of_no_channel(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    contact["dnd"] = True
    contact["dndSettings"] = {
        name: {"status": "inactive", "code": "101"} for name in ("Call", "Email", "SMS")
    }


def _new_field(contact: Contact, rng: random.Random, _before: Contact) -> None:
    contact["aiScore"] = rng.random()
    contact["newVendorObject"] = {"nested": {"list": [1, None, "x"]}}


def _deleted_field(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    contact["customFields"].append({"id": "goneGONEgoneGONE0000", "value": ["x", 1]})


def _tags_twice(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    contact["tags"] = ["vip", "VIP", "vip", " vip ", ""]


def _hardly_known(contact: Contact, _rng: random.Random, _before: Contact) -> None:
    for name in ("city", "state", "postalCode", "address", "email", "source"):
        contact[name] = None


def _of_a_business(contact: Contact, rng: random.Random, _before: Contact) -> None:
    contact["businessName"] = _company(rng)
    contact["businessId"] = hex_id(rng)


Quirk = Callable[[Contact, random.Random, Contact], None]
# name: (share of the population, what it does)
QUIRKS: dict[str, tuple[float, Quirk]] = {
    "no_name": (0.02, _no_name),
    "empty_name": (0.005, _empty_name),
    "names_absent": (0.005, _names_absent),
    "unicode": (0.05, _unicode),
    "nul": (0.002, _nul),
    "long_text": (0.002, _long_text),
    "epoch_birth": (0.02, _epoch_birth),
    "duplicate": (0.02, _duplicate),
    "shouting_mail": (0.02, _shouting_mail),
    "broken_mail": (0.005, _broken_mail),
    "mail_strings": (0.02, _mail_strings),
    "mail_objects": (0.02, _mail_objects),
    "inbound_dnd": (0.01, _inbound_dnd),
    "dnd_of_no_channel": (0.01, _dnd_of_no_channel),
    "new_field": (0.005, _new_field),
    "deleted_field": (0.01, _deleted_field),
    "tags_twice": (0.005, _tags_twice),
    "hardly_known": (0.01, _hardly_known),
    "of_a_business": (0.02, _of_a_business),
    "undated": (0.003, _undated),
    "never_updated": (0.005, _never_updated),
    "dateless": (0.001, _dateless),
    # Last, since it leaves nothing that another quirk could change.
    "only_id": (0.002, _only_id),
}
