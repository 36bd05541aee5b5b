"""The figures behind the charts, each by one set-based query over the mirror."""

import time
from datetime import tzinfo
from typing import Any

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.web.months import month_of, name_of, start_of
from ...tools.web.result_cache import CostAwareCache
from ...tools.zones import find_zone
from ..listing.use_indexes import by_indexes, sees_all
from .runs import run_entry

TOP = 20
RUNS = 20
# Ten years of months are a chart; a contact dated in the year 1 would make 24,000.
MAX_MONTHS = 120
_kept = CostAwareCache()

# The commonest values with their contacts, and how much lies beyond these.
Ranking = tuple[list[dict[str, Any]], dict[str, int]]


def analytics(location: Any) -> dict[str, Any]:
    """Return what the page charts, as the user may see it.

    `others` tells, for each ranking, how many values and contacts lie beyond its
    top 20; `without_date` in `quality` counts contacts that `growth` leaves out;
    `growth` has the months of the location's own `timezone`.
    Figures that take long to make are kept for a while; `as_of` tells their age.
    """
    location.ensure_one()
    mine = [("location_id", "=", location.id)]
    runs = location.env["ghl.sync.run"].search(mine, limit=RUNS)
    figures = _kept.get(
        # Users who see the same contacts share one result.
        (
            location.env.cr.dbname,
            location.id,
            location.timezone,
            _digest(*_visible(location)),
        ),
        # The end of a sync is when people look.
        (runs[:1].id, runs[:1].state),
        lambda: _figures(location),
    )
    return {
        "location_id": location.ghl_id,
        **figures,
        "owners": _name_owners(location, figures["owners"]),
        "runs": [run_entry(run) for run in runs],
    }


def _figures(location: Any) -> dict[str, Any]:
    # Millions of rows are grouped in memory rather than on disk.
    location.env.cr.execute("SET LOCAL work_mem = '64MB'")
    zone, zone_name = find_zone(location.timezone)
    with by_indexes(location.env.cr):
        growth, dated = _growth(location, zone)
        rankings, quality = _rankings(location)
        quality["duplicates_email"] = _duplicates(location)
        rankings["tags"] = _tags(location)
    quality["without_date"] = quality["total"] - dated
    return {
        "as_of": fields.Datetime.now().isoformat() + "Z",
        "timezone": zone_name,
        "growth": growth,
        "sources": rankings["sources"][0],
        "tags": rankings["tags"][0],
        "owners": rankings["owners"][0],
        "types": rankings["types"][0],
        "others": {kind: beyond for kind, (_top, beyond) in rankings.items()},
        "quality": quality,
    }


def _visible(location: Any) -> tuple[SQL, SQL]:
    """Return FROM and WHERE of the contacts that the user may see."""
    query = location.env["ghl.contact"]._search(Domain("location_id", "=", location.id))
    return query.from_clause, query.where_clause or SQL("TRUE")


def _growth(location: Any, zone: tzinfo) -> tuple[list[dict[str, Any]], int]:
    """Return the months from the first to the last, and the contacts in them.

    Months are those of a time zone. Those before the chart's range are part of its
    first total; months to come (typing errors upstream) are left out.
    """
    source, where = _visible(location)
    added = SQL("ghl_contact.date_added_ms")
    this_month = month_of(time.time() * 1_000, zone)
    end = start_of(this_month + 1, zone)
    [(oldest, newest)] = location.env.execute_query(
        SQL(
            "SELECT min(%(added)s), max(%(added)s) FROM %(source)s "
            "WHERE %(where)s AND %(added)s < %(end)s",
            added=added,
            source=source,
            where=where,
            end=end,
        )
    )
    if oldest is None:
        return [], 0
    last = month_of(newest, zone)
    first = max(month_of(oldest, zone), last - MAX_MONTHS + 1)
    months = range(first, last + 1)
    rows = location.env.execute_query(
        SQL(
            """
            SELECT width_bucket(%(added)s, %(starts)s::float8[]), count(*)
              FROM %(source)s
             WHERE %(where)s AND %(added)s < %(end)s GROUP BY 1
            """,
            added=added,
            starts=[start_of(month, zone) for month in months],
            source=source,
            where=where,
            end=end,
        )
    )
    # Number 0 is what lies before the first month.
    counts = dict(rows)
    total = counts.get(0, 0)
    growth = []
    for number, month in enumerate(months, 1):
        total += counts.get(number, 0)
        growth.append(
            {
                "month": name_of(month),
                "added": counts.get(number, 0),
                "total": total,
            }
        )
    return growth, total


def _rankings(location: Any) -> tuple[dict[str, Ranking], dict[str, int]]:
    """Return {ranking: (top, beyond)} and the quality figures, by one scan.

    Contacts without a value are one entry of a ranking, with the name None.
    """
    source, where = _visible(location)
    rows = location.env.execute_query(
        SQL(
            """
            WITH grouped AS MATERIALIZED (
                SELECT NULLIF(source, '') AS sources,
                       NULLIF(type, '') AS types,
                       NULLIF(assigned_to, '') AS owners,
                       count(*) AS total,
                       count(NULLIF(email, '')) AS emails,
                       count(NULLIF(phone, '')) AS phones,
                       count(NULLIF(name, '')) AS names,
                       count(*) FILTER (WHERE NULLIF(email, '') IS NULL
                                          AND NULLIF(phone, '') IS NULL) AS mute,
                       count(*) FILTER (WHERE dnd) AS dnd
                  FROM (SELECT ghl_contact.* FROM %(source)s WHERE %(where)s) AS c
                 GROUP BY 1, 2, 3
            ), figures AS (
                SELECT coalesce(sum(total), 0) AS total, sum(emails) AS emails,
                       sum(phones) AS phones, sum(names) AS names,
                       sum(mute) AS mute, sum(dnd) AS dnd
                  FROM grouped
            )
            (SELECT 'sources', %(ranking)s GROUP BY sources %(order)s)
            UNION ALL (SELECT 'types', %(types)s GROUP BY types %(order)s)
            UNION ALL (SELECT 'owners', %(owners)s GROUP BY owners %(order)s)
            UNION ALL SELECT 'quality', NULL, 0, 0, 0, ARRAY[
                total, emails, phones, names, mute, dnd
            ]::bigint[] FROM figures
            """,
            source=source,
            where=where,
            ranking=_ranked("sources"),
            types=_ranked("types"),
            owners=_ranked("owners"),
            order=SQL("ORDER BY 3 DESC, 2 LIMIT %s", TOP),
        )
    )
    rankings = {
        kind: _top([row[1:5] for row in rows if row[0] == kind])
        for kind in ("sources", "types", "owners")
    }
    [figures] = [row[5] for row in rows if row[0] == "quality"]
    keys = ("total", "with_email", "with_phone", "with_name", "unreachable", "dnd")
    quality = {key: int(n or 0) for key, n in zip(keys, figures, strict=True)}
    return rankings, quality


def _tags(location: Any) -> Ranking:
    """Return the commonest tags; a contact counts for each tag that it bears.

    All contacts of the location less those that the user may not see (tombstones,
    mostly): the few are joined instead of the many.
    """
    source, where = _visible(location)
    hidden = SQL("(%s) IS NOT TRUE", where)
    if sees_all(location.env):
        # Tombstones alone, which have an index.
        source, hidden = SQL("ghl_contact"), SQL("ghl_contact.active IS NOT TRUE")
    field = location.env["ghl.contact"]._fields["tag_ids"]
    rows = location.env.execute_query(
        SQL(
            """
            WITH everybody AS (
                SELECT rel.%(tag)s AS id, count(*) AS contacts
                  FROM %(relation)s rel JOIN ghl_tag ON ghl_tag.id = rel.%(tag)s
                 WHERE ghl_tag.location_id = %(location)s
                 GROUP BY 1
            ), hidden AS (
                SELECT rel.%(tag)s AS id, count(*) AS contacts
                  FROM %(source)s
                  JOIN %(relation)s rel ON rel.%(contact)s = ghl_contact.id
                 WHERE ghl_contact.location_id = %(location)s
                   AND %(hidden)s
                 GROUP BY 1
            ), counted AS (
                SELECT everybody.id,
                       everybody.contacts - coalesce(hidden.contacts, 0) AS contacts
                  FROM everybody LEFT JOIN hidden USING (id)
            )
            SELECT tag.name, counted.contacts, sum(counted.contacts) OVER (),
                   count(*) OVER ()
              FROM counted JOIN ghl_tag tag USING (id)
             WHERE counted.contacts > 0
             ORDER BY counted.contacts DESC, tag.name LIMIT %(top)s
            """,
            tag=SQL.identifier(field.column2),
            contact=SQL.identifier(field.column1),
            relation=SQL.identifier(field.relation),
            location=location.id,
            source=source,
            hidden=hidden,
            top=TOP,
        )
    )
    return _top(rows)


def _top(rows: list[Any]) -> Ranking:
    top = [{"name": name, "count": count} for name, count, *_rest in rows]
    contacts = int(rows[0][2]) - sum(entry["count"] for entry in top) if rows else 0
    values = rows[0][3] - len(rows) if rows else 0
    return top, {"values": values, "count": contacts}


def _name_owners(location: Any, ranking: list[dict[str, Any]]) -> list[dict[str, Any]]:
    users = location.env["ghl.user"].with_context(active_test=False)
    ids = [entry["name"] for entry in ranking if entry["name"]]
    found = users.search_fetch(
        [("location_id", "=", location.id), ("ghl_id", "in", ids)], ["ghl_id", "name"]
    )
    names = {user.ghl_id: user.name for user in found}
    return [
        {
            "id": entry["name"],
            "name": names.get(entry["name"]),
            "count": entry["count"],
        }
        for entry in ranking
    ]


def _duplicates(location: Any) -> int:
    """Return how many contacts share their address with another one."""
    source, where = _visible(location)
    # Nearly as many groups as contacts: sorting them takes half of the time of a
    # hash table that fits no cache of the processor.
    location.env.cr.execute("SET LOCAL enable_hashagg = off")
    count: int
    [(count,)] = location.env.execute_query(
        SQL(
            """
            SELECT coalesce(sum(n), 0)::bigint FROM (
                SELECT count(*) AS n FROM %s
                 WHERE %s AND ghl_contact.email <> ''
                 GROUP BY hashtextextended(lower(ghl_contact.email), 0)
                HAVING count(*) > 1
            ) AS shared
            """,
            source,
            where,
        )
    )
    location.env.cr.execute("SET LOCAL enable_hashagg = on")
    return count


def _digest(*parts: SQL) -> tuple[tuple[str, str], ...]:
    """Return a hashable form of a query."""
    return tuple((part.code, repr(part.params)) for part in parts)


def _ranked(column: str) -> SQL:
    """Return the columns of a ranking: value, contacts, all contacts, all values."""
    return SQL(
        "%s, sum(total)::bigint, sum(sum(total)) OVER ()::bigint, "
        "count(*) OVER (), NULL::bigint[] FROM grouped",
        SQL.identifier(column),
    )
