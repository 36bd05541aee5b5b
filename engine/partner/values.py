"""Values of a GoHighLevel contact for fields of an Odoo contact, by the mapping."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date, datetime
from functools import partial
from operator import attrgetter
from typing import Any, Literal, NoReturn

import psycopg2

from ...tools.log_line import log_line
from ...tools.partner.attribution import KINDS, attributed
from ...tools.partner.conversion import DoesNotFit, Reason, convert
from ...tools.partner.policy import NEVER
from .contact_rows import ContactRow
from .matching.candidates import companies_by_name
from .matching.countries import Countries, Regions, States, exactly
from .matching.owners import salespeople_at

_logger = logging.getLogger(__name__)

# Bulk work tells nobody and tracks nothing; the link remembers what was written.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
    "no_vat_validation": True,
}
# Sources that stand in a column of the mirror.
_COLUMNS: Mapping[str, Callable[[ContactRow], Any]] = {
    "email": attrgetter("email"),
    "phone": attrgetter("phone"),
    "address1": attrgetter("address1"),
    "city": attrgetter("city"),
    "postal_code": attrgetter("postal_code"),
    "website": attrgetter("website"),
    "timezone": attrgetter("timezone"),
    "date_of_birth": lambda contact: _date_text(contact.date_of_birth),
    "source": attrgetter("source"),
    "type": attrgetter("type"),
}
_NUMBERS = frozenset(("integer", "float", "monetary"))
_TEXTS = frozenset(("char", "text", "html", "selection"))
# The JSON of a link can hold values of these types, and of no others.
STORABLE = _NUMBERS | _TEXTS | {"many2one", "boolean", "date", "datetime"}
# A text column of Odoo: empty ones are false.
Text = str | Literal[False]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the mapping, read once for a whole batch."""

    source: str
    field: str
    policy: str
    custom_id: str | None = None


@dataclass(slots=True)
class Wanted:
    """Values of a contact by field, and reasons of those that do not fit."""

    values: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def rows_of(location: Any) -> list[Row]:
    """Return the mapping of a `ghl.location`, or the template's."""
    rows = location.partner_mapping_ids
    if not rows:
        rows = rows.search([("location_id", "=", False)])
    return [
        Row(
            row.source,
            row.field_id.sudo().name,
            row.policy,
            row.custom_field_id.ghl_id or None,
        )
        for row in rows
    ]


def settings_digest(
    location: Any, rows: Sequence[Row], salespeople: Mapping[int, int]
) -> str:
    """Return a short text that changes with the settings that fields are filled by."""
    settings = (
        sorted(map(astuple, rows), key=str),
        sorted(salespeople.items()),
        location.partner_company_policy,
        location.partner_tag_prefix or "",
        location.partner_consent,
    )
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:12]


def current_value(partner: Any, name: str) -> Any:
    """Return a field's value as the JSON of a link holds it."""
    value, kind = partner[name], partner._fields[name].type
    return plain_value(kind, value.id if kind == "many2one" else value)


def plain_value(kind: str, value: Any) -> Any:
    """Return a value of a type of field as the JSON of a link holds it."""
    if kind in _NUMBERS or kind == "many2one" or value is None:
        # Odoo keeps no number apart from nought.
        return value or False
    # Markup of an html field is text as well.
    is_text = kind in _TEXTS and value
    return str(value) if is_text or hasattr(value, "isoformat") else value


class ValueReader:
    """Reads contacts of one location as values of Odoo's fields.

    Names of countries, states, companies, owners and tags are looked up once each.

    :param env: with the rights that Odoo's records are read and made with
    :param location: the `ghl.location`
    :param regions: countries that phone numbers are read by
    :param salespeople: {id of a `ghl.user`: id of the `res.users`}
    """

    def __init__(
        self,
        env: Any,
        location: Any,
        rows: list[Row],
        regions: Regions | None = None,
        salespeople: Mapping[int, int] | None = None,
    ) -> None:
        self.env = env
        self._location = location
        self._rows = rows
        self._prefix = location.partner_tag_prefix or ""
        self._maps_country = any(
            (row.source, row.field) == ("country", "country_id") and row.policy != NEVER
            for row in rows
        )
        self._countries, self._states = Countries(env), States(env)
        self._regions = regions or Regions(location)
        if salespeople is None:
            salespeople = salespeople_at(location)
        self._salespeople = salespeople
        self._fields = env["res.partner"]._fields
        self._found: dict[tuple[Any, ...], Any] = {}
        self._companies: dict[str, list[int]] = {}
        self._selections: dict[str, dict[str, str]] = {}
        # The module that had a field may be gone.
        self._readers = [
            (row.field, self._reader(row))
            for row in rows
            if row.field in self._fields and self._is_read(row)
        ]

    def prepare(self, contacts: Sequence[ContactRow]) -> None:
        """Find countries, states, companies and tags by one statement each."""
        self._prepare_places(contacts)
        if self._location.partner_company_policy != "none":
            names = {(contact.company_name or "").strip() for contact in contacts}
            names -= {"", *self._companies}
            found = companies_by_name(self.env, self._location.company_id.id, names)
            self._companies.update({name: found.get(name, []) for name in names})
        tags = {self._tag_name(tag) for contact in contacts for tag in contact.tags}
        tags = {name for name in tags if ("tag", name) not in self._found}
        if not tags or not any(row.source == "tags" for row in self._rows):
            return
        Category = self.env["res.partner.category"].sudo()
        for category in Category.search([("name", "in", sorted(tags))]):
            if category.name in tags:
                self._found.setdefault(("tag", category.name), category.id)

    def _prepare_places(self, contacts: Sequence[ContactRow]) -> None:
        """Find the countries of contacts, and the states that are told by their code.

        Other states are looked up one by one.
        """
        self._countries.prepare(contact.country for contact in contacts)
        self._states.prepare(
            (contact.state, country)
            for contact in contacts
            if contact.state and (country := self._countries.of(contact.country).id)
        )

    def read_contact(self, contact: ContactRow) -> Wanted:
        """Return what a contact has for every field of the mapping."""
        wanted = Wanted()
        for name, read in self._readers:
            try:
                wanted.values[name] = read(contact)
            except DoesNotFit as err:
                wanted.refused[name] = str(err)
        return wanted

    def _is_read(self, row: Row) -> bool:
        """Tell whether a row has a value at all: companies may be left alone."""
        policy = self._location.partner_company_policy
        return row.source != "company_name" or policy != "none"

    def _reader(self, row: Row) -> Callable[[ContactRow], Any]:
        """Return what reads a row's value from a contact."""
        if row.source == "phone" and row.field == "phone":
            return self._phone
        if row.source in _COLUMNS:
            return partial(self._column, row.field, _COLUMNS[row.source])
        if row.source in KINDS:
            return partial(self._attributed, row.field, row.source)
        if row.source == "custom":
            return partial(self._custom, row.field, row.custom_id or "")
        readers: dict[str, Callable[[ContactRow], Any]] = {
            "name": self.name_of,
            "country": self._country,
            "state": self._state,
            "company_name": self._parent,
            "owner": self._owner,
            "tags": self._tags,
        }
        return readers[row.source]

    def _column(
        self, field_name: str, read: Callable[[ContactRow], Any], contact: ContactRow
    ) -> Any:
        value = read(contact)
        # Most columns of most contacts are empty.
        return self._convert(field_name, value) if value else False

    def _phone(self, contact: ContactRow) -> Any:
        """Return the number as typed; in E.164 where Odoo would read another in it.

        Odoo reads it by the country of its contact, else by the company's. It knows
        nothing of the location's.
        """
        typed = self._column("phone", attrgetter("phone"), contact)
        if not typed or typed.startswith("+") or self._brings_country(contact):
            return typed
        return self._regions.unmistakable(typed, contact)

    def _brings_country(self, contact: ContactRow) -> bool:
        """Tell whether Odoo's contact gets the country that numbers are read by."""
        return self._maps_country and bool(self._countries.of(contact.country))

    def _custom(self, field_name: str, custom_id: str, contact: ContactRow) -> Any:
        return self._convert(field_name, _custom_value(contact, custom_id))

    def _convert(self, field_name: str, value: Any) -> Any:
        field_ = self._fields[field_name]
        if field_.type == "many2one":
            return self._by_name(field_.comodel_name, value)
        if field_name == "tz":
            return self._time_zone(value)
        selection = self._choices(field_) if field_.type == "selection" else None
        converted = convert(
            value, field_.type, size=getattr(field_, "size", None), selection=selection
        )
        if field_name == "website" and converted:
            return self.env["res.partner"]._clean_website(converted)
        # As the JSON of a link holds it.
        return str(converted) if isinstance(converted, datetime) else converted

    # === SOURCES THAT ARE WORKED OUT === #

    def name_of(self, contact: ContactRow) -> str | bool:
        """Return what a contact is called, if need be by its address or number."""
        # As typed: the vendor's whole name comes in lower case.
        parts = (contact.first_name, contact.last_name)
        name = " ".join(part.strip() for part in parts if part and part.strip())
        return name or contact.name or contact.email or contact.phone or False

    def _country(self, contact: ContactRow) -> Any:
        return self._once(("country", contact.country), self._find_country)

    def _find_country(self, code: Text) -> Any:
        if not code:
            return False
        return self._countries.of(code).id or _not_found()

    def _state(self, contact: ContactRow) -> Any:
        try:
            country = self._country(contact)
        except DoesNotFit:
            country = False
        return self._once(("state", contact.state, country), self._find_state, country)

    def _find_state(self, name: Text, country: int | bool) -> Any:
        if not name:
            return False
        return self._states.of(name, country or None) or _not_found()

    def _parent(self, contact: ContactRow) -> Any:
        return self._once(("company", contact.company_name), self._find_company)

    def _find_company(self, name: Text) -> Any:
        name = name and name.strip()
        if not name:
            return False
        company_id = self._location.company_id.id
        companies = self._companies.get(name)
        if companies is None:
            companies = companies_by_name(self.env, company_id, [name]).get(name, [])
        if len(companies) == 1:
            return companies[0]
        if companies or self._location.partner_company_policy != "create":
            return _not_found()
        values = {"name": name, "is_company": True, "company_id": company_id}
        made = self._make("res.partner", values)
        for other in self._companies:
            # "ACME" of the same batch is this one, and was not there before.
            if other.casefold() == name.casefold():
                self._companies[other] = [made]
        return made

    def _make(self, model: str, values: dict[str, Any], sudo: bool = False) -> int:
        """Return a new record that contacts refer to.

        :raise DoesNotFit: Odoo, or another module, refuses it
        """
        try:
            with self.env.cr.savepoint():
                record = self.env[model].sudo(sudo).with_context(**QUIET).create(values)
                record.flush_recordset()
        except psycopg2.OperationalError:
            raise
        # Whatever another module's code raises is about this record alone.
        except Exception as err:
            self.env.invalidate_all(flush=False)
            _logger.info(
                log_line("partner_value_refused", model=model, error=type(err).__name__)
            )
            raise DoesNotFit(Reason.REFUSED) from err
        self._location.env["ghl.partner.made"].create(
            {
                "location_id": self._location.id,
                "res_model": model,
                "res_id": record.id,
                "record_date": record.write_date,
            }
        )
        return int(record.id)

    def _owner(self, contact: ContactRow) -> Any:
        return self._once(("owner", contact.owner_id), self._find_owner)

    def _find_owner(self, owner_id: int | None) -> Any:
        if not owner_id:
            return False
        return self._salespeople.get(owner_id) or _not_found()

    def _tags(self, contact: ContactRow) -> list[int]:
        return [self._tag(name) for name in contact.tags]

    def _tag(self, name: str) -> int:
        return int(self._once(("tag", self._tag_name(name)), self._find_tag))

    def _tag_name(self, name: str) -> str:
        return f"{self._prefix}{name}"

    def _find_tag(self, name: str) -> int:
        Category = self.env["res.partner.category"].sudo()
        category = Category.search([("name", "=", name)], limit=1)
        return category.id or self._make(Category._name, {"name": name}, sudo=True)

    def tags_of_others(self, link: Any) -> frozenset[int]:
        """Return the tags of the other contacts of a partner in the location."""
        others = (link.partner_id.ghl_link_ids - link).filtered(
            lambda other: other.location_id == link.location_id
        )
        tags = others.contact_id.filtered("active").tag_ids
        return frozenset(self._tag(tag.name) for tag in tags)

    def _attributed(self, field_name: str, kind: str, contact: ContactRow) -> Any:
        told = attributed(kind, contact.extra)
        # Most contacts tell of nothing but their own source.
        value = told or (contact.source if kind == "utm_source" else None)
        # None and not False, which is a value, and "No" as a text.
        return self._convert(field_name, value)

    def _time_zone(self, value: Any) -> Any:
        if not value:
            return False
        return value if value in self._choices(self._fields["tz"]) else _not_found()

    def _choices(self, field_: Any) -> dict[str, str]:
        """Return {key: label} of a selection, made once: zones are hundreds."""
        if field_.name not in self._selections:
            self._selections[field_.name] = dict(
                field_._description_selection(self.env)
            )
        return self._selections[field_.name]

    def _by_name(self, model: str, value: Any) -> Any:
        """Return the one record of that name, for a field that refers to one."""
        text = convert(value, "char")
        if not text:
            return False
        return self._once((model, text), self._find_by_name, model)

    def _find_by_name(self, name: str, model: str) -> Any:
        Model = self.env[model]
        records = Model.search(
            [(Model._rec_name or "name", "=ilike", exactly(name))], limit=2
        )
        if not records and model.startswith("utm."):
            return self._make(model, {Model._rec_name or "name": name}, sudo=True)
        return records.id if len(records) == 1 else _not_found()

    def _once(self, key: tuple[Any, ...], find: Any, *arguments: Any) -> Any:
        """Return what `find` finds for the key's value, asked once."""
        if key not in self._found:
            try:
                self._found[key] = find(key[1], *arguments)
            except DoesNotFit as err:
                self._found[key] = err
        found = self._found[key]
        if isinstance(found, DoesNotFit):
            # Raise the same error for every contact, without the way that it came
            # before.
            raise found.with_traceback(None)
        return found


def _not_found() -> NoReturn:
    raise DoesNotFit(Reason.NOT_FOUND)


def _custom_value(contact: ContactRow, custom_id: str) -> Any:
    """Return the contact's value of a custom field, the last where several are told."""
    items = contact.custom_fields
    for item in reversed(items if isinstance(items, list) else []):
        if isinstance(item, dict) and str(item.get("id")) == custom_id:
            return item.get("value")
    return None


def _date_text(value: date | None) -> str | None:
    return value.isoformat() if value else None
