"""Take back what linking has made, as far as nobody has touched it since."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ...tools.log_line import log_line

_logger = logging.getLogger(__name__)

BATCH = 200
# Models that refer to an Odoo contact because it exists, not because somebody used it.
_OWN = frozenset(
    (
        ("ghl_partner_link", "partner_id"),
        ("ghl_partner_candidate", "partner_id"),
        ("res_partner", "commercial_partner_id"),
        ("res_partner_res_partner_category_rel", "partner_id"),
        ("mail_followers", "partner_id"),
    )
)


@dataclass(slots=True)
class Undone:
    """Counts of Odoo contacts: removed, and left as somebody uses them."""

    removed: int = 0
    kept: int = 0


def undo(location: Any, size: int = BATCH) -> Undone:
    """Remove the untouched Odoo contacts that were made for a location's contacts.

    In batches of `size`, each in a savepoint; does not commit. The links of what is
    removed go with it, and so do questions that nobody has answered.

    :param location: a `ghl.location`, privileged
    """
    links = location.env["ghl.partner.link"].search(
        [
            ("location_id", "=", location.id),
            ("created_partner", "=", True),
            ("partner_id", "!=", False),
        ],
        order="id",
    )
    result = Undone()
    for start in range(0, len(links), size):
        some = links[start : start + size]
        free = _untouched(some)
        result.kept += len(some) - len(free)
        removed = _remove(free)
        result.removed += removed
        result.kept += len(free) - removed
    _drop_open(location)
    return result


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
    used = _referred(env, partners.ids)
    used |= _discussed(env, partners.ids)
    # Another contact was linked to it by hand or by a rule: it is no longer ours alone.
    rows = env.execute_query(
        SQL(
            "SELECT partner_id FROM ghl_partner_link WHERE partner_id = ANY(%s)"
            " GROUP BY partner_id HAVING count(*) > 1",
            partners.ids,
        )
    )
    used |= {row[0] for row in rows}
    return same.filtered(lambda link: link.partner_id.id not in used)


def _referred(env: Any, partner_ids: list[int]) -> set[int]:
    """Return the partners that a row of any table refers to, but for our own."""
    used: set[int] = set()
    for table, column in _foreign_keys(env):
        if (table, column) in _OWN:
            continue
        rows = env.execute_query(
            SQL(
                "SELECT DISTINCT %(column)s FROM %(table)s"
                " WHERE %(column)s = ANY(%(ids)s)",
                column=SQL.identifier(column),
                table=SQL.identifier(table),
                ids=partner_ids,
            )
        )
        used.update(row[0] for row in rows)
    return used


def _foreign_keys(env: Any) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = env.execute_query(
        SQL(
            """
            SELECT c.conrelid::regclass::text, a.attname
              FROM pg_constraint c
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f' AND c.confrelid = 'res_partner'::regclass
            """
        )
    )
    return rows


def _discussed(env: Any, partner_ids: list[int]) -> set[int]:
    """Return the partners with messages or attachments of people."""
    rows = env.execute_query(
        SQL(
            """
            SELECT res_id FROM mail_message
             WHERE model = 'res.partner' AND res_id = ANY(%(ids)s)
               AND message_type NOT IN ('notification', 'user_notification')
            UNION
            SELECT res_id FROM ir_attachment
             WHERE res_model = 'res.partner' AND res_id = ANY(%(ids)s)
               AND res_field IS NULL
            UNION
            SELECT res_id FROM mail_activity
             WHERE res_model = 'res.partner' AND res_id = ANY(%(ids)s)
            """,
            ids=partner_ids,
        )
    )
    return {row[0] for row in rows}


def _remove(links: Any) -> int:
    """Delete the partners of links; halve them when Odoo refuses some."""
    if not links:
        return 0
    count = len(links)
    try:
        with links.env.cr.savepoint():
            partners = links.partner_id
            links.unlink()
            partners.unlink()
            links.env.flush_all()
        return count
    except (AccessError, UserError, ValidationError, psycopg2.IntegrityError) as err:
        links.env.invalidate_all(flush=False)
        if count == 1:
            _logger.info(
                log_line("partner_kept", link=links.id, error=type(err).__name__)
            )
            return 0
    half = count // 2
    return _remove(links[:half]) + _remove(links[half:])
