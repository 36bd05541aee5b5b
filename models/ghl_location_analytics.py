"""The figures behind the charts, each by one set-based query over the mirror."""

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

TOP = 20
RUNS = 20
# Ten years of months are a chart; a contact dated in the year 1 would make 24,000.
MAX_MONTHS = 120


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    def _api_analytics(self) -> dict:
        """Return what the page charts, as the user may see it.

        `others` tells, for each ranking, how many values and contacts lie beyond its
        top 20. In `quality`, `without_date` counts the contacts that `growth` leaves out.
        """
        self.ensure_one()
        growth, dated = self._api_growth()
        sources, more_sources = self._api_ranking("source")
        types, more_types = self._api_ranking("type")
        owners, more_owners = self._api_ranking("assigned_to")
        tags, more_tags = self._api_tags()
        quality = self._api_quality()
        quality["without_date"] = quality["total"] - dated
        return {
            "location_id": self.ghl_id,
            "growth": growth,
            "sources": sources,
            "tags": tags,
            "owners": self._api_name_owners(owners),
            "types": types,
            "others": {
                "sources": more_sources,
                "tags": more_tags,
                "owners": more_owners,
                "types": more_types,
            },
            "quality": quality,
            "runs": [run._to_api() for run in self._api_history()],
        }

    def _api_history(self):
        return self.env["ghl.sync.run"].search(
            [("location_id", "=", self.id)], limit=RUNS
        )

    def _api_visible(self):
        """Return the query of the contacts that the user may see."""
        return self.env["ghl.contact"]._search(Domain("location_id", "=", self.id))

    def _api_select(self, *columns: SQL, tail: SQL | None = None) -> list[tuple]:
        """Return the rows of a SELECT over the visible contacts."""
        query = self._api_visible()
        return self.env.execute_query(
            SQL(
                "SELECT %s FROM %s WHERE %s %s",
                SQL(", ").join(columns),
                query.from_clause,
                query.where_clause or SQL("TRUE"),
                tail or SQL(),
            )
        )

    def _api_growth(self) -> tuple[list[dict], int]:
        """Return the months from the first to the last, and the contacts in them.

        Months before the chart's range are part of its first total, months to come
        (typing errors upstream) are left out.
        """
        month = SQL("date_trunc('month', ghl_contact.date_added)")
        rows = self._api_select(
            SQL("%s", month), SQL("count(*)"), tail=SQL("GROUP BY 1")
        )
        now = fields.Datetime.now()
        current = now.year * 12 + now.month - 1
        added: dict[int, int] = {}
        for moment, count in rows:
            if moment and (index := moment.year * 12 + moment.month - 1) <= current:
                added[index] = count
        if not added:
            return [], 0
        last = max(added)
        first = max(min(added), last - MAX_MONTHS + 1)
        total = sum(count for index, count in added.items() if index < first)
        growth = []
        for index in range(first, last + 1):
            total += added.get(index, 0)
            year, month_index = divmod(index, 12)
            growth.append(
                {
                    "month": f"{year:04d}-{month_index + 1:02d}",
                    "added": added.get(index, 0),
                    "total": total,
                }
            )
        return growth, total

    def _api_ranking(self, column: str) -> tuple[list[dict], dict]:
        """Return the commonest values of a column, and what lies beyond them.

        Contacts without a value are one entry, with the name None.
        """
        value = SQL("NULLIF(%s, '')", SQL.identifier("ghl_contact", column))
        rows = self._api_select(
            SQL("%s", value),
            SQL("count(*) AS contacts"),
            SQL("sum(count(*)) OVER ()"),
            SQL("count(*) OVER ()"),
            tail=SQL("GROUP BY 1 ORDER BY contacts DESC, 1 LIMIT %s", TOP),
        )
        return self._api_top(rows)

    def _api_tags(self) -> tuple[list[dict], dict]:
        """Return the commonest tags; a contact counts for each tag that it bears."""
        query = self._api_visible()
        field = self.env["ghl.contact"]._fields["tag_ids"]
        rows = self.env.execute_query(
            SQL(
                """
                WITH counted AS (
                    SELECT rel.%(tag)s AS id, count(*) AS contacts
                      FROM %(contacts)s
                      JOIN %(relation)s rel ON rel.%(contact)s = ghl_contact.id
                     WHERE %(where)s
                     GROUP BY 1
                )
                SELECT tag.name, counted.contacts, sum(counted.contacts) OVER (),
                       count(*) OVER ()
                  FROM counted JOIN ghl_tag tag ON tag.id = counted.id
                 ORDER BY counted.contacts DESC, tag.name LIMIT %(top)s
                """,
                tag=SQL.identifier(field.column2),
                contact=SQL.identifier(field.column1),
                relation=SQL.identifier(field.relation),
                contacts=query.from_clause,
                where=query.where_clause or SQL("TRUE"),
                top=TOP,
            )
        )
        return self._api_top(rows)

    def _api_top(self, rows: list[tuple]) -> tuple[list[dict], dict]:
        top = [{"name": name, "count": count} for name, count, *_rest in rows]
        contacts = int(rows[0][2]) - sum(entry["count"] for entry in top) if rows else 0
        values = rows[0][3] - len(rows) if rows else 0
        return top, {"values": values, "count": contacts}

    def _api_name_owners(self, ranking: list[dict]) -> list[dict]:
        users = self.env["ghl.user"].with_context(active_test=False)
        ids = [entry["name"] for entry in ranking if entry["name"]]
        found = users.search_fetch(
            [("location_id", "=", self.id), ("ghl_id", "in", ids)], ["ghl_id", "name"]
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

    def _api_quality(self) -> dict:
        """Return how usable the contacts are: reachable, named, unique."""
        email = SQL("NULLIF(ghl_contact.email, '')")
        phone = SQL("NULLIF(ghl_contact.phone, '')")
        [counts] = self._api_select(
            SQL("count(*)"),
            SQL("count(%s)", email),
            SQL("count(%s)", phone),
            SQL("count(NULLIF(ghl_contact.name, ''))"),
            SQL("count(*) FILTER (WHERE %s IS NULL AND %s IS NULL)", email, phone),
            SQL("count(*) FILTER (WHERE ghl_contact.dnd)"),
        )
        keys = ("total", "with_email", "with_phone", "with_name", "unreachable", "dnd")
        quality = dict(zip(keys, counts, strict=True))
        quality["duplicates_email"] = self._api_duplicates()
        return quality

    def _api_duplicates(self) -> int:
        """Return how many contacts share their address with another one."""
        query = self._api_visible()
        [(count,)] = self.env.execute_query(
            SQL(
                """
                SELECT coalesce(sum(n), 0)::bigint FROM (
                    SELECT count(*) AS n FROM %s
                     WHERE %s AND ghl_contact.email <> ''
                     GROUP BY lower(ghl_contact.email) HAVING count(*) > 1
                ) AS shared
                """,
                query.from_clause,
                query.where_clause or SQL("TRUE"),
            )
        )
        return count
