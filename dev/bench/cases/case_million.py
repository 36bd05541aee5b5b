"""A million contacts: the first fill, then delta and verify upon what it left."""

import random

from provision.shell import say

from ..order import Order
from ..product import Product
from ..results import Results
from .case_fill import told

MILLION = 1_000_000
EDITED = 500
# Differences that a verify must find: 37 in all.
MISSING, STALE, DELETED = 13, 12, 12
DAY_MS = 86_400_000


def million(order: Order, product: Product, results: Results) -> None:
    """Fill the mirror with a million, on a server that has just been started."""
    place = product.stack.locations[0]
    for _run in range(order.runs):
        product.clear()
        product.restart()
        sample = product.sync("full", place)
        sample.figures["exact"] = product.is_exact(place)
        results.add("million", "ours", told("million", "ours", sample))


def delta(order: Order, product: Product, results: Results) -> None:
    """Edit some contacts upstream, read what changed."""
    place = product.stack.locations[0]
    for run in range(order.runs):
        edits = {"seed": f"delta {run}", "update": EDITED, "webhooks": False}
        product.stack.control("POST", f"/locations/{place.ghl_id}/edits", edits)
        before = product.table_figures()
        sample = product.sync("delta", place)
        after = product.table_figures()
        changed = after["n_tup_upd"] - before["n_tup_upd"]
        sample.contacts = EDITED
        sample.figures["table_scans"] = after["seq_scan"] - before["seq_scan"]
        sample.figures["exact"] = changed == EDITED
        results.add("delta", "ours", told("delta", "ours", sample))


def verify_clean(order: Order, product: Product, results: Results) -> None:
    """Verify a mirror in which nothing differs."""
    place = product.stack.locations[0]
    for _run in range(order.runs):
        sample = product.sync("verify", place)
        sample.figures["exact"] = product.is_exact(place)
        results.add("verify_clean", "ours", told("verify_clean", "ours", sample))


def verify_diff(order: Order, product: Product, results: Results) -> None:
    """Verify a mirror in which 37 scattered contacts differ, and see them repaired."""
    place = product.stack.locations[0]
    for run in range(order.runs):
        spoiled = _Spoiled(product, place, run)
        sample = product.sync("verify", place)
        sample.figures.update(spoiled.repaired())
        sample.figures["exact"] = product.is_exact(place)
        if spoiled.left:
            say(f"  verify_diff    not repaired: {spoiled.left}")
        results.add("verify_diff", "ours", told("verify_diff", "ours", sample))


class _Spoiled:
    """Contacts made to differ without a sign of it.

    Missing: a webhook and a page were lost, the row is not there. Stale: an edit was
    lost, the row is still what it was when the contact was added. Deleted: gone
    upstream, without an event.
    """

    def __init__(self, product: Product, place, run: int):
        self.product, self.place = product, place
        self.left: dict[str, int] = {}
        keys = self._draw(random.Random(f"verify_diff {run}"))
        self.missing = keys[:MISSING]
        self.stale = keys[MISSING : MISSING + STALE]
        self.deleted = keys[MISSING + STALE :]
        self.hashes = dict(
            self._rows("SELECT ghl_id, content_hash FROM ghl_contact", keys)
        )
        self._spoil()

    def repaired(self) -> dict:
        """Return how many of each sort are as they should be."""
        rows = self._rows("SELECT ghl_id, content_hash, active FROM ghl_contact")
        state = {ghl_id: (digest, active) for ghl_id, digest, active in rows}
        good = {key: (self.hashes[key], True) for key in self.hashes}
        found = {
            "missing_repaired": sum(state.get(k) == good[k] for k in self.missing),
            "stale_repaired": sum(state.get(k) == good[k] for k in self.stale),
            "deleted_repaired": sum(
                state.get(k, (None, True))[1] is False for k in self.deleted
            ),
        }
        wanted = (len(self.missing), len(self.stale), len(self.deleted))
        for (name, count), all_of_them in zip(found.items(), wanted, strict=True):
            if count != all_of_them:
                self.left[name] = all_of_them - count
        return {**found, "repaired": sum(found.values())}

    def _draw(self, rng: random.Random) -> list[str]:
        """Draw live contacts from all over, edited well after they were added."""
        rows = self.product.stack.sql(
            """
            SELECT ghl_id FROM ghl_contact
             WHERE location_id = %s AND active
               AND date_updated_ms - date_added_ms > %s
               AND date_updated_ms < (SELECT watermark_ms - %s FROM ghl_location
                                       WHERE id = %s)
             ORDER BY ghl_id
            """,
            [self.place.id, 30 * DAY_MS, DAY_MS, self.place.id],
        )
        return rng.sample([ghl_id for (ghl_id,) in rows], MISSING + STALE + DELETED)

    def _rows(self, select: str, keys: list[str] | None = None) -> list[tuple]:
        keys = keys or [*self.missing, *self.stale, *self.deleted]
        return self.product.stack.sql(
            f"{select} WHERE location_id = %s AND ghl_id = ANY(%s)",
            [self.place.id, keys],
        )

    def _spoil(self) -> None:
        sql = self.product.stack.sql
        sql(
            "DELETE FROM ghl_contact WHERE location_id = %s AND ghl_id = ANY(%s)",
            [self.place.id, self.missing],
        )
        sql(
            "UPDATE ghl_location SET contact_count = contact_count - %s WHERE id = %s",
            [len(self.missing), self.place.id],
        )
        sql(
            "UPDATE ghl_contact SET name = 'Before the edit', content_hash = 'old', "
            "date_updated_ms = date_added_ms, date_updated = date_added "
            "WHERE location_id = %s AND ghl_id = ANY(%s)",
            [self.place.id, self.stale],
        )
        for ghl_id in self.deleted:
            path = f"/locations/{self.place.ghl_id}/contacts/{ghl_id}?webhooks=0"
            self.product.stack.control("DELETE", path)
