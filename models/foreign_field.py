"""Fields for texts that come from outside: whatever is written, they can be stored.

A text with a NUL or half a surrogate pair is refused by PostgreSQL, wherever it came
from: it would fail each run of a location, and even the note that one has failed.
"""

from typing import Any

from odoo import fields

from ..tools.foreign_text import MAX_LINE, MAX_LINES, clean


class ForeignChar(fields.Char):
    """One line of text, cleaned and bounded on its way in."""

    most = MAX_LINE

    def convert_to_cache(self, value, record, validate=True) -> Any:
        """Return the cleaned text, which is what is written in the end."""
        return super().convert_to_cache(_cleaned(value, self.most, False), record)

    def convert_to_column_insert(
        self, value, record, values=None, validate=True
    ) -> Any:
        """Return the cleaned text for a new row."""
        value = _cleaned(value, self.most, False)
        return super().convert_to_column_insert(value, record, values, validate)


class ForeignText(fields.Text):
    """Text of some lines, cleaned and bounded on its way in."""

    most = MAX_LINES

    def convert_to_cache(self, value, record, validate=True) -> Any:
        """Return the cleaned text, which is what is written in the end."""
        return super().convert_to_cache(_cleaned(value, self.most, True), record)

    def convert_to_column_insert(
        self, value, record, values=None, validate=True
    ) -> Any:
        """Return the cleaned text for a new row."""
        value = _cleaned(value, self.most, True)
        return super().convert_to_column_insert(value, record, values, validate)


def _cleaned(value, most: int, lines: bool) -> Any:
    return clean(value, most, lines=lines) if value else value
