"""Telephone numbers as people write them, compared by their digits.

What is stored keeps its digits without what leads abroad (00) or within the country
(0): no country is needed for that. Who searches types any spelling, with the country's
code or without, and a part of the number at that. Whether a number can exist is not
checked.
"""

from __future__ import annotations

import re
import unicodedata

from .calling_codes import CALLING_CODES, NAMES, NO_TRUNK, OTHER_TRUNK

# Shorter runs of digits are no part of a number worth looking for.
MIN_DIGITS = 3
_OPTIONAL_ZERO = re.compile(r"\(\s*0\s*\)")
_NO_DIGITS = re.compile("[^0-9\x1e\x1f]+")
_ZEROS_FIRST = re.compile("(^|[\x1e\x1f])0+")
# Characters of a number; dashes of all kinds are one after NFKC or here.
_NUMBER = re.compile("(?:tel:)?[0-9+ ()./\u2010-\u2015\u2212-]+")
# Prefixes that lead abroad: in Australia, in North America, in most of the world.
_ABROAD = re.compile(r"\+|0011(?=[1-9]\d{6})|011(?=[1-9]\d{6})|00(?=[1-9])")


def phone_digits(text: str) -> str:
    """Return the digits of numbers between separators, without leading zeros."""
    text = _plain(text)
    return _ZEROS_FIRST.sub(r"\1", _NO_DIGITS.sub("", _OPTIONAL_ZERO.sub("", text)))


def number_forms(query: str, country: str | None) -> list[tuple[bool, str]]:
    """Return what to look for among digits when somebody types (part of) a number.

    :return: (whether a number must begin so, digits); nothing when it is no number
    """
    text = _plain(query).strip().lower()
    if not _NUMBER.fullmatch(text):
        return []
    text = _OPTIONAL_ZERO.sub("", text.removeprefix("tel:"))
    typed = re.sub(r"[^0-9+]", "", text)
    digits = typed.replace("+", "")
    if len(digits) < MIN_DIGITS:
        return []
    code = calling_code(country)
    forms = [(False, digits)]
    abroad = _ABROAD.match(typed)
    if abroad:
        number = typed[abroad.end() :].replace("+", "")
        forms.append((True, number))
        forms += [(True, part) for part in _national_parts(number, code)]
    else:
        forms += _home_forms(digits, code, country)
    return [form for form in dict.fromkeys(forms) if len(form[1]) >= MIN_DIGITS]


def _national_parts(number: str, code: str | None) -> list[str]:
    """Return an international number as it may be stored without its country's code."""
    if code and number.startswith(code):
        national = number.removeprefix(code).lstrip("0")
        # Somebody may have written a zero as well, as in +44 020 …
        return [national, code + national, f"{code}0{national}"]
    return []


def _home_forms(
    digits: str, code: str | None, country: str | None
) -> list[tuple[bool, str]]:
    """Return the forms of a number that was typed as it is dialled at home."""
    forms = []
    trunk = trunk_prefix(country) if code else "0"
    national = digits.removeprefix(trunk) if trunk else digits
    if national != digits:
        national = national.lstrip("0")
        if code:
            forms += [(True, f"{code}{zero}{national}") for zero in ("", "0")]
            forms.append((True, national))
        else:
            forms.append((False, national))
    elif digits.startswith("0"):
        # The number is dialled in the way of another country.
        forms.append((False, digits.lstrip("0")))
    if code and digits.startswith(code):
        # The code without a plus; or a number that merely begins so.
        forms.append((True, digits.removeprefix(code).lstrip("0")))
    return forms


def calling_code(country: str | None) -> str | None:
    """Return the calling code of a country, None when it is not known."""
    return CALLING_CODES.get(_iso(country))


def trunk_prefix(country: str | None) -> str:
    """Return what is dialled before a number within a country."""
    iso = _iso(country)
    if iso in NO_TRUNK:
        return ""
    return OTHER_TRUNK.get(iso, "1" if CALLING_CODES.get(iso) == "1" else "0")


def _iso(country: str | None) -> str:
    text = (country or "").strip().upper()
    return NAMES.get(text, text)


def _plain(text: str) -> str:
    """Return a text with digits of other scripts as 0 to 9."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in unicodedata.normalize("NFKC", text)
    )
