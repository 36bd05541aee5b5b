"""Filters of contacts, in the two forms that PostgreSQL needs."""

from dataclasses import dataclass
from typing import Any

from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.mapping.grams import grams, grams_sql, has_trigram
from ...tools.mapping.search import fold, like_pattern, search_needles
from ..mirror.late_indexes import sorted_sql
from ..mirror.tag_dates import RELATION
from ..quality.figures import figure_sql, stale_days

_HAS_TAG = """
    EXISTS (SELECT FROM ghl_contact_ghl_tag_rel AS r
             WHERE r.ghl_contact_id = ghl_contact.id AND r.ghl_tag_id = ANY(%s))
"""
# The second condition is for ids that are longer than the index takes.
_HAS_OWNER = f"{sorted_sql('ghl_contact.assigned_to')} = %s AND assigned_to = %s"


@dataclass(frozen=True)
class Filters:
    """The filters of a list: each may be None.

    :param tag: the name of a tag, in any case
    :param owner: GoHighLevel's id of the owner
    :param quality: a figure of the data quality
    """

    search: str | None = None
    tag: str | None = None
    owner: str | None = None
    quality: str | None = None

    def __bool__(self) -> bool:
        return any((self.search, self.tag, self.owner, self.quality))

    @property
    def is_short(self) -> bool:
        """Whether a text is searched for that no index of trigrams finds.

        The index that does is slow to look at for what nearly everybody has.
        """
        return bool(self.search) and not has_trigram(fold(self.search or ""))

    def tagged_query(self, location: Any) -> Any:
        """Return the query for a tag and nothing else, along its relation.

        :return: None for other filters, or when several tags are meant
        """
        if self.search or self.owner or self.quality or not self.tag:
            return None
        tags = _find_tags(location, self.tag)
        if len(tags) != 1:
            return None
        query = Filters().query(location)
        joined = SQL("tagged.ghl_contact_id = ghl_contact.id")
        query.add_join("JOIN", "tagged", RELATION, joined)
        query.add_where(SQL("tagged.ghl_tag_id = %s", tags[0]))
        return query

    def query(self, location: Any, indexed: bool = False) -> Any:
        """Return Odoo's query for what the user may see of a location."""
        domain = Domain("location_id", "=", location.id)
        query = location.env["ghl.contact"]._search(domain)
        if self:
            query.add_where(self.condition(location, indexed))
        return query

    def condition(self, location: Any, indexed: bool = False) -> SQL:
        """Return the condition for contacts that the filters let pass.

        :param indexed: whether contacts are to be found by an index of their texts;
            else they are looked at one by one, for which other conditions are cheaper
        """
        parts = []
        if self.search:
            parts.append(search_sql(self.search, location.country, indexed))
        if self.tag:
            parts.append(SQL(_HAS_TAG, _find_tags(location, self.tag)))
        if self.owner:
            parts.append(SQL(_HAS_OWNER, self.owner, self.owner))
        if self.quality:
            days = stale_days(location.env)
            parts.append(figure_sql([location.id], days, self.quality, "ghl_contact"))
        return SQL(" AND ").join(parts)


def search_sql(
    search: str, country: str | None, indexed: bool, alias: str = "ghl_contact"
) -> SQL:
    """Return the condition for contacts that a text is found in.

    :param country: of the location: its numbers may be typed without their code
    :param indexed: whether they are to be found by an index
    """
    needles = search_needles(search, country)
    column = f'"{alias}".search_text'
    parts = [_needle_sql(needle, column, indexed) for needle in needles]
    return SQL("(%s)", SQL(" OR ").join(parts)) if parts else SQL("FALSE")


def _needle_sql(needle: str, column: str, indexed: bool) -> SQL:
    like = SQL(f"{column} LIKE %s", like_pattern(needle))
    if not indexed or has_trigram(needle):
        return like
    # One or two letters need no more than that.
    parts = SQL(f"({grams_sql(column)}) @> %s::text[]", grams(needle))
    return parts if len(needle) <= 2 else SQL("(%s AND %s)", parts, like)


def _find_tags(location: Any, name: str) -> list[int]:
    """Return the ids of the tags of that name, whatever their case and blanks."""
    tags = location.env["ghl.tag"].with_context(active_test=False)
    own = tags.search_fetch([("location_id", "=", location.id)], ["name"])
    wanted = fold(name).strip()
    return [tag.id for tag in own if fold(tag.name).strip() == wanted]
