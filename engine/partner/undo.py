"""Take back what linking has made and written, where nobody has touched it since."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools.log_line import log_line
from ..privacy.consent import forget_entries
from ..transaction import lock_rows
from .apply import TAGS
from .parents import fields_of_company, split_key, value_at
from .referrers import discussed, referred
from .values import QUIET

_logger = logging.getLogger(__name__)

BATCH = 200
# The memory of a link whose Odoo contact has got back what it had.
UNWRITTEN = {
    "written": False,
    "before": False,
    "skipped": False,
    "applied_hash": False,
    "applied_at": False,
}
_REFUSALS = (AccessError, UserError, ValidationError, psycopg2.IntegrityError)


@dataclass(slots=True)
class Undone:
    """Counts of Odoo contacts: removed, left as somebody uses them, and given back.

    Those given back had been there before, and have the values again that they had.
    """

    removed: int = 0
    kept: int = 0
    given_back: int = 0


def undo(location: Any, size: int = BATCH) -> Undone:
    """Remove the untouched Odoo contacts that were made for a location's contacts.

    In batches of `size`, each in a savepoint; does not commit. The links of what is
    removed go with it, and so do questions that nobody has answered. Contacts that
    were there before get back what they had, where they still have what we wrote.

    :param location: a `ghl.location`, privileged
    """
    result = Undone()
    # The latest values are taken back first. What was made may have been filled by
    # another contact as well, whose link goes here.
    given, links = _linked(location, created=False), _linked(location, created=True)
    made = links.with_context(active_test=False).partner_id
    for start in range(0, len(given), size):
        some = given[start : start + size]
        before = some.filtered(lambda link: link.partner_id not in made)
        result.given_back += _halve_on_error(before, _give_back)
        _halve_on_error(some - before, _give_back)
    for start in range(0, len(links), size):
        some = links[start : start + size]
        free = _untouched(some)
        removed = _halve_on_error(free, _remove)
        result.removed += removed
        result.kept += len(some) - removed
    _drop_open(location)
    _remove_made(location)
    return result


def _linked(location: Any, created: bool) -> Any:
    return location.env["ghl.partner.link"].search(
        [
            ("location_id", "=", location.id),
            ("created_partner", "=", created),
            ("partner_id", "!=", False),
        ],
        order="id desc",
    )


def _drop_open(location: Any) -> None:
    """Forget what waits for the job, or for a decision that nobody has made."""
    env = location.env
    here = ("location_id", "=", location.id)
    env["ghl.partner.todo"].search([here]).unlink()
    env["ghl.partner.link"].search(
        [
            here,
            ("state", "in", ("review", "refused")),
            ("partner_id", "=", False),
            ("decided_by", "=", False),
        ]
    ).unlink()


def _untouched(links: Any) -> Any:
    """Return the links whose partner is as we left it, and that nothing refers to."""
    env = links.env
    partners = links.with_context(active_test=False).partner_id
    same = links.filtered(
        lambda link: link.partner_id.active
        and link.partner_id.write_date == link.partner_write_date
    )
    if not same:
        return same
    used = referred(env, "res_partner", partners.ids)
    used |= discussed(env, partners.ids)
    # Another contact was linked to it by hand or by a rule: it is no longer ours alone.
    groups = env["ghl.partner.link"]._read_group(
        [("partner_id", "in", partners.ids)],
        ["partner_id"],
        having=[("__count", ">", 1)],
    )
    used |= {partner.id for (partner,) in groups}
    return same.filtered(lambda link: link.partner_id.id not in used)


def _remove(links: Any) -> None:
    partners = links.partner_id
    partners.unlink()
    # Their Odoo contacts are gone, so nobody can be written to against their will.
    forget_entries(links.consent_ids)
    links.unlink()


def _give_back(links: Any) -> None:
    """Give Odoo contacts back what they had, and forget links that a rule has made."""
    lock_rows(links.with_context(active_test=False).partner_id)
    for link in links:
        partner = link.with_context(**QUIET, active_test=False).partner_id
        # Some values are those of one company alone.
        partner = partner.with_company(link.company_id)
        values = _values_before(link, partner)
        tags = set((link.written or {}).get(TAGS) or ()) & set(partner.category_id.ids)
        if tags:
            values[None][TAGS] = [(3, number) for number in sorted(tags)]
        if any(values.values()):
            date = partner.write_date
            # The parent goes first: Odoo gives a company's values to its people.
            for company_id, some in values.items():
                partner.with_company(company_id).write(some)
            for other in partner.ghl_link_ids:
                if other.created_partner and other.partner_write_date == date:
                    other.partner_write_date = partner.write_date
    links.env.flush_all()
    forgotten = links.filtered(lambda link: not link.decided_by)
    # Values that were given back are none that were written.
    (links - forgotten).write(UNWRITTEN)
    forget_entries(forgotten.consent_ids)
    forgotten.unlink()


def _values_before(link: Any, partner: Any) -> dict[int | None, dict[str, Any]]:
    """Return what a partner had, where it still has what we wrote, by company.

    The link's own company is none, and stands first.
    """
    written = link.written or {}
    before = {
        key: value
        for key, value in (link.before or {}).items()
        if key in written
        and split_key(key)[0] in partner._fields
        and value_at(partner, key) == written[key]
    }
    kept: frozenset[str] = frozenset()
    if partner.parent_id and "parent_id" not in before:
        # It is the company's by now, and Odoo would change the company by it.
        kept = fields_of_company(partner)
    values: dict[int | None, dict[str, Any]] = {None: {}}
    companies = set(partner.env["res.company"].sudo().search([]).ids)
    for key, value in before.items():
        name, company_id = split_key(key)
        if name not in kept and (company_id is None or company_id in companies):
            values.setdefault(company_id, {})[name] = value
    return values


def _remove_made(location: Any) -> None:
    """Remove companies, tags and so on that were made, if nobody uses them."""
    env = location.env
    made = env["ghl.partner.made"].search([("location_id", "=", location.id)])
    for row in made:
        if row.res_model in env:
            _halve_on_error(row, _remove_unused)
    made.exists().unlink()


def _remove_unused(row: Any) -> None:
    env = row.env
    record = env[row.res_model].browse(row.res_id).exists()
    if not record or record.write_date != row.record_date:
        return
    used = referred(env, record._table, record.ids)
    if record._name == "res.partner":
        used |= discussed(env, record.ids)
    if not used:
        record.unlink()


def _halve_on_error(records: Any, work: Callable[[Any], None]) -> int:
    """Do work for records, all in one savepoint; halve them when Odoo refuses some.

    :return: for how many it was done
    """
    if not records:
        return 0
    count = len(records)
    try:
        with records.env.cr.savepoint():
            work(records)
            records.env.flush_all()
        return count
    except _REFUSALS as err:
        records.env.invalidate_all(flush=False)
        if count == 1:
            _logger.info(
                log_line("partner_kept", record=str(records), error=type(err).__name__)
            )
            return 0
    half = count // 2
    return _halve_on_error(records[:half], work) + _halve_on_error(records[half:], work)
