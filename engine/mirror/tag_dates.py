"""The date on which a contact was added stands beside each of its tags, too.

So the contacts of a tag have an order with an index. Those of an old import are all
old, and whoever walks along all contacts from the newest on would meet them last.
"""

from typing import Any

RELATION = "ghl_contact_ghl_tag_rel"


def set_up(cr: Any) -> None:
    """Add the date to the relation of tags (at install and upgrade), and fill it in.

    Nothing is altered when it is there: that would lock the table.
    """
    cr.execute(
        "SELECT FROM information_schema.columns"
        " WHERE table_schema = current_schema AND table_name = %s"
        "   AND column_name = 'added_ms'",
        [RELATION],
    )
    if cr.rowcount:
        return
    cr.execute(
        """
        ALTER TABLE ghl_contact_ghl_tag_rel ADD COLUMN added_ms float8;
        UPDATE ghl_contact_ghl_tag_rel r SET added_ms = c.date_added_ms
          FROM ghl_contact c
         WHERE c.id = r.ghl_contact_id AND c.date_added_ms IS NOT NULL
        """
    )
