"""Plans by which PostgreSQL reads contacts for a page: by indexes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def by_indexes(cr: Any) -> Iterator[None]:
    """Have contacts read by indexes: those of one location, and never the whole table.

    PostgreSQL takes a bound on the rows ("the first 10,000 that match") for a promise
    that they soon come, and reads the table from its beginning, where another location
    may stand. What a page asks for is always found by an index of its location.
    """
    cr.execute("SET LOCAL enable_seqscan = off")
    yield
    # PostgreSQL takes it back by itself where the transaction, or the savepoint around
    # this, is rolled back: after an error nothing else is possible.
    cr.execute("SET LOCAL enable_seqscan TO DEFAULT")


def sees_all(env: Any) -> bool:
    """Tell whether the user sees every contact of a location, or none of it."""
    if env.su:
        return True
    rules = env["ir.rule"]._get_rules("ghl.contact", "read")
    return bool(rules <= env.ref("ghl_contact_sync.ghl_contact_rule_company"))
