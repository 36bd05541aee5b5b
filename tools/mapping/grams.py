"""One and two letters of a text, by which PostgreSQL finds them in an index.

Trigrams tell nothing of fewer than three letters, and know letters and digits only.
"""

from __future__ import annotations

import re

# Between pairs; no text to be searched holds it.
_MARK = r"chr(30)"
# Three letters or digits that follow each other make a trigram.
_TRIGRAM = re.compile("[0-9a-z]{3}")


def grams_sql(text: str) -> str:
    """Return the expression for the letters and pairs of letters of a column.

    Every letter; the pairs that begin at the first place and each second one after it;
    and those that begin at the second. Built-in functions, since they take a tenth of
    the time of a function in SQL; by the order of bytes, which compares fastest.
    """
    parts = [f'string_to_array({text} COLLATE "C", NULL)']
    for part in (text, f"substr({text}, 2)"):
        marked = (
            f"""regexp_replace({part} COLLATE "C", '(..)', '\\1' || {_MARK}, 'g')"""
        )
        parts.append(f"string_to_array({marked}, {_MARK})")
    return " || ".join(parts)


def has_trigram(text: str) -> bool:
    """Tell whether an index of trigrams finds a folded text, whatever the locale."""
    return bool(_TRIGRAM.search(text))


def grams(text: str) -> list[str]:
    """Return what a text that holds `text` holds for certain: its pairs, or its letter.

    For one or two letters that is all that there is to know.
    """
    if len(text) < 2:
        return [text]
    return sorted({text[n : n + 2] for n in range(len(text) - 1)})
