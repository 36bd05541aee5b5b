"""Find what is wrong with a contact's data.

The numbers are stored in the database: a finding that goes keeps its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

# Raise it when the same contact may be judged otherwise: all are judged anew then.
VERSION: Final = 1
# A contact with thousands of addresses is an accident; the first ones will do.
MAX_KEYS = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of thing that is not as it should be.

    :param code: its number in the database
    :param name: its name in the API and in domains
    :param label: what people read
    :param meaning: when a contact has it, in a sentence
    """

    code: int
    name: str
    label: str
    meaning: str


FINDINGS: Final = (
    Finding(1, "no_name", "No name", "Neither a name nor a company."),
    Finding(10, "email_missing", "No email", "No email address."),
    Finding(11, "email_malformed", "Malformed email", "The text is no email address."),
    Finding(
        12, "email_invalid", "Invalid email", "GoHighLevel says it is not deliverable."
    ),
    Finding(13, "email_bounced", "Bounced email", "GoHighLevel says mails come back."),
    Finding(14, "email_unsubscribed", "Unsubscribed", "Unsubscribed from emails."),
    Finding(
        15,
        "email_unreachable",
        "Not reachable by email",
        "No usable address, or the contact may not be written to.",
    ),
    Finding(20, "phone_missing", "No phone", "No phone number."),
    Finding(
        21,
        "phone_malformed",
        "Malformed phone",
        "The text is no number that exists, dialled from the location's country.",
    ),
    Finding(
        22,
        "sms_unreachable",
        "Not reachable by SMS",
        "No usable number, or the contact may not be texted.",
    ),
    Finding(
        23,
        "call_unreachable",
        "Not reachable by phone",
        "No usable number, or the contact may not be called.",
    ),
    Finding(
        30,
        "unreachable",
        "Not reachable at all",
        "Neither by email nor by SMS nor by phone.",
    ),
    Finding(40, "email_closed", "Email closed", "DND for email is active."),
    Finding(41, "sms_closed", "SMS closed", "DND for SMS is active."),
    Finding(42, "call_closed", "Calls closed", "DND for calls is active."),
    Finding(43, "whatsapp_closed", "WhatsApp closed", "DND for WhatsApp is active."),
    Finding(
        44, "gmb_closed", "Google closed", "DND for Google Business messages is active."
    ),
    Finding(45, "fb_closed", "Facebook closed", "DND for Facebook is active."),
    Finding(
        48,
        "dnd_without_channel",
        "DND without a channel",
        "The contact's own switch asks not to be disturbed, but each channel says that "
        "it is open.",
    ),
    Finding(
        49,
        "channel_without_dnd",
        "Channel closed without DND",
        "A channel is closed, but the contact's own switch says that it may be "
        "disturbed.",
    ),
    Finding(
        50,
        "duplicate_email",
        "Shared email",
        "Another contact of the location has one of its email addresses.",
    ),
    Finding(
        51,
        "duplicate_phone",
        "Shared phone",
        "Another contact of the location has one of its phone numbers.",
    ),
    Finding(
        60,
        "owner_gone",
        "Owner gone",
        "The owner is no longer a user of the location.",
    ),
    Finding(
        61,
        "unknown_field",
        "Unknown custom field",
        "A custom value belongs to a field that the location does not have.",
    ),
)
BY_NAME: Final[Mapping[str, Finding]] = {one.name: one for one in FINDINGS}
CODES: Final[Mapping[str, int]] = {one.name: one.code for one in FINDINGS}
# Those that depend on the other contacts of the location: found by one statement.
SHARED: Final = {"email": CODES["duplicate_email"], "phone": CODES["duplicate_phone"]}
# Channels by GoHighLevel's names in lower case, and the finding of a closed one.
_CHANNELS: Final = {
    "email": "email_closed",
    "sms": "sms_closed",
    "call": "call_closed",
    "whatsapp": "whatsapp_closed",
    "gmb": "gmb_closed",
    "fb": "fb_closed",
}
_CLOSED: Final = frozenset(("active", "permanent"))


@dataclass(frozen=True, slots=True)
class Norms:
    """The rules by which the contacts of a location are judged.

    :param email: returns an address as it is compared, None for what is none
    :param phone: returns a number as it is compared, None for what is none
    :param owners: the ids of the location's users; None: not known
    :param fields: the ids of its custom fields; None: not known
    """

    email: Callable[[Any], str | None]
    phone: Callable[[Any], str | None]
    owners: frozenset[str] | None = None
    fields: frozenset[str] | None = None


@dataclass(slots=True)
class Judged:
    """The findings about one contact, and what others are compared with.

    :param codes: of its findings, without those that other contacts bring about
    :param emails: its addresses, normalised, each once; likewise its `phones`
    """

    codes: set[int] = field(default_factory=set)
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)


def judge(contact: Mapping[str, Any], norms: Norms) -> Judged:
    """Return what a contact is like.

    :param contact: columns of the mirror by name; none of them is taken for granted
    """
    extra = contact.get("extra")
    extra = extra if isinstance(extra, Mapping) else {}
    email = norms.email(contact.get("email"))
    phone = norms.phone(contact.get("phone"))
    told = _told_channels(contact.get("dnd_settings"))
    dnd = contact.get("dnd") is True
    names = set(_name(contact))
    names.update(_email(contact, extra, email))
    names.update(_phone(contact, phone))
    names.update(_consent(told, dnd))
    # The switch decides where no channel of ours says anything.
    everything = dnd and not told.keys() & {"email", "sms", "call"}
    names.update(_reachable(names, email, phone, everything))
    names.update(_references(contact, norms))
    more_emails = _values(extra.get("additionalEmails"), "email", norms.email)
    more_phones = _values(extra.get("additionalPhones"), "phone", norms.phone)
    return Judged(
        codes={CODES[name] for name in names},
        emails=_unique(email, more_emails),
        phones=_unique(phone, more_phones),
    )


def _name(contact: Mapping[str, Any]) -> Iterator[str]:
    keys = ("name", "first_name", "last_name", "company_name", "business_name")
    if not any(_text(contact.get(key)) for key in keys):
        yield "no_name"


def _email(
    contact: Mapping[str, Any], extra: Mapping[str, Any], email: str | None
) -> Iterator[str]:
    if not _text(contact.get("email")):
        yield "email_missing"
        return
    if not email:
        yield "email_malformed"
    if contact.get("valid_email") is False:
        yield "email_invalid"
    if extra.get("bounceEmail") is True:
        yield "email_bounced"
    if extra.get("unsubscribeEmail") is True:
        yield "email_unsubscribed"


def _phone(contact: Mapping[str, Any], phone: str | None) -> Iterator[str]:
    if not _text(contact.get("phone")):
        yield "phone_missing"
    elif not phone:
        yield "phone_malformed"


def _told_channels(settings: Any) -> dict[str, bool]:
    """Return {channel: closed} of the channels that say either.

    https://marketplace.gohighlevel.com/docs/ghl/contacts/get-contact
    """
    told = {}
    for name, value in settings.items() if isinstance(settings, Mapping) else ():
        status = value.get("status") if isinstance(value, Mapping) else None
        if isinstance(status, str) and status and str(name).lower() in _CHANNELS:
            told[str(name).lower()] = status.lower() in _CLOSED
    return told


def _consent(told: Mapping[str, bool], dnd: bool) -> Iterator[str]:
    """Yield what the contact closed, and where its two ways to say so differ."""
    closed = [_CHANNELS[name] for name, is_closed in told.items() if is_closed]
    yield from closed
    if dnd and told and not closed:
        yield "dnd_without_channel"
    if closed and not dnd:
        yield "channel_without_dnd"


def _reachable(
    names: set[str], email: str | None, phone: str | None, everything: bool
) -> list[str]:
    """Return by which channels the contact cannot be reached.

    :param everything: whether all is closed
    """
    refused = names & {
        "email_invalid",
        "email_bounced",
        "email_unsubscribed",
        "email_closed",
    }
    out = []
    if everything or not email or refused:
        out.append("email_unreachable")
    if everything or not phone or "sms_closed" in names:
        out.append("sms_unreachable")
    if everything or not phone or "call_closed" in names:
        out.append("call_unreachable")
    if len(out) == 3:
        out.append("unreachable")
    return out


def _references(contact: Mapping[str, Any], norms: Norms) -> Iterator[str]:
    owner = contact.get("assigned_to")
    if norms.owners is not None and _text(owner) and owner not in norms.owners:
        yield "owner_gone"
    values = contact.get("custom_fields")
    if norms.fields is None or not isinstance(values, list):
        return
    ids = (value.get("id") for value in values if isinstance(value, Mapping))
    if any(isinstance(one, str) and one not in norms.fields for one in ids):
        yield "unknown_field"


def _values(
    items: Any, key: str, norm: Callable[[Any], str | None]
) -> Iterator[str | None]:
    """Yield additional addresses or numbers: ``[{"email": …}]``, or texts."""
    for item in items[:MAX_KEYS] if isinstance(items, list) else ():
        yield norm(item.get(key) if isinstance(item, Mapping) else item)


def _unique(first: str | None, others: Iterator[str | None]) -> list[str]:
    return list(dict.fromkeys(key for key in (first, *others) if key))


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
