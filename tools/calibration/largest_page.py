"""The page size that an account allows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import GhlRequestError
from ..ghl.dialect import DialectClient
from .requests import ASC, accepted, attempt, search

FULL_PAGE = 500
# Page sizes to try when larger ones are refused.
SMALLER_PAGES = (250, 100, 50, 20)
_STATUS = re.compile(r"\bHTTP \d+")
_NUMBER = re.compile(r"(?<![\w.,-])\d{2,4}(?![\w,-])")


def largest_page(
    client: DialectClient, filters: Sequence[Mapping[str, Any]], answer: Any
) -> int | None:
    """Return the largest page that is accepted, None when that cannot be told.

    The words of a refusal are not relied upon: what is accepted once the page is
    smaller was refused for its size.

    :param filters: of a question that is accepted with a small page
    :param answer: what it was answered with a full one
    """
    if accepted(answer):
        return FULL_PAGE
    # A single refusal may be an accident: the full size is tried again.
    for size in (FULL_PAGE, *_sizes_named(answer), *SMALLER_PAGES):
        if _is_accepted(client, filters, size):
            return size
    return None


def _is_accepted(
    client: DialectClient, filters: Sequence[Mapping[str, Any]], size: int
) -> bool:
    return accepted(
        attempt(lambda: search(client, filters=filters, sort=ASC, page_limit=size))
    )


def _sizes_named(refusal: GhlRequestError) -> list[int]:
    """Return the numbers in a refusal that may be a page's size, largest first."""
    words = _STATUS.sub("", str(refusal))
    sizes = {int(number) for number in _NUMBER.findall(words)}
    return sorted((s for s in sizes if s < FULL_PAGE), reverse=True)
