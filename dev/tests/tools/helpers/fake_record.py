"""Records as plain code of the engine sees them, without a registry."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


class Record(SimpleNamespace):
    """Fields of one record, by name; empty where there is no id."""

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def __bool__(self) -> bool:
        return bool(getattr(self, "id", True))

    def sudo(self) -> Record:
        return self

    def write(self, values: dict[str, Any]) -> None:
        self.written = values
        self.__dict__.update(values)


class Env(dict):
    """Models by their names; words are not translated."""

    def _(self, text: str, *args: Any, **named: Any) -> str:
        return text % (args or named) if args or named else text


def settings(**numbers: int) -> dict[str, Any]:
    """Return the models of an environment that has these settings."""
    return {"ghl.settings": Record(_int=numbers.__getitem__)}
