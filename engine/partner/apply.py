"""Create and fill Odoo contacts: batches through the ORM, one bad record at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg2

from odoo.tools import SQL

from ...tools.log_line import log_line
from ...tools.partner.policy import (
    FIRST,
    LEADS,
    MISSING,
    NEVER,
    Decision,
    Reason,
    decide,
)
from ...tools.redact import redact
from ..transaction import lock_rows
from .contact_rows import ContactRow
from .parents import fields_of_company, fields_of_parent, plan_parent, values_before
from .values import Row, ValueReader, current_value, plain_value

_logger = logging.getLogger(__name__)

TAGS = "category_id"
MAX_ERROR = 300


@dataclass(slots=True)
class Change:
    """Values to write to one Odoo contact, and to remember in its link.

    `before` are the values that **Undo** gives back.
    `along` is written with the values, and is none of the contact's.
    `carried` is what Odoo may change by itself when they are written, as it was.
    `touched` tells that somebody else has written since we did: **Undo** leaves it.
    """

    link: Any
    contact: ContactRow
    values: dict[str, Any] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    along: dict[str, Any] = field(default_factory=dict)
    carried: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    touched: bool = False
    # The Odoo contact, and when it was changed last before these values are written.
    partner_id: int = 0
    partner_date: Any = None

    @property
    def told(self) -> set[str]:
        """Fields that were written, and that are remembered as Odoo has stored them."""
        return (self.values.keys() & self.written.keys()) - {TAGS}


def plan_new(
    reader: ValueReader, rows: Sequence[Row], link: Any, contact: ContactRow
) -> Change:
    """Return what a new Odoo contact of a contact is made of."""
    wanted = reader.read_contact(contact)
    change = Change(link, contact, skipped=dict(wanted.refused))
    for row in rows:
        name, value = row.field, wanted.values.get(row.field)
        if value and row.policy != NEVER:
            change.values[name] = [(6, 0, value)] if name == TAGS else value
            change.written[name] = value
    if change.values.get("parent_id"):
        _leave_to_company(change, fields_of_parent(reader.env["res.partner"]))
    # Odoo wants a name, whatever the mapping says.
    change.values.setdefault("name", reader.name_of(contact))
    return change


def _leave_to_company(change: Change, names: frozenset[str]) -> None:
    """Have a person with a parent take what is the company's, as Odoo does."""
    memories = [(change.written, "written"), (change.before, "before")]
    for name in names & change.values.keys():
        del change.values[name]
        for memory, column in memories:
            old = (change.link and change.link[column]) or {}
            if name in old:
                memory[name] = old[name]
            else:
                memory.pop(name, None)


def plan_update(
    reader: ValueReader,
    rows: Sequence[Row],
    link: Any,
    contact: ContactRow,
    linked_now: bool,
) -> Change:
    """Return what is to be written to the Odoo contact of a link."""
    partner, wanted = link.partner_id, reader.read_contact(contact)
    before = link.written or {}
    change = Change(link, contact, written=dict(before), skipped=dict(wanted.refused))
    change.before = dict(link.before or {})
    change.partner_id, change.partner_date = partner.id, partner.write_date
    change.touched = partner.write_date != link.partner_write_date
    # Odoo would put those back, or change the company by them.
    companys = fields_of_company(partner)
    for row in rows:
        name = row.field
        if name not in wanted.values or name in companys:
            continue
        if name == "parent_id" and partner.is_company:
            # It is a company, maybe that very one.
            continue
        if name == "name" and not wanted.values[name]:
            # Odoo contacts have a name.
            continue
        new, written = wanted.values[name], before.get(name, MISSING)
        if name == TAGS:
            kept = reader.tags_of_others(link) if written else frozenset()
            _plan_tags(change, partner, new, written, row.policy, linked_now, kept)
            continue
        current = current_value(partner, name)
        decision = decide(row.policy, new, current, written, linked_now=linked_now)
        if name == "parent_id":
            decision = _decide_parent(change, partner, row.policy, decision)
        if decision.write:
            change.before.setdefault(name, current)
            change.values[name] = decision.value
            change.written[name] = decision.value
        elif decision.reason is not None:
            change.skipped[name] = decision.reason.value
    if change.values.get("parent_id"):
        _leave_to_company(change, fields_of_parent(partner))
    return change


def _decide_parent(
    change: Change, partner: Any, policy: str, decision: Decision
) -> Decision:
    """Leave a parent that would cost somebody a value; note what else it changes."""
    if not decision.write or not decision.value:
        return decision
    parent = partner.browse(decision.value)
    along = plan_parent(partner, parent, policy, change.link.written or {})
    if along is None:
        return Decision(False, reason=Reason.HAS_VALUE)
    change.along, change.carried = along, values_before(partner)
    return decision


def _plan_tags(
    change: Change,
    partner: Any,
    new: list[int],
    written: Any,
    policy: str,
    linked_now: bool,
    kept: frozenset[int],
) -> None:
    """Add the contact's tags, and take away those that we added and that are gone.

    `kept` are tags that another contact of the same partner still has.

    What people added stays, and what they took away of ours does not come back, unless
    GoHighLevel leads.
    """
    if policy == NEVER or (policy == FIRST and not linked_now):
        return
    has = set(partner.category_id.ids)
    ours = set(written if isinstance(written, list) else ())
    wanted = set(new)
    add = wanted - has
    if policy != LEADS:
        add -= ours
    remove = ((ours - wanted) & has) - kept
    if add or remove:
        change.values[TAGS] = [
            *((4, number) for number in sorted(add)),
            *((3, number) for number in sorted(remove)),
        ]
    change.written[TAGS] = sorted((ours | add) & wanted)


def create_partners(env: Any, company_id: int, changes: Sequence[Change]) -> None:
    """Create the Odoo contacts of changes; `error` of one says why Odoo refused it."""

    def create(some: Sequence[Change]) -> None:
        values = [{"company_id": company_id, **change.values} for change in some]
        partners = env["res.partner"].create(values)
        for change, partner_id in zip(some, partners.ids, strict=True):
            change.partner_id = partner_id

    _one_by_one_on_error(env, changes, create)


def write_partners(env: Any, changes: Sequence[Change]) -> None:
    """Write what has changed; `error` of a change says why Odoo refused it."""

    def write(some: Sequence[Change]) -> None:
        for change in some:
            if change.values:
                partner = change.link.partner_id.with_env(env)
                partner.write({**change.along, **change.values})

    wanted = [change for change in changes if change.values]
    # In the order of everybody else: Undo, and who deletes an Odoo contact.
    lock_rows(env["res.partner"].browse(change.partner_id for change in wanted))
    lock_rows(env["ghl.partner.link"].browse(change.link.id for change in changes))
    _one_by_one_on_error(env, wanted, write)


def stored_rows(env: Any, changes: Iterable[Change]) -> dict[int, dict[str, Any]]:
    """Return what Odoo has stored of changes, and when, by the Odoo contact's id.

    By one statement where fields are columns: the ORM would take several times as long
    to hand out values one by one.

    :param env: privileged, with everything written to the database
    """
    done = [change for change in changes if not change.error]
    if not done:
        return {}
    partners = env["res.partner"].browse(change.partner_id for change in done)
    names = sorted(set().union(*(change.told for change in done)) - {"write_date"})
    kinds = partners._fields
    columns = [name for name in names if _is_column(kinds[name])]
    selected = [SQL.identifier(name) for name in ("id", "write_date", *columns)]
    rows = env.execute_query(
        SQL(
            "SELECT %s FROM res_partner WHERE id = ANY(%s)",
            SQL(", ").join(selected),
            partners.ids,
        )
    )
    stored = {
        partner_id: {
            "write_date": write_date,
            **{
                name: plain_value(kinds[name].type, value)
                for name, value in zip(columns, values, strict=True)
            },
        }
        for partner_id, write_date, *values in rows
    }
    for name in set(names) - set(columns):
        for partner in partners:
            stored[partner.id][name] = current_value(partner, name)
    return stored


def _is_column(field_: Any) -> bool:
    """Tell whether a field's value is what one column of its table holds."""
    return bool(
        field_.store
        and field_.column_type
        and not (field_.company_dependent or field_.translate)
    )


def _one_by_one_on_error(
    env: Any, changes: Sequence[Change], work: Callable[[Sequence[Change]], None]
) -> None:
    """Do `work` for changes, all in one savepoint; halve them until the bad are found.

    :raise psycopg2.OperationalError: the database is at fault, no record
    """
    if not changes:
        return
    try:
        with env.cr.savepoint():
            work(changes)
            env.flush_all()
        return
    except psycopg2.OperationalError:
        raise
    # Whatever another module's code raises for a record is that record's trouble.
    except Exception as err:  # noqa: BLE001
        env.invalidate_all(flush=False)
        if len(changes) == 1:
            changes[0].error = words_of(err)
            _logger.info(
                log_line(
                    "partner_change_refused",
                    contact=changes[0].contact.id,
                    error=type(err).__name__,
                )
            )
            return
    half = len(changes) // 2
    _one_by_one_on_error(env, changes[:half], work)
    _one_by_one_on_error(env, changes[half:], work)


def words_of(err: Exception) -> str:
    """Return what an error says, without what is nobody's business."""
    text = str(err.args[0]) if err.args else type(err).__name__
    return redact(text[: 4 * MAX_ERROR])[:MAX_ERROR]
