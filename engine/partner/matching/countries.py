"""Countries that contacts name, and that their phone numbers are read by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .phones import Region, phone_key


def exactly(text: str) -> str:
    """Return a pattern of ``=ilike`` that means the text itself, whatever its case."""
    for char in ("\\", "%", "_"):
        text = text.replace(char, f"\\{char}")
    return text


class Countries:
    """The `res.country` of each code or name, looked up once.

    :param env: names are read in its language
    """

    def __init__(self, env: Any) -> None:
        self._countries = env["res.country"].sudo()
        self._known: dict[str, Any] = {}

    def prepare(self, texts: Iterable[str | None]) -> None:
        """Look up the codes among texts by one statement."""
        codes = {text.strip().upper() for text in texts if text}
        codes = {code for code in codes if len(code) == 2} - self._known.keys()
        if codes:
            found = self._countries.search([("code", "in", sorted(codes))])
            self._known.update(dict.fromkeys(codes, self._countries))
            self._known.update({country.code: country for country in found})

    def of(self, text: str | None) -> Any:
        """Return the country that a code or a name stands for, empty for none."""
        text = (text or "").strip()
        if not text:
            return self._countries
        if len(text) == 2:
            self.prepare([text])
            return self._known[text.upper()]
        # A longer text is no code: Odoo would cut "Germany" to "GE", which is Georgia.
        if text not in self._known:
            self._known[text] = self._countries.search(
                [("name", "=ilike", exactly(text))], limit=1
            )
        return self._known[text]

    def region_of(self, text: str | None) -> Region:
        """Return the code and the dialling code, as `phone_format` asks for them."""
        found = self.of(text)
        return found.code or None, found.phone_code or None


class States:
    """The id of the `res.country.state` of each code or name in its country.

    Each is looked up once.
    """

    def __init__(self, env: Any) -> None:
        self._states = env["res.country.state"].sudo()
        self._known: dict[tuple[str, int | None], int | None] = {}

    def prepare(self, pairs: Iterable[tuple[str, int]]) -> None:
        """Look up those that are told by their code by one statement."""
        wanted = {pair for pair in pairs if pair not in self._known}
        if not wanted:
            return
        codes, countries = zip(*wanted, strict=True)
        for state in self._states.search(
            [
                ("code", "in", sorted(set(codes))),
                ("country_id", "in", sorted(set(countries))),
            ]
        ):
            pair = (state.code, state.country_id.id)
            if pair in wanted:
                self._known[pair] = state.id

    def of(self, text: str, country: int | None) -> int | None:
        """Return the one state of that code or name, in a country or in all."""
        if (text, country) not in self._known:
            self._known[text, country] = self._find(text.strip(), country)
        return self._known[text, country]

    def _find(self, text: str, country: int | None) -> int | None:
        within = [("country_id", "=", country)] if country else []
        for column in ("code", "name"):
            found = self._states.search(
                [*within, (column, "=ilike", exactly(text))], limit=2
            )
            if len(found) == 1:
                return int(found.id)
        return None


class Regions:
    """Countries that phone numbers of a location's contacts are read by.

    The contact's own, as Odoo takes the partner's own; else the location's; else the
    company's. Each is looked up once.
    """

    def __init__(self, location: Any) -> None:
        self._countries = Countries(location.env)
        # Odoo reads numbers by this one where its contact has no country.
        self.company = self._countries.region_of(location.company_id.country_id.code)
        default = self._countries.region_of(location.country)
        self._default = default if default[0] else self.company
        self._known: dict[str, Region] = {}

    def prepare(self, contacts: Iterable[Any]) -> None:
        """Look up the countries of contacts by one statement."""
        self._countries.prepare(contact.country for contact in contacts)

    def of(self, contact: Any) -> Region:
        """Return the region of a contact."""
        text = contact.country or ""
        if text not in self._known:
            region = self._countries.region_of(text)
            self._known[text] = region if region[0] else self._default
        return self._known[text]

    def unmistakable(self, typed: str, contact: Any) -> str:
        """Return a number that Odoo reads as we do, although it knows no country.

        That is the number as typed, or else in E.164.
        """
        region = self.of(contact)
        if region == self.company:
            return typed
        key = phone_key(typed, region)
        return key if key and key != phone_key(typed, self.company) else typed
