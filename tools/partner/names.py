"""Compare the names of two people, as two systems happen to have them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from .given_names import is_same_given_name

# Nobody's name is longer, and whatever is sent as one is compared.
MAX_NAME = 120
# Shorter words have no typing errors: "Tim" and "Tom" are two people.
MIN_LENGTH = 4
_VOWELS = frozenset("aeio")
# Endings that turn a man's name into a woman's: "Sven" and "Svenja" are two people.
_FEMININE = ("ella", "elle", "etta", "ette", "ia", "ina", "ine", "issa", "ja", "ko")
_WORD = re.compile(r"[^\W\d_]+")
# Words that stand before or behind a name and are none.
_TITLES = frozenset(
    "mr mrs ms miss dr prof sir dame herr frau hr fr mme mlle"
    " m jr sr ii iii phd md".split()
)


def fold(name: str) -> str:
    """Return a name as it is compared: no case, no accents, no variant letters."""
    text = unicodedata.normalize("NFKD", name[:MAX_NAME].casefold())
    return "".join(char for char in text if not unicodedata.combining(char))


def words_of(name: str | None) -> tuple[str, ...]:
    """Return the folded words of a name, in order, without titles."""
    return _words_of((name or "")[:MAX_NAME])


# Few names of many people differ, and one is compared with many.
@lru_cache(maxsize=4096)
def _words_of(name: str) -> tuple[str, ...]:
    words = _WORD.findall(fold(name))
    kept = [word for word in words if word not in _TITLES]
    return tuple(kept or words)


def names_agree(first: str | None, last: str | None, other: str | None) -> bool:
    """Tell whether a contact's name and a partner's may be those of one person.

    A name that is missing contradicts nothing. Given names decide: a family shares
    its last name, and often one e-mail address.

    :param first: the contact's given name, or its whole name when `last` is missing
    :param last: the contact's last name
    :param other: the partner's whole name, in either order ("Smith, Anna")
    """
    mine, given = _given_names(first, last, other)
    # A missing one, or a partner who is known by the last name alone.
    return not mine or not given or _is_any_same(mine, given)


def given_names_agree(first: str | None, last: str | None, other: str | None) -> bool:
    """Tell whether both have a given name, and one of these is the same."""
    return _is_any_same(*_given_names(first, last, other))


def _given_names(
    first: str | None, last: str | None, other: str | None
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the given names of a contact and of a partner."""
    mine, surname = words_of(first), words_of(last)
    if not surname and len(mine) > 1:
        mine, surname = mine[:-1], mine[-1:]
    return mine, _without_surname(words_of(other), surname)


def _is_any_same(mine: Sequence[str], given: Sequence[str]) -> bool:
    return any(_similar(one, another) for one in mine for another in given)


def same_name(one: str | None, another: str | None) -> bool:
    """Tell whether two whole names have the same words, in whatever order."""
    words = sorted(words_of(one))
    return bool(words) and words == sorted(words_of(another))


def _without_surname(words: Sequence[str], surname: Sequence[str]) -> list[str]:
    """Return the words without one for each of the last name's.

    "Tom Thomas" has a given name, although it is like the last.
    """
    left = list(words)
    for name in surname:
        for is_it in (str.__eq__, _is_misspelt, _is_initial):
            found = next((word for word in left if is_it(name, word)), None)
            if found:
                left.remove(found)
                break
    return left


def _similar(one: str, another: str) -> bool:
    """Tell whether two words are one name, written in full, short, or with an error."""
    if one == another:
        return True
    known = is_same_given_name(one, another)
    if known is not None:
        return known
    short, long = sorted((one, another), key=len)
    if len(short) == 1:
        # An initial.
        return long.startswith(short)
    if len(long) < MIN_LENGTH:
        return False
    if long.startswith(short) and len(short) >= 3 and len(long) - len(short) >= 2:
        # "Alex" and "Alexander"; but "Paul" and "Paula" are two people.
        return len(short) < MIN_LENGTH or long[len(short) :] not in _FEMININE
    return _is_one_edit(short, long) and not _differ_in_last_vowel(short, long)


def _is_misspelt(one: str, another: str) -> bool:
    """Tell whether two words are one last name, one of them with an error."""
    short, long = sorted((one, another), key=len)
    return len(short) >= MIN_LENGTH and _is_one_edit(short, long)


def _is_initial(name: str, word: str) -> bool:
    return len(word) == 1 and name.startswith(word)


def _is_one_edit(short: str, long: str) -> bool:
    """Tell whether one letter was added, changed, or swapped with its neighbour."""
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    if len(short) < len(long):
        return len(long) - len(short) == 1 and short[start:] == long[start + 1 :]
    if short[start + 1 :] == long[start + 1 :]:
        return True
    swapped = short[start + 1 : start + 2] + short[start : start + 1]
    return long[start:] == swapped + short[start + 2 :]


def _differ_in_last_vowel(short: str, long: str) -> bool:
    """Tell of pairs such as Maria and Mario: names of a couple rather than an error."""
    if short[: len(long) - 1] != long[:-1] or long[-1] not in _VOWELS:
        return False
    return len(short) < len(long) or short[-1] in _VOWELS
