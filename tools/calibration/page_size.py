"""How large a page may be, and how large it really is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import GhlPayloadError, GhlRequestError
from ..ghl.dialect import DialectClient
from ..http.transport import TOO_LARGE
from .requests import ASC, DESC, accepted, attempt, search

FULL_PAGE = 500
# What is tried when larger pages are refused.
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


def size_of_pages(client: DialectClient, size: int) -> int:
    """Return how many contacts a page of `size` really holds.

    A server may cut pages without a word. A page may also be short by chance: only two
    pages of the same round figure are taken for a rule.
    """
    first, second = _count_cut(client, size, ASC), None
    if first:
        second = _count_cut(client, size, DESC)
    return first if first and first == second else size


def _count_cut(
    client: DialectClient, size: int, sort: Sequence[dict[str, str]]
) -> int | None:
    """Return what a page was cut to, None when it was not, or not to a round figure."""
    try:
        page = attempt(lambda: search(client, sort=sort, page_limit=size))
    except GhlPayloadError as err:
        if err.code != TOO_LARGE:
            raise
        # For this server's memory: it was not cut. Who reads asks for smaller ones.
        return None
    if not accepted(page) or page.total is None:
        return None
    count = page.count + len(page.rejected)
    cut = 0 < count < min(size, page.total)
    return count if cut and count % 10 == 0 else None
