"""Numbers as Odoo stores them to compare them; those in E.164 by a short way.

Odoo reads each number twice, to apply its own patches of some countries' formats, and
that takes longer than all else that matching does. Most numbers of GoHighLevel are in
E.164 already: where a country's formats change no digit there is nothing to read, and
what is left is whether the number exists.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from odoo.exceptions import UserError

from odoo.addons.phone_validation.tools.phone_validation import phone_format

try:
    import phonenumbers
except ImportError:
    # Odoo goes without it as well: there are no keys of numbers then.
    phonenumbers = None

# Code and dialling code of a country.
Region = tuple[str | None, int | None]
_E164 = re.compile(r"\+([1-9][0-9]{6,14})", re.ASCII)
# "(\d{3})(\d{4})" and "\1-\2": groups alone, in order, and nothing that adds a digit.
_GROUPS = re.compile(r"(?:\((?!\?)[^()]*\))+")
_REFERENCE = re.compile(r"\\([0-9])")
_PUNCTUATION = re.compile(r"[ ().-]*")
# "(183[12])|0": what parts of a pattern begin with, and groups that may be missing.
_BEGINNING = re.compile(r"(?:\((?:\?:)?)?([0-9]+)(?![0-9?*{])", re.ASCII)
_MAY_LACK = re.compile(r"\)[?*{]")
_WORLD = "001"


def phone_key(text: Any, region: Region) -> str | None:
    """Return the number in E.164, None for what is no number."""
    if not isinstance(text, str) or not text.strip():
        return None
    short = _E164.fullmatch(text)
    if short and phonenumbers:
        digits = short[1]
        for length in (1, 2, 3):
            prefixes = _prefixes_of(int(digits[:length]))
            if prefixes is not None:
                national = digits[length:]
                if national.startswith(("0", *prefixes)):
                    # Odoo may take something off.
                    break
                return text if _exists(digits[:length], national) else None
    return _as_odoo(text, region)


def _as_odoo(text: str, region: Region) -> str | None:
    try:
        number = phone_format(text, *region, force_format="E164")
    except UserError:
        return None
    return number if number and number.startswith("+") else None


def _exists(code: str, national: str) -> bool:
    """Tell whether a number is one, as Odoo asks the library once it has read it."""
    number = phonenumbers.PhoneNumber(int(code), int(national))
    return phonenumbers.is_possible_number(number) and bool(
        phonenumbers.is_valid_number(number)
    )


@lru_cache(maxsize=1024)
def _prefixes_of(code: int) -> tuple[str, ...] | None:
    """Return what numbers must not begin with; None for no short way.

    :param code: a dialling code, or the first digits of one
    """
    regions: Sequence[str] = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    if not regions or regions[0] == _WORLD:
        return None
    # The first of several countries has the formats of all.
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(regions[0], None)
    formats = (*metadata.number_format, *metadata.intl_number_format)
    if not all(_keeps_digits(one.pattern, one.format) for one in formats):
        return None
    return _beginnings(metadata.national_prefix_for_parsing or "")


def _beginnings(pattern: str) -> tuple[str, ...] | None:
    """Return digits of which each match of a pattern begins with some; None: unknown.

    They may be too few, as "183" for "183[12]": then more numbers go Odoo's way.
    """
    if not pattern:
        return ()
    if _MAY_LACK.search(pattern):
        return None
    found = [_BEGINNING.match(part) for part in pattern.split("|")]
    digits = tuple(match[1] for match in found if match)
    return digits if len(digits) == len(found) else None


def _keeps_digits(pattern: str, form: str) -> bool:
    """Tell whether a format puts nothing but punctuation between a number's digits."""
    if not _GROUPS.fullmatch(pattern):
        return False
    wanted = [str(number) for number in range(1, pattern.count("(") + 1)]
    return bool(
        _REFERENCE.findall(form) == wanted
        and _PUNCTUATION.fullmatch(_REFERENCE.sub("", form))
    )
