"""A page of contacts, column by column, ready for the merge.

Whatever can be done without the database is done here, by the threads that fetch: when
the statements are put together (`engine/mirror/merge.py`), the thread
that stores has only to join texts. The contacts themselves are released as soon as the
vendor's own text is known to say the same: as Python objects they weigh five times as
much.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from ..gil_turn import yield_gil
from .columns import MAPPED_KEYS
from .pg_constants import Verbatim, array_items, array_text
from .prepare_contact import BadRecord, Prepared, prepare
from .scrub import scrub
from .search import search_texts

_MAPPED = frozenset(MAPPED_KEYS)
# Contacts after which a thread that prepares a page lets others go first.
_STRIDE = 64


class Texts(NamedTuple):
    """A batch's arrays for the merge's statement, as PostgreSQL reads them."""

    json: Verbatim
    digests: str
    added_ms: str
    updated_ms: str
    date_of_birth: str
    searched: str
    extra: str
    mapped: list[str]


@dataclass(slots=True)
class Batch:
    """The contacts of a page, each once: one list a column, all in the same order.

    See `contact.Prepared` and `search.search_texts` for what the columns hold.
    `payloads` is None when `as_sent`, the vendor's answer, says the same in its
    ``contacts``, in this order. `issues` has (ghl_id, severity, reason, payload) of the
    records that were not kept as they came.
    """

    ids: Sequence[str] = ()
    digests: Sequence[str] = ()
    added_ms: Sequence[int | None] = ()
    updated_ms: Sequence[int | None] = ()
    date_of_birth: Sequence[str | None] = ()
    owners: Sequence[str | None] = ()
    tags: Sequence[list[str]] = ()
    searched: Sequence[str] = ()
    extra: Sequence[dict[str, Any] | None] = ()
    payloads: Sequence[dict[str, Any]] | None = ()
    keys: frozenset[str] = frozenset()
    as_sent: bytes | None = None
    issues: list[dict[str, Any]] = field(default_factory=list)
    _texts: Texts | None = None
    _id_items: str | None = None
    _digest_items: str | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        # Never the contacts themselves: a repr ends up in logs.
        return f"Batch({len(self)} contacts)"

    @classmethod
    def of(cls, contacts: Iterable[Prepared]) -> Batch:
        """Return the batch of these contacts."""
        columns = list(zip(*contacts, strict=True))
        if not columns:
            return cls()
        (
            ids,
            payloads,
            digests,
            added,
            updated,
            date_of_birth,
            tags,
            extra,
            _words,
            keys,
        ) = columns
        owners = [payload.get("assignedTo") or None for payload in payloads]
        return cls(
            *(ids, digests, added, updated, date_of_birth, owners, tags),
            searched=search_texts(payloads),
            extra=extra,
            payloads=payloads,
            keys=frozenset().union(*set(keys)),
        )

    def select(self, rows: Sequence[int]) -> Batch:
        """Return a batch of the contacts at these places only, without their text."""
        if not rows:
            return Batch()
        payloads = self.payloads
        if payloads is None:
            payloads = json.loads(self.as_sent or b"")["contacts"]
        return Batch(
            ids=[self.ids[row] for row in rows],
            digests=[self.digests[row] for row in rows],
            added_ms=[self.added_ms[row] for row in rows],
            updated_ms=[self.updated_ms[row] for row in rows],
            date_of_birth=[self.date_of_birth[row] for row in rows],
            owners=[self.owners[row] for row in rows],
            tags=[self.tags[row] for row in rows],
            searched=[self.searched[row] for row in rows],
            extra=[self.extra[row] for row in rows],
            payloads=[payloads[row] for row in rows],
            keys=self.keys,
        )

    def payload_of(self, ghl_id: str) -> dict[str, Any]:
        """Return one contact as it was sent."""
        (payload,) = self.select([list(self.ids).index(ghl_id)]).payloads or ()
        return payload

    def id_items(self) -> str:
        """Return the ids as the items of an array's text."""
        if self._id_items is None:
            self._id_items = array_items(self.ids)
        return self._id_items

    def digest_items(self) -> str:
        """Return the digests as the items of an array's text."""
        if self._digest_items is None:
            # Hexadecimal digits need no quotes.
            self._digest_items = ",".join(self.digests)
        return self._digest_items

    def flat_tags(self) -> list[str]:
        """Return the tags of all contacts in a row."""
        return list(chain.from_iterable(self.tags))

    def texts(self) -> Texts:
        """Return the texts of this batch; they are made once.

        :raise ValueError: something in it cannot be written as JSON, such as an integer
            of more digits than Python converts
        """
        if self._texts is None:
            self._texts = Texts(
                json=Verbatim(self._json()),
                digests=f"{{{self.digest_items()}}}",
                added_ms=array_text(self.added_ms),
                updated_ms=array_text(self.updated_ms),
                date_of_birth=array_text(self.date_of_birth),
                searched=array_text(self.searched),
                extra=array_text(
                    json.dumps(scrub(extra)) if extra else None for extra in self.extra
                ),
                mapped=sorted(_MAPPED & self.keys),
            )
        return self._texts

    def _json(self) -> bytes:
        if self.payloads is None:
            return self.as_sent or b""
        value = {"contacts": list(self.payloads)}
        try:
            text = json.dumps(value, separators=(",", ":"), allow_nan=False)
        except ValueError:
            # Python reads NaN and Infinity, which are no JSON.
            text = json.dumps(scrub(value), separators=(",", ":"))
        return text.encode()


def prepare_batch(
    payloads: Iterable[Any],
    location_ghl_id: str,
    *,
    escapes: bool = True,
    as_sent: bytes | None = None,
) -> Batch:
    """Make a page of contacts ready; what is wrong with one stops none of the others.

    :param payloads: as parsed from the vendor's JSON; may be anything
    :param escapes: whether texts may hold NUL or lone surrogates
    :param as_sent: the text ``{"contacts": […], …}`` that they were parsed from
    :return: with one issue (ghl_id, severity, reason) per record that was not kept as
        it came; of a contact that came twice, the state that was edited later
    """
    issues: list[dict[str, Any]] = []
    found: dict[str, Prepared] = {}
    count = 0
    for payload in payloads:
        count += 1
        if count % _STRIDE == 0:
            yield_gil()
        contact = _prepare_one(payload, location_ghl_id, escapes, issues)
        if contact is None:
            continue
        if contact.payload is not payload:
            as_sent = None
        other = found.get(contact.ghl_id)
        if other is None or (contact.updated_ms or 0) >= (other.updated_ms or 0):
            found[contact.ghl_id] = contact
    batch = Batch.of(found.values())
    batch.issues = issues
    if as_sent and not escapes and not issues and len(found) == count:
        batch.as_sent, batch.payloads = as_sent, None
    return batch


def _prepare_one(
    payload: Any, location_ghl_id: str, escapes: bool, issues: list[dict[str, Any]]
) -> Prepared | None:
    """Return the contact, None when it is none; add what is wrong to `issues`."""
    altered, sent = False, payload
    try:
        if escapes:
            clean = scrub(payload)
            altered = clean != payload
            if altered and isinstance(payload, dict):
                _check_id(payload.get("id"), clean.get("id"))
            payload = clean if altered else payload
        contact = prepare(payload, location_ghl_id)
    except BadRecord as err:
        issues.append(_issue(err.ghl_id, "rejected", err.reason, sent))
        return None
    except (RecursionError, ValueError):
        # ValueError: marshal's own bound on depth
        issues.append(_issue(None, "rejected", "nested too deeply", sent))
        return None
    problems = contact.problems
    if altered:
        problems = [*problems, "NUL or broken unicode replaced by U+FFFD"]
    if problems:
        reason = "; ".join(problems)[:1_000]
        issues.append(_issue(contact.ghl_id, "altered", reason, sent))
    return contact


def _check_id(sent: Any, kept: Any) -> None:
    if sent != kept:
        # Under another id it could neither be found nor deleted again.
        raise BadRecord("its id holds characters that cannot be stored", str(kept))


def _issue(
    ghl_id: str | None, severity: str, reason: str, payload: Any
) -> dict[str, Any]:
    return {
        "ghl_id": ghl_id,
        "severity": severity,
        "reason": reason,
        "payload": payload,
    }
