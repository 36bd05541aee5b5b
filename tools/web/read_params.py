"""Strict reading of a request's parameters, told by a table of `Param`.

Values come from a query string, a form (texts) or a JSON object (any type). What does
not fit is refused with a sentence that names the parameter, never the value: values
are other people's input, and may be personal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# NUL cannot be stored by PostgreSQL, and a lone surrogate cannot be sent to it at all.
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_WHOLE_NUMBER = re.compile("-?[0-9]{1,18}", re.ASCII)


class ParamError(ValueError):
    """A parameter that cannot be accepted, in a sentence for the caller."""


@dataclass(frozen=True)
class Param:
    """One parameter that an endpoint takes.

    `kind` is ``text``, ``int`` or ``choice``. An empty text that is not required
    counts as absent, as forms send empty fields.
    """

    name: str
    kind: str = "text"
    required: bool = False
    default: Any = None
    minimum: int = 0
    maximum: int = 0
    max_length: int = 255
    choices: tuple[str, ...] = ()
    description: str = ""

    def clean(self, value: Any) -> Any:
        """Return `value` in the type of the parameter.

        :raise ParamError: when it does not fit
        """
        if self.kind == "int":
            return self._clean_int(value)
        text = self._clean_text(value)
        if text is not None and self.kind == "choice" and text not in self.choices:
            raise ParamError(
                f"The parameter {self.name} must be one of {', '.join(self.choices)}."
            )
        return text

    def _clean_text(self, value: Any) -> Any:
        if type(value) is not str:
            raise ParamError(f"The parameter {self.name} must be a text.")
        if len(value) > self.max_length:
            raise ParamError(
                f"The parameter {self.name} takes at most {self.max_length} characters."
            )
        if _UNUSABLE.search(value):
            raise ParamError(
                f"The parameter {self.name} holds a character that is not allowed."
            )
        value = value.strip()
        if value:
            return value
        if self.required:
            raise ParamError(f"The parameter {self.name} is missing.")
        return self.default

    def _clean_int(self, value: Any) -> int:
        if type(value) is str and _WHOLE_NUMBER.fullmatch(value):
            value = int(value)
        if type(value) is not int or not self.minimum <= value <= self.maximum:
            raise ParamError(
                f"The parameter {self.name} must be a whole number from "
                f"{self.minimum} to {self.maximum}."
            )
        return value


def clean_params(
    params: Iterable[Param], items: Iterable[tuple[str, Any]]
) -> dict[str, Any]:
    """Return a value for every parameter of the table.

    Unknown names are ignored: front ends add their own (cache busters, ``appId``).

    :param items: name and value pairs as they came, repetitions included
    :raise ParamError: for the first that is missing, repeated or does not fit
    """
    by_name = {param.name: param for param in params}
    values: dict[str, Any] = {}
    for name, value in items:
        param = by_name.get(name)
        if param is None:
            continue
        if name in values:
            raise ParamError(f"The parameter {name} is given more than once.")
        values[name] = param.clean(value)
    for param in by_name.values():
        if param.name not in values:
            if param.required:
                raise ParamError(f"The parameter {param.name} is missing.")
            values[param.name] = param.default
    return values


def parse_json_object(raw: bytes) -> list[tuple[str, Any]]:
    """Return the members of a JSON object, repetitions included.

    :raise ParamError: when `raw` is no JSON, or no object
    """
    try:
        pairs = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_Members, parse_constant=_refuse
        )
    except (ValueError, RecursionError) as err:  # the latter: nested too deeply
        raise ParamError("The body is not valid JSON.") from err
    if not isinstance(pairs, _Members):
        raise ParamError("The body must be a JSON object.")
    return list(pairs)


class _Members(list[tuple[str, Any]]):
    """Members of a JSON object, in order; a list of its own to tell it from arrays."""


def _refuse(_name: str) -> Any:
    raise ValueError("NaN and infinities are no JSON")
