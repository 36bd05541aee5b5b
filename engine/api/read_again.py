"""Read one contact from GoHighLevel now, because somebody who looks at it wants to."""

from __future__ import annotations

from typing import Any

from odoo.exceptions import UserError

from ...tools.errors import GhlError
from ...tools.http.retry import RetryPolicy
from ...tools.http.session import Timeouts
from ..connection.client import call_ghl
from ..deletion.store import candidates_of
from ..feed.cause import Cause
from ..location.writer_lock import try_lock_until_commit
from ..mirror.merge import Merger
from ..transaction import end_transaction, in_own_transaction

# Seconds that a person waits for one answer.
PATIENCE = 10.0


def read_again(contact: Any) -> str:
    """Read a `ghl.contact`, store what GoHighLevel shows; return that in words.

    By one search, or two requests when the search does not show it. Nothing is deleted
    on the word of one answer.

    :raise UserError: GoHighLevel did not answer, or a sync is writing just now
    """
    env, location = contact.env, contact.location_id.sudo()
    ghl_id = contact.ghl_id

    def ask(client: Any) -> tuple[Any, bool]:
        # No transaction is open while the vendor is waited for.
        end_transaction(env)
        page = client.search_by_ids([ghl_id])
        if any(hit.get("id") == ghl_id for hit in page.contacts):
            return page, True
        return page, client.get_contact(ghl_id) is not None

    try:
        page, exists = call_ghl(
            location,
            ask,
            priority="interactive",
            timeouts=Timeouts(connect=PATIENCE, read=PATIENCE, total=PATIENCE),
            acquire_timeout=PATIENCE,
            retry_policy=RetryPolicy(attempts=1),
        )
    except GhlError as err:
        raise UserError(str(err)) from err
    if exists:
        in_own_transaction(location, lambda own: _recall(own, ghl_id))
    if not page.contacts:
        if exists:
            words = env._(
                "GoHighLevel has this contact, but its search does not show it yet."
            )
        else:
            words = env._(
                "GoHighLevel says that this contact does not exist. The next sync "
                "confirms that and archives it."
            )
        return str(words)
    cause = Cause("read_again", user_id=env.uid)
    if not in_own_transaction(location, lambda own: _store(own, page, cause)):
        raise UserError(
            env._("A sync is writing this location's contacts. Try again in a moment.")
        )
    env.invalidate_all()
    return str(env._("The contact is as GoHighLevel shows it."))


def _recall(location: Any, ghl_id: str) -> None:
    """Keep the contact, if it was about to be deleted: also while others write."""
    store = candidates_of(location)
    if not store.recall([ghl_id]):
        return
    location.env["ghl.deletion.review"]._recount(location)
    if not store.has_open():
        # The candidates that took the proof away are decided.
        location._order_sync("verify", "button")


def _store(location: Any, page: Any, cause: Cause) -> bool:
    """Merge the page; tell whether nobody else is writing."""
    if not try_lock_until_commit(location):
        return False
    result = Merger(location, cause).merge_page(page.contacts, page.requested_at)
    if result.live_delta:
        location.contact_count += result.live_delta
    return True
