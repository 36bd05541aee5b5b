"""The small lists of a location (tags, fields, users) and what calls need to know."""

from typing import NamedTuple

from odoo import models
from odoo.exceptions import MissingError
from odoo.tools import SQL

from ...tools.foreign_text import clean
from ...tools.mapping.contact import MAX_TAG, scrub
from ...tools.rate_limit.governor import governor_for

MAX_SHOWN = 500
# Rows are locked in the order of their ids, so that nobody waits for each other.
# Ids come as one text, which is read several times faster than as many rows.
_REFERRED = """
    WITH l AS (SELECT id FROM ghl_location WHERE id = %(location)s FOR KEY SHARE),
         t AS (SELECT name, id FROM ghl_tag
                WHERE location_id = %(location)s AND name = ANY(%(names)s::varchar[])
                ORDER BY id FOR KEY SHARE),
         u AS (SELECT ghl_id, id FROM ghl_user
                WHERE location_id = %(location)s AND ghl_id = ANY(%(users)s::varchar[])
                ORDER BY id FOR KEY SHARE)
    SELECT 'location', NULL, id FROM l
    UNION ALL SELECT 'tag', name, id FROM t
    UNION ALL SELECT 'user', ghl_id, id FROM u
    UNION ALL
    SELECT 'new', string_agg(nextval(s)::text, ','), NULL
      FROM CAST(pg_get_serial_sequence('ghl_contact', 'id') AS regclass) AS s,
           generate_series(1, %(fresh)s)
"""


class Referred(NamedTuple):
    """What contacts refer to: {tag name: id}, {GHL user id: id}; and ids to use."""

    tags: dict[str, int]
    owners: dict[str, int]
    new_ids: list[int]


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    def _get_page_limit(self) -> int:
        """Return how many contacts to ask for at a time."""
        wanted = self.env["ghl.settings"]._int("page_limit")
        return min(wanted, self.connection_id.sudo().page_limit_accepted or wanted)

    def _governor_key(self) -> tuple[str, str, str]:
        """The vendor counts requests by app and location."""
        base_url = self.env["ghl.settings"]._api_base_url()
        return (self.env.cr.dbname, base_url, self.ghl_id)

    def _get_governor(self):
        """Return this process's pace-maker for the location.

        It takes over what others have told since it last sent something: which slots
        they use, the limits, and a pause or spent quota that outlives a restart.
        """
        governor = governor_for(self._governor_key())
        known = self.sudo().rate_snapshot
        if known:
            governor.restore(known)
        return governor

    def _get_rate_snapshot(self, at_work: bool = False) -> dict:
        """Return what the next process has to know.

        :param at_work: this one may send more before it tells again
        """
        return governor_for(self._governor_key()).snapshot(at_work)

    def _lock_referred(self, tags: set, owners: set, fresh: int = 0) -> Referred:
        """Return what contacts refer to, kept from being deleted until the commit.

        What is not known yet is made: tags, and users, whose name follows later.

        :param tags: names
        :param owners: GHL ids of users; those that cannot be keys stay out
        :param int fresh: how many ids for new contacts to return as well
        :raise MissingError: when somebody has deleted the location
        """
        self.ensure_one()
        names = sorted(tags)
        users = sorted(key for key in owners if key and len(key) <= MAX_TAG)
        found = self._query_referred(names, users, fresh)
        missing_tags = [{"name": key} for key in names if key not in found.tags]
        missing_users = [
            {"ghl_id": key, "name": key} for key in users if key not in found.owners
        ]
        if missing_tags or missing_users:
            self.env["ghl.tag"]._merge_reference(self, missing_tags, "name")
            self.env["ghl.user"]._merge_reference(self, missing_users, "ghl_id")
            again = self._query_referred(names, users)
            found = found._replace(tags=again.tags, owners=again.owners)
        return found

    def _query_referred(self, names: list, users: list, fresh: int = 0) -> Referred:
        # All in one: after each statement the storing thread waits for the interpreter.
        self.env.cr.execute(
            SQL(
                _REFERRED,
                location=self.id,
                names=names,
                users=users,
                fresh=fresh,
            ),
            log_exceptions=False,
        )
        found: dict[str, dict] = {"location": {}, "tag": {}, "user": {}, "new": {}}
        for kind, key, number in self.env.cr.fetchall():
            found[kind][key] = number
        if not found["location"]:
            raise MissingError(self.env._("The location does not exist any more."))
        (numbers,) = found["new"] or [None]
        new_ids = [int(text) for text in numbers.split(",")] if numbers else []
        return Referred(found["tag"], found["user"], new_ids)

    def _store_references(self, answers: dict) -> None:
        """Keep the lists that were read.

        :param answers: {"tags" | "fields" | "users": the vendor's list}; those that
            are missing are left as they are
        """
        self.ensure_one()
        if "tags" in answers:
            self._store_list(
                "ghl.tag", "name", answers["tags"], {"ghl_id": ("id",)}, MAX_TAG
            )
        if "fields" in answers:
            names = {"field_key": ("fieldKey",), "data_type": ("dataType",)}
            self._store_list("ghl.custom.field", "ghl_id", answers["fields"], names)
        if "users" in answers:
            names = {"email": ("email",)}
            self._store_list("ghl.user", "ghl_id", answers["users"], names)

    def _store_list(self, model, key, items, names, longest=255) -> None:
        rows: dict[str, dict] = {}
        for item in items:
            if not isinstance(item, dict):
                continue
            row = {key: _text(item, "name" if key == "name" else "id")}
            if key != "name":
                row["name"] = _display_name(item) or row[key]
            row.update({column: _shown(item, *keys) for column, keys in names.items()})
            if row[key] and len(row[key]) <= longest:
                rows[row[key]] = row
        self.env[model]._merge_reference(self, list(rows.values()), key)
        self.env[model]._archive_others(self, list(rows), key)


def _text(item: dict, *keys: str) -> str | None:
    for key in keys:
        value = item.get(key)
        if isinstance(value, str) and value:
            return scrub(value)
        if type(value) is int:
            return str(value)
    return None


def _shown(item: dict, *keys: str) -> str | None:
    """Return a text for people; keys stay as they are, or they would match nothing."""
    text = _text(item, *keys)
    return clean(text, MAX_SHOWN) if text else None


def _display_name(item: dict) -> str | None:
    name = _shown(item, "name")
    if name:
        return name
    parts = (_shown(item, "firstName"), _shown(item, "lastName"))
    return " ".join(part for part in parts if part) or _shown(item, "email")
