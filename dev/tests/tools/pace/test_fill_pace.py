"""A million contacts by the limit: hardly a request in vain, hardly a slot unused."""

from __future__ import annotations

from virtual_fill import INTERVAL, LIMIT, PAGE, VirtualFill, growing

MILLION = 1_000_000


def slots(requests):
    """Seconds in which the limit lets so many requests pass, less a reserve of 2 %."""
    return requests / (0.98 * LIMIT) * INTERVAL


def test_a_million_is_read_in_hardly_more_requests_than_it_has_pages():
    """A slice that has no answer yet cuts no windows: each costs part of a page."""
    fill = VirtualFill(growing(MILLION), 0.3)
    seconds = fill.run()
    assert fill.slices > 5
    assert len(fill.location.read) == MILLION
    assert fill.location.pages <= MILLION // PAGE + 16
    assert len(fill.windows) <= 32
    # A first hundred need not wait for the limit. Those who take turns between two
    # bursts lose hardly a slot.
    needed = slots(len(fill.vendor.sent)) - INTERVAL
    assert seconds <= 1.05 * needed
