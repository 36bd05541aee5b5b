"""``make bench-scale`` (``LOCATIONS=``, ``CONTACTS=``, ``PROCESSES=``, ``KILL=``)."""

import dataclasses
import json
import os
import statistics
import time

from bench.report import machine
from provision import paths
from provision.shell import Problem, exit_with, say
from stack import sandbox_server
from stack.live import LiveStack

from .calls import tell_calls
from .probe import Probe, age, make_due
from .servers import CRON_THREADS, Servers

POLL = 0.2
# Nothing has moved for so long: it has stopped for good.
PATIENCE = 180
# Another scheduled action that waits for so long is starved.
STARVED = 60.0
_ACTIVE = "state IN ('queued', 'running', 'waiting')"
_CLEAR = """
    TRUNCATE ghl_contact, ghl_contact_ghl_tag_rel CASCADE;
    DELETE FROM ghl_sync_run;
    DELETE FROM ir_cron_trigger;
    UPDATE ghl_location
       SET auto_sync = TRUE, contact_count = 0, watermark_ms = NULL,
           last_full_at = NULL, last_sync_at = NULL, last_delta_at = NULL,
           last_verify_at = NULL, proven_complete_at = NULL, known_gap = 0,
           ghl_total = 0, ghl_total_at = NULL;
    -- In a new database all of Odoo's own jobs are due, ahead of ours.
    UPDATE ir_cron SET nextcall = '2100-01-01', lastcall = NULL, failure_count = 0;
"""


@dataclasses.dataclass(frozen=True)
class Order:
    """What a person asked for, by environment variables."""

    locations: int
    contacts: int
    processes: tuple[int, ...]
    kill: bool


@dataclasses.dataclass
class Round:
    """All locations due at once on so many servers, and what came of it.

    :param str kind: full or delta
    :param float cpu: seconds of the servers' own time
    """

    kind: str
    processes: int
    killed: bool
    seconds: float
    exact: int
    runs: int
    done: int
    delays: list[float]
    cpu: float
    taken_over: float | None = None

    def is_good(self, order: Order) -> bool:
        """Tell whether every location was read, wholly and once, and nobody starved."""
        return self.is_complete(order) and self.longest <= STARVED

    def is_complete(self, order: Order) -> bool:
        """Tell whether every location was read, wholly and once."""
        return self.exact == self.done == self.runs == order.locations

    @property
    def longest(self) -> float:
        """The seconds for which the probe has waited at most."""
        return max(self.delays, default=0.0)


def from_environment() -> Order:
    """Read the order.

    :raise Problem: for what makes no sense
    """
    texts = os.environ.get("PROCESSES", "1,2,4").split(",")
    try:
        order = Order(
            int(os.environ.get("LOCATIONS", "1000")),
            int(os.environ.get("CONTACTS", "200")),
            tuple(int(text) for text in texts),
            os.environ.get("KILL", "1") != "0",
        )
    except ValueError as err:
        raise Problem("LOCATIONS, CONTACTS and PROCESSES are numbers.") from err
    if min(order.locations, order.contacts, *order.processes) < 1:
        raise Problem("LOCATIONS, CONTACTS and PROCESSES are above 0.")
    return order


def play(
    stack: LiveStack,
    probe: Probe,
    order: Order,
    count: int,
    kill: bool = False,
    kind: str = "full",
) -> Round:
    """Let all locations fall due at once on `count` servers; wait for the last."""
    stack.odoo.stop()
    if kind == "full":
        stack.sql(_CLEAR)
    else:
        age(stack)
    probe.reset()
    crons = [row[0] for row in stack.sql("SELECT cron_id FROM ghl_location")]
    taken: list[int] = []
    killed_at = taken_over = None
    with Servers(stack, count) as servers:
        cpu = servers.cpu()
        since = moved = time.monotonic()
        make_due(stack, crons)
        last = None
        while True:
            now = time.monotonic()
            probe.look()
            done, active = _progress(stack)
            if done >= order.locations and not active:
                break
            if (done, active) != last:
                moved, last = now, (done, active)
            if now - moved > PATIENCE:
                raise Problem(f"{done} of {order.locations} are done, and no more.")
            if kill and killed_at is None and done >= order.locations / 3:
                taken = _at_work(stack)
                servers.kill_one()
                killed_at = time.monotonic()
            elif killed_at and taken_over is None and _are_done(stack, taken):
                taken_over = time.monotonic() - killed_at
            time.sleep(POLL)
        seconds = time.monotonic() - since
        cpu = servers.cpu() - cpu
        probe.end()
    ((runs, done),) = stack.sql(
        "SELECT count(*), count(*) FILTER (WHERE state = 'done') FROM ghl_sync_run"
    )
    exact = _exact(stack, order.contacts)
    delays = sorted(probe.delays)
    if killed_at and taken_over is None:
        taken_over = time.monotonic() - killed_at
    return Round(kind, count, kill, seconds, exact, runs, done, delays, cpu, taken_over)


def _progress(stack: LiveStack) -> tuple[int, int]:
    ((done, active),) = stack.sql(
        f"SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER "
        f"(WHERE {_ACTIVE}) FROM ghl_sync_run"
    )
    return done, active


def _at_work(stack: LiveStack) -> list[int]:
    rows = stack.sql("SELECT id FROM ghl_sync_run WHERE state = 'running'")
    return [row[0] for row in rows]


def _are_done(stack: LiveStack, runs: list[int]) -> bool:
    ((left,),) = stack.sql(
        "SELECT count(*) FROM ghl_sync_run WHERE id = ANY(%s) AND state <> 'done'",
        [runs],
    )
    return not left


def _exact(stack: LiveStack, contacts: int) -> int:
    """Return how many locations hold all their contacts, proven."""
    ((exact,),) = stack.sql(
        """
        SELECT count(*) FROM ghl_location l
         WHERE l.proof_state = 'proven' AND l.contact_count = %(size)s
           AND (SELECT count(*) FROM ghl_contact c
                 WHERE c.location_id = l.id AND c.active) = %(size)s
        """,
        {"size": contacts},
    )
    return exact


def tell(order: Order, one: Round, first: Round) -> None:
    """Print what came of a round."""
    rate = order.locations / one.seconds
    total = order.contacts * rate
    delays = one.delays or [0.0]
    word = "all, each once" if one.is_complete(order) else "NOT ALL, OR NOT ONCE"
    text = f"{one.kind}, {one.processes} × {CRON_THREADS} cron threads"
    text += ", one killed" if one.killed else ""
    say(f"{text}: {one.seconds:.1f} s, {word} ({one.exact} exact, {one.runs} runs)")
    say(
        f"    {60 * rate:.0f} locations/min, {total:.0f} contacts/s, "
        f"{first.seconds / one.seconds:.2f} × one process; probe waited "
        f"{statistics.median(delays):.1f} s, at most {one.longest:.1f} s "
        f"({len(delays)} times){'' if one.longest <= STARVED else ', STARVED'}"
    )
    if not one.killed:
        say(f"    {1_000 * one.cpu / order.locations:.0f} ms of Odoo's CPU a location")
    if one.taken_over is not None:
        say(f"    the killed server's work was done {one.taken_over:.1f} s later")


def _tell_size(stack: LiveStack) -> None:
    """Print what a contact takes on disk."""
    ((rows, table, heap),) = stack.sql(
        "SELECT (SELECT count(*) FROM ghl_contact), "
        "pg_total_relation_size('ghl_contact'), pg_table_size('ghl_contact')"
    )
    say(
        f"    a contact takes {table / rows:.0f} bytes, {(table - heap) / rows:.0f} of "
        "them for indexes that are always there"
    )


def main() -> int:
    """Measure; return 0 when all was read wholly and once, and nothing waited long."""
    order = from_environment()
    size = order.locations * order.contacts
    say(f"Starting a stack with {order.locations:,} locations, {size:,} contacts …")
    sandbox_server.START_SECONDS = 600
    places = [(f"Place {number}", order.contacts) for number in range(order.locations)]
    rounds = []
    with LiveStack(
        "scale",
        places,
        sandbox_arguments=("--clean", *sandbox_server.WITHOUT_LIMITS),
        odoo_arguments=("--log-level=warn",),
    ) as stack:
        probe = Probe(stack)
        for count in order.processes:
            rounds.append(play(stack, probe, order, count, kill=False))
            tell(order, rounds[-1], rounds[0])
        rounds.append(play(stack, probe, order, order.processes[-1], kind="delta"))
        tell(order, rounds[-1], rounds[-1])
        _tell_size(stack)
        is_quick = tell_calls(stack)
        if order.kill:
            rounds.append(play(stack, probe, order, 2, kill=True))
            tell(order, rounds[-1], rounds[0])
    _store(order, rounds)
    return 0 if is_quick and all(one.is_good(order) for one in rounds) else 1


def _store(order: Order, rounds: list[Round]) -> None:
    file = paths.state() / "bench" / "scale.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    facts = {
        **machine(),
        "order": dataclasses.asdict(order),
        "rounds": [dataclasses.asdict(one) for one in rounds],
    }
    file.write_text(json.dumps(facts, indent=1))


if __name__ == "__main__":
    exit_with(main)
