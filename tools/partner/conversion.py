"""Values of GoHighLevel as values of Odoo's field types, or why they do not fit.

The vendor's custom fields come as texts, numbers, lists and objects, whatever their
declared type. What cannot be converted without a guess is refused with a reason, and
shown on the link; nothing is cut or rounded in silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from html import escape
from typing import Any, Final

from ..dates import is_usual, parse_date, parse_ms

MAX_TEXT: Final = 10_000
MAX_INTEGER: Final = 2**31 - 1


class Reason(StrEnum):
    """The reason why a value does not fit a field."""

    NO_TEXT = "no_text"
    TOO_LONG = "too_long"
    NO_NUMBER = "no_number"
    NO_WHOLE_NUMBER = "no_whole_number"
    TOO_LARGE = "too_large"
    NO_DATE = "no_date"
    NO_CHOICE = "no_choice"
    NO_YES_OR_NO = "no_yes_or_no"
    UNKNOWN_TYPE = "unknown_type"
    NOT_FOUND = "not_found"
    REFUSED = "refused"


class DoesNotFit(ValueError):
    """A value that a field cannot take.

    :param reason: for whoever puts it into words
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


_YES = frozenset(("true", "yes", "y", "on", "1", "checked"))
_NO = frozenset(("false", "no", "n", "off", "0", "unchecked"))


def convert(
    value: Any,
    field_type: str,
    *,
    size: int | None = None,
    selection: Mapping[str, str] | None = None,
) -> Any:
    """Return a value as a field of a type takes it; False for none.

    :param value: from the vendor's JSON
    :param field_type: Odoo's name of the type: char, text, html, integer, float,
        monetary, boolean, date, datetime or selection
    :param size: longest text of a char
    :param selection: {key: label} of a selection
    :raise DoesNotFit: the value cannot be taken as it is
    """
    if value is None or value == "" or value == [] or value == {}:
        return False
    converter = _CONVERTERS.get(field_type)
    if field_type == "selection":
        return _to_choice(value, selection or {})
    if converter is None:
        raise DoesNotFit(Reason.UNKNOWN_TYPE)
    converted = converter(value)
    if isinstance(converted, str) and size and len(converted) > size:
        raise DoesNotFit(Reason.TOO_LONG)
    return converted


def _to_text(value: Any) -> str | bool:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, int | float):
        text = _number_text(value)
    elif isinstance(value, Sequence) and all(
        isinstance(item, str | int | float) for item in value
    ):
        # Several choices of one field.
        text = ", ".join(str(_to_text(item)) for item in value)
    else:
        # Files and signatures are objects.
        raise DoesNotFit(Reason.NO_TEXT)
    if len(text) > MAX_TEXT:
        raise DoesNotFit(Reason.TOO_LONG)
    return text or False


def _to_html(value: Any) -> str | bool:
    """Return foreign text as text: nothing in it is markup."""
    text = _to_text(value)
    return escape(text) if isinstance(text, str) else text


def _number_text(value: float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _to_float(value: Any) -> float:
    if isinstance(value, bool):
        raise DoesNotFit(Reason.NO_NUMBER)
    if isinstance(value, int | float):
        number = float(value)
    elif isinstance(value, str):
        number = _parse_number(value)
    else:
        raise DoesNotFit(Reason.NO_NUMBER)
    if not math.isfinite(number):
        raise DoesNotFit(Reason.TOO_LARGE)
    return number


def _parse_number(text: str) -> float:
    """Return a number written with a point, or with commas between thousands.

    "1,5" may be one and a half or fifteen hundred and is refused.
    """
    plain = text.strip().lstrip("$€£ ").replace(" ", "")
    whole, point, rest = plain.partition(".")
    if "," in rest:
        # Points between thousands, and a comma before the decimals.
        raise DoesNotFit(Reason.NO_NUMBER)
    groups = whole.lstrip("+-").split(",")
    if len(groups) > 1:
        if not all(len(group) == 3 for group in groups[1:]):
            raise DoesNotFit(Reason.NO_NUMBER)
        if len(groups) == 2 and not point and len(groups[0]) <= 3:
            # One comma and three digits: thousands in English, decimals elsewhere.
            raise DoesNotFit(Reason.NO_NUMBER)
    if "_" in plain:
        raise DoesNotFit(Reason.NO_NUMBER)
    try:
        return float(plain.replace(",", ""))
    except ValueError as err:
        raise DoesNotFit(Reason.NO_NUMBER) from err


def _to_integer(value: Any) -> int:
    number = _to_float(value)
    if not number.is_integer():
        raise DoesNotFit(Reason.NO_WHOLE_NUMBER)
    if abs(number) > MAX_INTEGER:
        raise DoesNotFit(Reason.TOO_LARGE)
    return int(number)


def _to_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, list) and len(value) == 1:
        # A checkbox with one option.
        value = value[0]
    word = str(value).strip().casefold() if isinstance(value, str | int) else ""
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise DoesNotFit(Reason.NO_YES_OR_NO)


def _to_date(value: Any) -> str:
    """Return ``YYYY-MM-DD``."""
    text = parse_date(value) if not isinstance(value, bool) else None
    if text is None:
        raise DoesNotFit(Reason.NO_DATE)
    return text


def _to_datetime(value: Any) -> datetime:
    """Return a naive moment in UTC, as Odoo stores it, to the second."""
    timestamp = parse_ms(value) if not isinstance(value, bool) else None
    if timestamp is None or not is_usual(timestamp):
        raise DoesNotFit(Reason.NO_DATE)
    return datetime.fromtimestamp(timestamp // 1_000, UTC).replace(tzinfo=None)


def _to_choice(value: Any, selection: Mapping[str, str]) -> str:
    """Return the key whose key or label the value is, whatever its case."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    word = str(value).strip().casefold() if isinstance(value, str | int) else ""
    for key, label in selection.items():
        if word and word in (key.casefold(), label.strip().casefold()):
            return key
    raise DoesNotFit(Reason.NO_CHOICE)


_CONVERTERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "char": _to_text,
    "text": _to_text,
    "html": _to_html,
    "integer": _to_integer,
    "float": _to_float,
    "monetary": _to_float,
    "boolean": _to_boolean,
    "date": _to_date,
    "datetime": _to_datetime,
}
