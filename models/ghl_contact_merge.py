"""The one way into the mirror: a page of contacts, merged by sets of rows.

The ORM would cost more than the network does. A page is looked up by id and digest; of
what changed, one statement takes the vendor's own JSON apart and upserts it. Rows that
did not change are not touched: no new row version, next to no WAL.
"""

import json
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2

from odoo import api, models
from odoo.exceptions import MissingError
from odoo.tools import SQL

from ..tools import payload as mapping
from ..tools.payload import Batch, Prepared, prepare_batch, scrub
from .ghl_integrity import lock_referred

_logger = logging.getLogger(__name__)

# Search answers may lag behind an edit. Within that time the date of the edit decides
# which of two states is the newer; later on, what was seen last does.
LAG = timedelta(minutes=10)
# Edits dated later than that after we saw them are typing errors, and tell no order.
AHEAD_MS = 366 * 86_400_000

# How PostgreSQL, or the way to it, refuses a record: a number out of range, JSON nested
# too deeply, digits beyond Python's bound.
_REFUSALS = (
    psycopg2.DataError,
    psycopg2.errors.ProgramLimitExceeded,
    psycopg2.errors.StatementTooComplex,
    ValueError,
    RecursionError,
)


@dataclass
class MergeResult:
    """What a merge did: counts, the ids of all contacts of the page that are mirrored,
    and the issues (ghl_id, severity altered/rejected, reason) of its records."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    revived: int = 0
    seen_ids: list[int] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)

    @property
    def live_delta(self) -> int:
        """By how much the number of live contacts grew."""
        return self.created + self.revived


class GhlContact(models.Model):
    _inherit = "ghl.contact"

    @api.model
    def _merge_page(
        self, location, payloads: list, observed_at: float | None = None
    ) -> MergeResult:
        """Merge contacts as parsed from the vendor's JSON; see `_merge_batches`."""
        batch = prepare_batch(payloads, location.ghl_id)
        return self._merge_batch(location, batch, observed_at)

    @api.model
    def _merge_batch(
        self, location, batch: Batch, observed_at: float | None = None
    ) -> MergeResult:
        """Merge one prepared page; see `_merge_batches`."""
        return self._merge_batches(location, [(batch, observed_at)])

    @api.model
    def _merge_batches(
        self, location, pages: list[tuple[Batch, float | None]]
    ) -> MergeResult:
        """Merge prepared pages of one location, all of them at once.

        Idempotent, and independent of the order of pages: an older state never
        overwrites a newer one. Runs in the current transaction and does not commit;
        only one transaction at a time may do this for a location.

        :param location: the `ghl.location` that the contacts belong to
        :param pages: (from `tools.payload.prepare_batch`, epoch seconds at which the
            request was sent; None: now) of each page
        """
        result = MergeResult()
        latest: dict[str, Prepared] = {}
        moments: dict[str, datetime] = {}
        for batch, observed_at in pages:
            result.issues += batch.issues
            moment = _utc(observed_at)
            for contact in batch.contacts:
                other = latest.get(contact.ghl_id)
                if other is not None:
                    # Pages overlap where windows were cut and where contacts move.
                    result.unchanged += 1
                    if _is_older(contact.updated_ms, other.updated_ms, moment):
                        continue
                latest[contact.ghl_id] = contact
                moments[contact.ghl_id] = moment
        known = self._lookup(location, latest)
        changed = []
        for ghl_id, contact in latest.items():
            old = known.get(ghl_id)
            if old is None or old.accepts(contact, moments[ghl_id]):
                changed.append(contact)
            else:
                result.unchanged += 1
                result.seen_ids.append(old.id)
        if changed:
            total = sum(len(batch.contacts) for batch, _moment in pages)
            as_sent = _join(pages) if len(changed) == total else None
            self._upsert(location, changed, as_sent, known, moments, result)
        return result

    def _lookup(self, location, ghl_ids: Iterable[str]) -> dict[str, "_Known"]:
        # One probe of the unique index for each id, whatever PostgreSQL believes: in a
        # first fill its statistics say that the table is empty, and by them it would
        # read all of a location for every page.
        self.env.cr.execute(
            SQL(
                """
                SELECT c.*
                  FROM unnest(%s::varchar[]) AS wanted(ghl_id),
                       LATERAL (
                           SELECT ghl_id, id, content_hash, active, date_updated_ms,
                                  observed_at
                             FROM ghl_contact
                            WHERE location_id = %s AND ghl_id = wanted.ghl_id
                           OFFSET 0) AS c
                """,
                _array(ghl_ids),
                location.id,
            ),
            log_exceptions=False,
        )
        return {row[0]: _Known(*row[1:]) for row in self.env.cr.fetchall()}

    def _upsert(self, location, contacts, as_sent, known, moments, result) -> None:
        """Write contacts that are new or changed, and count them.

        :raise MissingError: when somebody has deleted the location
        """
        if not lock_referred(location):
            raise MissingError(self.env._("The location does not exist any more."))
        ids = self._write_rows(location, contacts, as_sent, known, moments, result)
        for ghl_id in ids:
            old = known.get(ghl_id)
            if old is None:
                result.created += 1
            else:
                result.updated += 1
                result.revived += not old.active
        result.seen_ids.extend(ids.values())
        self._set_tags(location, contacts, ids, known)
        # The rows were written past the cache.
        self.invalidate_model()

    def _write_rows(
        self, location, contacts, as_sent, known, moments, result
    ) -> dict[str, int]:
        """Return {GHL id: id} of what was written.

        A record that PostgreSQL refuses for a reason that nobody foresaw is found by
        halving, and set aside with that reason.
        """
        owners = location._get_owner_ids({contact.owner for contact in contacts})
        try:
            text = as_sent or _to_json(contacts)
            query = _upsert_query(location, contacts, text, owners, known, moments)
            with self.env.cr.savepoint(flush=False):
                # Odoo would log the statement, and with it personal data.
                self.env.cr.execute(query, log_exceptions=False)
                return dict(self.env.cr.fetchall())
        except _REFUSALS as err:
            reason = getattr(err, "pgcode", None) or type(err).__name__
        if len(contacts) == 1 and as_sent is None:
            _logger.warning(
                "location %s: a record was refused: %s", location.id, reason
            )
            reason = f"PostgreSQL cannot store it ({reason})"
            result.issues.append(
                {
                    "ghl_id": contacts[0].ghl_id,
                    "severity": "rejected",
                    "reason": reason,
                }
            )
            return {}
        if len(contacts) == 1:
            return self._write_rows(location, contacts, None, known, moments, result)
        half = len(contacts) // 2
        written = {}
        for part in (contacts[:half], contacts[half:]):
            written |= self._write_rows(location, part, None, known, moments, result)
        return written

    def _set_tags(self, location, contacts, ids, known) -> None:
        """Make the tags of the written contacts just those of their payloads."""
        written = [contact for contact in contacts if contact.ghl_id in ids]
        tag_ids = location._get_tag_ids({tag for c in written for tag in c.tags})
        pairs = [(ids[c.ghl_id], tag_ids[tag]) for c in written for tag in c.tags]
        contact_ids = _array(contact_id for contact_id, _tag_id in pairs)
        of_tags = _array(tag_id for _contact_id, tag_id in pairs)
        altered = [ids[ghl_id] for ghl_id in ids if ghl_id in known]
        if altered:
            self.env.cr.execute(
                SQL(
                    """
                    DELETE FROM ghl_contact_ghl_tag_rel r
                     WHERE r.ghl_contact_id = ANY(%s)
                       AND NOT EXISTS (
                           SELECT FROM unnest(%s::int[], %s::int[]) AS k(contact, tag)
                            WHERE k.contact = r.ghl_contact_id AND k.tag = r.ghl_tag_id)
                    """,
                    altered,
                    contact_ids,
                    of_tags,
                )
            )
        if pairs:
            # New contacts have no tags yet: not to look for them saves a third.
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO ghl_contact_ghl_tag_rel (ghl_contact_id, ghl_tag_id)
                    SELECT * FROM unnest(%s::int[], %s::int[]) %s
                    """,
                    contact_ids,
                    of_tags,
                    SQL("ON CONFLICT DO NOTHING" if altered else ""),
                )
            )

    @api.model
    def _bury(self, location, contact_ids: list[int]) -> int:
        """Turn contacts into tombstones; return how many were live until now."""
        if not contact_ids:
            return 0
        self.env.cr.execute(
            SQL(
                """
                UPDATE ghl_contact
                   SET active = FALSE, deleted_at = %(now)s, observed_at = %(now)s
                 WHERE location_id = %(location)s AND id = ANY(%(ids)s) AND active
                """,
                now=_utc(None),
                location=location.id,
                ids=contact_ids,
            )
        )
        buried = self.env.cr.rowcount
        self.invalidate_model()
        return buried


class _Known:
    """What the mirror holds of a contact."""

    __slots__ = ("active", "digest", "id", "observed_at", "updated_ms")

    def __init__(self, contact_id, digest, active, updated_ms, observed_at):
        self.id = contact_id
        self.digest = digest
        self.active = active
        self.updated_ms = updated_ms
        self.observed_at = observed_at

    def accepts(self, contact: Prepared, moment: datetime) -> bool:
        """Whether a state observed at `moment` is news and not older than ours."""
        if self.active and self.digest == contact.digest:
            return False
        if self.observed_at and moment < self.observed_at:
            return False
        if not self.active:
            return True
        if not _is_older(contact.updated_ms, self.updated_ms, moment):
            return True
        # The vendor's index lags by seconds. A state that is still older after minutes
        # is no lag: somebody put the contact back.
        return not self.observed_at or moment - self.observed_at > LAG


def _is_older(theirs: float | None, ours: float | None, moment: datetime) -> bool:
    """Whether the dates of two edits (epoch ms), seen at `moment`, tell an order."""
    if theirs is None or ours is None or theirs >= ours:
        return False
    return ours < moment.replace(tzinfo=UTC).timestamp() * 1_000 + AHEAD_MS


# === THE STATEMENT === #


def _text_sql(keys: tuple[str, ...]) -> str:
    picks = [f"c->>'{key}'" for key in keys]
    return picks[0] if len(picks) == 1 else f"COALESCE({', '.join(picks)})"


_NAME_SQL = (
    f"COALESCE({', '.join(_text_sql((key,)) for key in mapping.TEXTS['name'])}, "
    "NULLIF(concat_ws(' ', NULLIF(c->>'firstName', ''), "
    "NULLIF(c->>'lastName', '')), ''))"
)
# Column → expression over `c`, one contact as the vendor sent it. Keys and columns are
# constants of `tools.payload`, which has seen to it that every value fits its column.
_EXPRESSIONS: dict[str, str] = {
    **{column: _text_sql(keys) for column, keys in mapping.TEXTS.items()},
    "name": _NAME_SQL,
    **{column: f"(c->>'{key}')::bool" for column, key in mapping.BOOLEANS.items()},
    **{
        column: f"NULLIF(c->'{key}', 'null'::jsonb)"
        for column, key in mapping.JSONS.items()
    },
}
_SHOWN_MS = f"BETWEEN {mapping.MIN_STORED_MS} AND {mapping.MAX_STORED_MS}"
# Columns that are computed before: one array each, in the order of the contacts.
_ARRAYS: dict[str, str] = {
    "ghl_id": "varchar",
    "content_hash": "varchar",
    "date_added_ms": "float8",
    "date_updated_ms": "float8",
    "date_of_birth": "date",
    "owner_id": "int4",
    "observed_at": "timestamp",
}
_MOMENTS_SQL = {
    column: (
        f"CASE WHEN r.{column}_ms {_SHOWN_MS} THEN "
        f"TIMESTAMP 'epoch' + r.{column}_ms * INTERVAL '1 millisecond' END"
    )
    for column in mapping.MOMENTS
}
_SOURCES: dict[str, str] = {
    **{column: f"r.{column}" for column in _ARRAYS},
    **_MOMENTS_SQL,
    **_EXPRESSIONS,
    "extra": (
        "CASE WHEN r.extras IS NULL THEN c - k.mapped "
        "ELSE (c - k.mapped) || r.extras END"
    ),
}
_MAPPED = frozenset(mapping.MAPPED_KEYS)
_UPDATED = [column for column in _SOURCES if column != "ghl_id"]
_INSERT = f"""
    INSERT INTO ghl_contact (location_id, active, {", ".join(_SOURCES)})
    SELECT %(location)s, TRUE, {", ".join(_SOURCES.values())}
      FROM ROWS FROM (
               jsonb_path_query(%(json)s::jsonb, '$[*].contacts[*]'),
               {", ".join(f"unnest(%({c})s::{t}[])" for c, t in _ARRAYS.items())},
               unnest(%(extras)s::jsonb[])
           ) AS r(c, {", ".join(_ARRAYS)}, extras),
           (SELECT %(mapped)s::text[] AS mapped) AS k
    %(conflict)s
    RETURNING ghl_id, id
"""
# Only for pages of which something is known: to be ready for a conflict costs a look
# and a line of WAL for every row.
_ON_CONFLICT = f"""
    ON CONFLICT (location_id, ghl_id) DO UPDATE
       SET (active, deleted_at, {", ".join(_UPDATED)})
         = (TRUE, NULL, {", ".join(f"EXCLUDED.{c}" for c in _UPDATED)})
"""


def _upsert_query(location, contacts, text, owners, known, moments) -> SQL:
    """Return the upsert of `contacts`; `text` is a list of answers that hold them."""
    altered = any(contact.ghl_id in known for contact in contacts)
    return SQL(
        _INSERT,  # pylint: disable=sql-injection
        conflict=SQL(_ON_CONFLICT if altered else ""),  # pylint: disable=sql-injection
        location=location.id,
        json=_Verbatim(text),
        ghl_id=_array(c.ghl_id for c in contacts),
        content_hash=_array(c.digest for c in contacts),
        date_added_ms=_array(c.added_ms for c in contacts),
        date_updated_ms=_array(c.updated_ms for c in contacts),
        date_of_birth=_array(c.born for c in contacts),
        owner_id=_array(owners.get(c.owner) for c in contacts),
        observed_at=_array(str(moments[c.ghl_id]) for c in contacts),
        extras=_array(
            json.dumps(scrub(c.extras)) if c.extras else None for c in contacts
        ),
        # Each key in the list costs a comparison with each key of each contact.
        mapped=sorted(_MAPPED & set().union(*(c.payload for c in contacts))),
    )


class _Verbatim:
    """A long text as a dollar-quoted constant: nothing in it needs to be escaped."""

    def __init__(self, text: str):
        self._text = text

    def __conform__(self, _protocol):
        return self

    def getquoted(self) -> bytes:
        """Return the constant, between marks that the text does not hold."""
        mark = "$j$"
        while mark in self._text:
            mark = f"$j{secrets.token_hex(8)}$"
        return f"{mark}{self._text}{mark}".encode()


def _array(values) -> str:
    """Return PostgreSQL's text of an array.

    As one constant it costs PostgreSQL nothing; ARRAY[…] is an expression with a node
    for each element, which takes longer to plan than the page does to look up.
    """
    texts = ("NULL" if value is None else _element(value) for value in values)
    return "{" + ",".join(texts) + "}"


def _element(value) -> str:
    if type(value) is str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _join(pages: list[tuple[Batch, float | None]]) -> str | None:
    """Return the vendor's answers as one JSON list, if they may be used as they are."""
    texts = [batch.as_sent for batch, _moment in pages if batch.contacts]
    return f"[{','.join(texts)}]" if None not in texts else None


def _to_json(contacts: list[Prepared]) -> str:
    payloads = [{"contacts": [contact.payload for contact in contacts]}]
    try:
        return json.dumps(payloads, separators=(",", ":"), allow_nan=False)
    except ValueError:
        # Python reads NaN and Infinity, which are no JSON.
        return json.dumps(scrub(payloads), separators=(",", ":"))


def _utc(epoch: float | None) -> datetime:
    if epoch is None:
        return datetime.now(UTC).replace(tzinfo=None)
    return datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None)
