"""How many requests at once are enough, and when the limit lets nothing pass."""

from __future__ import annotations

from governor_sim import SimClock, headers

from ghl_contact_sync.tools.http.tally import RequestTally
from ghl_contact_sync.tools.rate_limit.strands import TURNOVER, Strands


def known(clock, latency=0.2, threads=24):
    """Strands of a location with the usual limit, whose quickest answer is known."""
    tally = RequestTally()
    if latency is not None:
        tally.on_request("search", 200, latency)
    governor = clock.governor()
    return governor, Strands(governor, tally, threads)


def test_the_limit_counts_once_it_is_used_by_what_is_on_its_way():
    _governor, strands = known(SimClock())
    # Ten a second, of which eight are on their way at the least.
    assert strands.enough() == 8
    assert strands.is_limited(1_000, in_flight=8)
    assert not strands.is_limited(1_000, in_flight=7)
    assert not strands.is_limited(50, in_flight=8)
    _governor, slow = known(SimClock(), 30.0)
    assert slow.enough() == 24


def test_before_the_first_answer_as_many_are_enough_as_there_are():
    """Else each slice of a large location would cut it for all of its threads."""
    _governor, strands = known(SimClock(), None)
    assert strands.is_limited(1_000, in_flight=1)
    assert not strands.is_limited(1_000, in_flight=0)
    assert not strands.is_limited(98, in_flight=5)


def test_room_is_what_may_be_sent_now():
    governor, strands = known(SimClock())
    for _request in range(90):
        governor.acquire()
    assert strands.has_room(8)
    assert not strands.has_room(9)


def test_nothing_is_lost_while_the_limit_lets_nothing_pass():
    clock = SimClock()
    governor, strands = known(clock)
    assert governor.lull() is None
    assert strands.may_rest(), "it takes nobody's time"
    for _request in range(60):
        governor.acquire()
    # There would be a better moment: others may use it up.
    assert governor.lull() == 0
    assert not strands.may_rest()
    clock.now += 5
    for _request in range(38):
        governor.acquire()
    # The first sixty slots come back in five seconds.
    assert 5 < governor.lull() < 5.2
    assert strands.may_rest()
    clock.now += 5 - TURNOVER / 2
    assert 0 < governor.lull() < TURNOVER
    assert not strands.may_rest()
    clock.now += 1
    assert governor.lull() is None


def test_a_pause_after_a_refusal_is_a_good_moment():
    clock = SimClock()
    governor, strands = known(clock)
    tickets = [governor.acquire() for _request in range(60)]
    governor.observe({**headers(), "Retry-After": "7"}, 429, tickets[-1])
    assert governor.lull() > 5
    assert strands.may_rest()
