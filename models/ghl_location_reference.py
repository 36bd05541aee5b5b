"""The small lists of a location (tags, fields, users) and what calls need to know."""

from odoo import models

from ..tools.payload import MAX_TAG, scrub
from ..tools.rate_governor import governor_for


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

        A process that has sent nothing yet takes over what others have learnt: the
        limits, and a pause or spent quota that outlives a restart.
        """
        governor = governor_for(self._governor_key())
        known = self.sudo().rate_snapshot
        if known and not governor.snapshot().get("sent"):
            governor.restore(known)
        return governor

    def _get_rate_snapshot(self) -> dict:
        return governor_for(self._governor_key()).snapshot()

    def _get_tag_ids(self, names: set[str]) -> dict[str, int]:
        """Return {tag name: id}, making the tags that are new."""
        return self._get_reference_ids("ghl.tag", "name", names)

    def _get_owner_ids(self, ghl_ids: set[str | None]) -> dict[str, int]:
        """Return {GHL user id: id}; of users not known yet the name follows later."""
        return self._get_reference_ids("ghl.user", "ghl_id", ghl_ids - {None, ""})

    def _get_reference_ids(self, model: str, key: str, values: set) -> dict[str, int]:
        self.ensure_one()
        usable = sorted(value for value in values if len(value) <= MAX_TAG)
        if not usable:
            return {}
        Reference = self.env[model]
        found = Reference._find_ids(self, key, usable)
        missing = [value for value in usable if value not in found]
        if missing:
            rows = [
                {key: value, **({} if key == "name" else {"name": value})}
                for value in missing
            ]
            Reference._merge_reference(self, rows, key)
            found.update(Reference._find_ids(self, key, missing))
        return found

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
            row.update({column: _text(item, *keys) for column, keys in names.items()})
            if row[key] and len(row[key]) <= longest:
                rows[row[key]] = row
        self.env[model]._merge_reference(self, list(rows.values()), key)


def _text(item: dict, *keys: str) -> str | None:
    for key in keys:
        value = item.get(key)
        if isinstance(value, str) and value:
            return scrub(value)
        if type(value) is int:
            return str(value)
    return None


def _display_name(item: dict) -> str | None:
    name = _text(item, "name")
    if name:
        return name
    parts = (_text(item, "firstName"), _text(item, "lastName"))
    return " ".join(part for part in parts if part) or _text(item, "email")
