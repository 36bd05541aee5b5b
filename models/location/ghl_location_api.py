"""What the JSON API tells of a location: its figures, its sync, pages of its mirror."""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ... import const
from ...engine.status import show
from ...tools.mapping.search import fold, search_patterns
from ...tools.openapi.calls import SORT_KEYS
from ..contact.ghl_contact_api import CONTACT_COLUMNS

# Name in the API → column. By milliseconds, as they order years that no Datetime holds.
_SORT_COLUMNS = {key: key for key in SORT_KEYS} | {
    "date_added": "date_added_ms",
    "date_updated": "date_updated_ms",
}


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    @api.model
    def _find_for_api(self, ghl_id: str):
        """Return the location that the user may read under this GHL id, or none.

        One of another company is not found, just as one that does not exist.
        """
        return self.search([("ghl_id", "=", ghl_id)], limit=1)

    # === FIGURES === #

    def _api_locations(self) -> list[dict]:
        """Return the entries of the list of locations, without a query for each."""
        runs = self._api_runs()
        states = show.to_api(self)
        return [
            {
                "location_id": location.ghl_id,
                "name": location.name,
                "contact_count": location.contact_count,
                "ghl_total": location._api_total(),
                "coverage": location._api_coverage(),
                "last_sync": _iso(location.last_sync_at),
                "proven_complete_at": _iso(location.proven_complete_at),
                "sync": runs[location.id]._to_api() if location.id in runs else None,
                "status": states[location.id],
            }
            for location in self
        ]

    def _api_status(self) -> dict:
        """Return the figures and the sync of one location."""
        self.ensure_one()
        entry = self._api_locations()[0]
        keys = ("location_id", "contact_count", "ghl_total", "coverage")
        status = {key: entry[key] for key in keys}
        status["proven_complete_at"] = entry["proven_complete_at"]
        status["sync"] = entry["sync"]
        status["status"] = entry["status"]
        return status

    def _api_runs(self) -> dict:
        """Return {location id: its active run, else its last}."""
        Run = self.env["ghl.sync.run"]
        domain = Domain("location_id", "in", self.ids)
        last = Run._read_group(domain, ["location_id"], ["id:max"])
        active = Run.search(domain & Domain("state", "in", list(const.ACTIVE_STATES)))
        ids = {location.id: run_id for location, run_id in last}
        ids.update((run.location_id.id, run.id) for run in active)
        runs = Run.browse(ids.values())  # one prefetch set
        return {run.location_id.id: run for run in runs}

    def _api_total(self) -> int | None:
        return self.ghl_total if self.ghl_total_at else None

    def _api_coverage(self) -> float | None:
        """Return the coverage in per cent; rounding never makes it look complete."""
        return self._coverage_percent()

    # === PAGES OF THE MIRROR === #

    def _api_contacts(
        self,
        page: int,
        limit: int,
        sort: str,
        order: str,
        count_limit: int = 0,
        **filters,
    ) -> dict:
        """Return one page of the mirror, with the figures that belong to it.

        :param sort: one of `SORT_KEYS`
        :param order: asc or desc; contacts without a value come last, those without
            a date are the oldest; equal ones are ordered by id, so that each contact
            is on one page
        :param count_limit: count no further than this what a filter finds; 0: all
        :param filters: search, tag (name) and selected_user (GHL id), each may be None
        """
        self.ensure_one()
        contacts, count, exact = self._api_find(
            self._api_domain(**filters),
            any(filters.values()),
            count_limit,
            (page - 1) * limit,
            limit,
            self._api_order(sort, order),
        )
        # The larger of the two, so that paging reaches whatever either side holds.
        total = count
        if count is None:
            total = max(self._api_total() or 0, self.contact_count)
        return {
            "contacts": contacts._to_api(self),
            "page": page,
            "limit": limit,
            # Beyond what was counted, a full page is likely not the last one.
            "has_more": page * limit < total or (not exact and len(contacts) == limit),
            "total_contacts": total,
            "contact_count": self.contact_count,
            "ghl_total": self._api_total(),
            "coverage": self._api_coverage(),
            "filtered_count": count,
            "filtered_count_exact": exact,
        }

    def _api_find(
        self, domain: Domain, counted: bool, bound: int, offset: int, limit: int, order
    ):
        """Return contacts, how many match (None: not counted), and whether that is all.

        :param bound: count no further than this; 0 counts all
        :param order: column, direction and place of nulls, see `_api_order`
        """
        if not counted:
            return self._api_walk(domain, offset, limit, order), None, True
        if bound:
            query = self.env["ghl.contact"]._search(domain, limit=bound + 1)
            [(count,)] = self.env.execute_query(
                SQL("SELECT count(*) FROM (%s) AS few", query.select(SQL("1")))
            )
            if count > bound:
                return self._api_walk(domain, offset, limit, order), bound, False
        contacts, count = self._api_sort(domain, offset, limit, order)
        return contacts, count, True

    def _api_walk(self, domain: Domain, offset: int, limit: int, order):
        """Return contacts in order, by the index of that order where there is one."""
        Contact = self.env["ghl.contact"]
        column, direction, nulls = order
        order = f"{column} {direction} {nulls}, id {direction}"
        # The ids first: they stand in the index, so that what is passed over is not
        # fetched.
        query = Contact._search(domain, offset=offset, limit=limit, order=order)
        contacts = Contact.browse(query)
        contacts.fetch(CONTACT_COLUMNS)
        return contacts

    def _api_sort(self, domain: Domain, offset: int, limit: int, order):
        """Return contacts in order, and how many there are, by one scan."""
        Contact = self.env["ghl.contact"]
        column, direction, nulls = order
        # Found first and ordered then: PostgreSQL would walk the whole index by date
        # to find the few in the order that is asked for.
        matching = Contact._search(domain).select(
            SQL("ghl_contact.id"), SQL.identifier("ghl_contact", column)
        )
        rows = self.env.execute_query(
            SQL(
                """
                WITH matching(id, key) AS MATERIALIZED (%(matching)s)
                SELECT id, (SELECT count(*) FROM matching) FROM matching
                 ORDER BY key %(direction)s %(nulls)s, id %(direction)s
                 LIMIT %(limit)s OFFSET %(offset)s
                """,
                matching=matching,
                direction=SQL(direction),
                nulls=SQL(nulls),
                limit=limit,
                offset=offset,
            )
        )
        contacts = Contact.browse(row[0] for row in rows)
        contacts.fetch(CONTACT_COLUMNS)
        if rows or not offset:
            return contacts, rows[0][1] if rows else 0
        return contacts, Contact.search_count(domain)

    def _api_order(self, sort: str, order: str) -> tuple[str, str, str]:
        """Return column, direction and place of nulls; the latter two from constants,
        as they go into SQL."""
        direction = {"asc": "ASC", "desc": "DESC"}[order]
        column = _SORT_COLUMNS[sort]
        # The index on (location_id, date_added_ms DESC NULLS LAST, id DESC) read
        # backwards gives the nulls first, so ascending dates ask for them there.
        first = direction == "ASC" and column.endswith("_ms")
        return column, direction, "NULLS FIRST" if first else "NULLS LAST"

    def _api_domain(self, search=None, tag=None, selected_user=None) -> Domain:
        domain = Domain("location_id", "=", self.id)
        if search:
            domain &= self._api_search_domain(search)
        if tag:
            domain &= Domain("tag_ids", "in", self._api_find_tags(tag))
        if selected_user:
            domain &= Domain("assigned_to", "=", selected_user)
        return domain

    def _api_find_tags(self, name: str) -> list[int]:
        """Return the ids of the tags of that name, whatever their case and blanks."""
        tags = self.env["ghl.tag"].with_context(active_test=False)
        own = tags.search_fetch([("location_id", "=", self.id)], ["name"])
        wanted = fold(name).strip()
        return [tag.id for tag in own if fold(tag.name).strip() == wanted]

    def _api_search_domain(self, search: str) -> Domain:
        patterns = search_patterns(search, self.country)
        return Domain.OR(Domain("search_text", "=like", text) for text in patterns)


def _iso(moment) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
