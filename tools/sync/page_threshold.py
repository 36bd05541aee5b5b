"""Decide whether a look at a page of the mirror orders a sync."""

from __future__ import annotations


def needs_sync(
    mirrored: int,
    total: int | None,
    needed: int,
    *,
    factor: float,
    minimum: int,
    ratio: float,
) -> bool:
    """Tell whether a reader of the first `needed` contacts should order a sync.

    :param mirrored: contacts in the mirror
    :param total: contacts that GoHighLevel holds, None when unknown
    :param needed: page × limit
    :param factor: read ahead: how many times `needed` should be mirrored
    :param minimum: what should be mirrored at the least
    :param ratio: the share of `total` (0…1) below which a sync is always due
    """
    if total is None:
        return True
    if mirrored >= total:
        return False
    return mirrored < max(needed * factor, minimum) or mirrored < ratio * total
