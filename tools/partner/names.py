"""Compare the names of two people, as two systems happen to have them."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

# Longer names are cut: comparing two costs the product of their lengths.
MAX_NAME = 120
# Share of equal letters from which two given names count as one with a typing error:
# "Jon" and "John" have 0.86, "Maria" and "Mario" 0.8, "Anna" and "Bob" none.
SIMILAR = 0.82
_WORD = re.compile(r"[^\W\d_]+")
# What stands before or behind a name and is none.
_TITLES = frozenset(
    "mr mrs ms miss dr prof sir dame herr frau hr fr mme mlle"
    " m jr sr ii iii phd md".split()
)


def fold(name: str) -> str:
    """Return a name as it is compared: no case, no accents, no variant letters."""
    text = unicodedata.normalize("NFKD", name[:MAX_NAME].casefold())
    return "".join(char for char in text if not unicodedata.combining(char))


def words_of(name: str | None) -> list[str]:
    """Return the folded words of a name, in order, without titles."""
    words = _WORD.findall(fold(name or ""))
    kept = [word for word in words if word not in _TITLES]
    return kept or words


def names_agree(first: str | None, last: str | None, other: str | None) -> bool:
    """Tell whether a contact's name and a partner's may be those of one person.

    A name that is missing contradicts nothing. Given names decide: a family shares
    its last name, and often one e-mail address.

    :param first: the contact's given name, or its whole name when `last` is missing
    :param last: the contact's last name
    :param other: the partner's whole name, in either order ("Smith, Anna")
    """
    mine, theirs = words_of(first), words_of(other)
    surname = set(words_of(last))
    if not surname and len(mine) > 1:
        mine, surname = mine[:-1], {mine[-1]}
    if not mine or not theirs:
        return True
    given = _without_surname(theirs, surname)
    if not given:
        # The partner is known by the last name alone.
        return True
    return any(_similar(one, another) for one in mine for another in given)


def same_name(one: str | None, another: str | None) -> bool:
    """Tell whether two whole names have the same words, in whatever order."""
    words = sorted(words_of(one))
    return bool(words) and words == sorted(words_of(another))


def _without_surname(words: list[str], surname: set[str]) -> list[str]:
    if not surname:
        return words
    return [word for word in words if not any(_similar(word, name) for name in surname)]


def _similar(one: str, another: str) -> bool:
    if one == another:
        return True
    if len(one) == 1 or len(another) == 1:
        # An initial.
        return one[0] == another[0]
    if min(len(one), len(another)) >= 3 and (
        one.startswith(another) or another.startswith(one)
    ):
        # "Tom" and "Thomas" are not told this way, "Alex" and "Alexander" are.
        return True
    return SequenceMatcher(None, one, another, autojunk=False).ratio() >= SIMILAR
