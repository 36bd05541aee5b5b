"""Events of one contact: what they ask for, and what is known of it by now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...tools.dates import parse_ms
from ...tools.errors import GhlError, GhlRateLimited

# The search shows a change with a delay of seconds. A hit that is not quite as new as
# its event may be from just before it; one that is older than that certainly is.
FRESH_MS = 50
DOUBT_MS = 5_000
# A round looks up each of so many deletes at once; it searches for more of them first,
# which takes a fiftieth of the requests.
FEW_DELETES = 10
# Keys that the two shapes have in common in which a contact is read.
_TELLING = ("tags", "dnd", "email", "phone", "assignedTo", "customFields")


@dataclass
class Change:
    """The events of one contact in a round, and what came of them.

    `hit` is what a search shows of it, `payload` its record where that is to be merged.
    """

    events: list[Any] = field(default_factory=list)
    hit: dict[str, Any] | None = None
    payload: dict[str, Any] | None = None
    #: to be looked at again, when the search has had time
    later: bool = False
    #: the vendor has shown the contact itself
    lives: bool = False
    #: the vendor says that it does not exist
    denied: bool = False
    #: why that proves nothing
    doubt: str | None = None
    error: GhlError | None = None
    reason: str | None = None
    #: left to the next round
    left: bool = False

    @property
    def newest(self) -> Any:
        """The event that counts: by its own time, the order of arrival is nothing."""
        return max(self.events, key=lambda event: (event.event_ms, event.id))

    @property
    def tells_end(self) -> bool:
        """Whether the contact should be gone."""
        return bool(self.newest.event_type == "ContactDelete")

    @property
    def is_delete(self) -> bool:
        """Whether the contact should be gone; after a look at it, the search tells."""
        return self.tells_end and not self._was_tried

    @property
    def is_unconfirmed(self) -> bool:
        """Whether a deletion stays unclear after a while: at first the index lags."""
        if not self._was_tried:
            return False
        return bool(self.doubt or (self.error and self.tells_end))

    def evaluate_hit(self) -> bool:
        """Decide by what the search told; return whether that was enough."""
        if self.tells_end and self.hit:
            # The search lags, or the contact was put back: the next look tells. Then
            # the search has had time, and the contact itself is asked for.
            self.later = self.is_delete
            return self.later
        age = self._hit_age_ms()
        if age is None or age > DOUBT_MS:
            return False
        self.later = age > FRESH_MS and not self.newest.rechecks
        return True

    def evaluate_record(
        self, answer: dict[str, Any] | GhlError | None, contradiction: str
    ) -> None:
        """Decide by what the vendor answered to a request for the contact itself.

        :param answer: None when it says that there is no such contact
        :param contradiction: the words for a deletion that the search goes on to deny
        :raise GhlRateLimited: the answer was that
        """
        if isinstance(answer, GhlRateLimited):
            raise answer
        if isinstance(answer, GhlError):
            self.error = answer
        elif answer is None and self.hit:
            # One of the two is wrong: nothing is deleted that the search shows alive.
            self.later = True
            if self.tells_end:
                self.doubt = self.reason = contradiction
        elif answer is None:
            self.denied = True
        else:
            self.payload, self.lives = answer, True
            self.compare()

    def evaluate_denial(self, reason: str | None) -> None:
        """Take a denial back for a reason, or let it stand."""
        self.doubt = self.reason = reason
        if reason:
            self.denied, self.later = False, True

    def compare(self) -> None:
        """Decide between the record itself and the search hit of it.

        The record may be ahead of the search; then it is merged now. It lacks some of
        what a hit has, though, so the hit follows when there is one.
        """
        self.later = not _is_same(self.hit, self.payload)
        if not self.later:
            self.payload = None

    @property
    def is_alive(self) -> bool:
        """Whether the vendor shows it, and tells nothing else."""
        seen = self.hit is not None and not self.tells_end and not self.doubt
        return self.lives or seen

    @property
    def _was_tried(self) -> bool:
        return bool(self.newest.rechecks or self.newest.attempts)

    def _hit_age_ms(self) -> float | None:
        """Return by how much the hit is older than the event, None if unknown."""
        updated = parse_ms((self.hit or {}).get("dateUpdated"))
        if updated is None:
            return None
        age: float = self.newest.event_ms - updated
        return age


def ids_to_search(changes: dict[str, Change]) -> list[str]:
    """Return the ids to be searched for: all, but for deletes while they are few."""
    kept = [key for key, change in changes.items() if not change.is_delete]
    few = len(changes) - len(kept) <= FEW_DELETES
    return kept if few else list(changes)


def _is_same(hit: dict[str, Any] | None, contact: dict[str, Any] | None) -> bool:
    """Tell whether a search hit and the record itself are of the same moment."""
    if hit is None or contact is None:
        return False
    if parse_ms(hit.get("dateUpdated")) != parse_ms(contact.get("dateUpdated")):
        return False
    return all((hit.get(k) or None) == (contact.get(k) or None) for k in _TELLING)
