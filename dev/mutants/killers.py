"""Which test noticed which mutant, for the next one and for the next run."""

import json
from collections import Counter
from pathlib import Path

from .candidates import Mutant


class Killers:
    """Knows which test to try first.

    The next mutant of a line falls to the same test most of the time, and the same
    mutant to the same one in the next run: these are kept in a file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        #: change → the test that noticed it the last time, None where none did
        self._last = self._kept()
        self._new: dict[str, str | None] = {}
        self._kills: Counter[tuple[str, int, str]] = Counter()

    def note(self, name: str, mutant: Mutant, found: str | None) -> None:
        """Note the test that noticed a mutant."""
        self._new[mutant.change(name)] = found
        if found:
            self._kills[name, mutant.line, found] += 1
            self._kills[name, 0, found] += 1

    def may_survive(self, name: str, mutant: Mutant) -> bool:
        """Tell whether no test noticed it the last time."""
        return self._last.get(mutant.change(name)) is None

    def first(self, name: str, mutant: Mutant, tests: list[str]) -> list[str]:
        """Return the tests with the likely ones first."""
        last, kills = self._last.get(mutant.change(name)), self._kills
        return sorted(
            tests,
            key=lambda test: (
                test != last,
                -kills[name, mutant.line, test],
                -kills[name, 0, test],
            ),
        )

    def save(self) -> None:
        """Keep what is known for the next run."""
        self._file.write_text(json.dumps(self._kept() | self._new))

    def _kept(self) -> dict[str, str | None]:
        return json.loads(self._file.read_text()) if self._file.exists() else {}
