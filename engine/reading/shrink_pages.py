"""Make pages smaller when the vendor refuses their size."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...tools.calibration.largest_page import SMALLER_PAGES
from ...tools.errors import (
    GhlCursorRefused,
    GhlError,
    GhlPageLimitRefused,
    GhlPayloadError,
    GhlRequestError,
)
from ...tools.sync.window import ALL, Window
from ..slice.slice import SyncSlice

TOO_LARGE = "too_large"


def shrink_pages(run_slice: SyncSlice, err: GhlError) -> bool:
    """Go on with the largest smaller pages that the vendor accepts.

    The slice's `page_limit` is that size then. It is remembered for the connection,
    unless it is this location's contacts that are large.

    :param err: what was raised by a fetch
    :return: False when the size is not at fault, or no smaller one is accepted
    """
    if (err.page_limit or 0) > run_slice.page_limit and _may_be_size(err):
        # Pages on their way were asked for with a size that is given up by now.
        return True
    if not _is_size_refused(run_slice, err):
        return False
    for size in SMALLER_PAGES:
        if size < run_slice.page_limit and _accepts(run_slice, size):
            run_slice.page_limit = size
            if err.code != TOO_LARGE:
                run_slice.save(partial(_remember, run_slice.location, size))
            return True
    return False


def _is_size_refused(run_slice: SyncSlice, err: GhlError) -> bool:
    """Tell whether it is the size of the pages that is refused.

    A vendor may say so in any words: the plainest search of all tells.
    """
    if _says_size(err):
        return True
    return _may_be_size(err) and not _accepts(run_slice, run_slice.page_limit)


def _says_size(err: GhlError) -> bool:
    return isinstance(err, GhlPageLimitRefused) or err.code == TOO_LARGE


def _may_be_size(err: GhlError) -> bool:
    if _says_size(err):
        return True
    return err.status in (400, 422) and not isinstance(err, GhlCursorRefused)


def _accepts(run_slice: SyncSlice, page_limit: int) -> bool:
    sort = Window(ALL).sort()
    try:
        run_slice.call(lambda client: client.search(sort=sort, page_limit=page_limit))
    except GhlRequestError:
        return False
    except GhlPayloadError as err:
        if err.code != TOO_LARGE:
            raise
        return False
    return True


def _remember(location: Any, size: int) -> None:
    location.connection_id.page_limit_accepted = size
