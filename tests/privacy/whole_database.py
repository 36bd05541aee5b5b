"""A search through every column of every table."""

from odoo.tools import SQL

_TABLES = """
    SELECT c.oid::regclass::text
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname = 'public'
     ORDER BY 1
"""


def tables_with(env, texts):
    """Return the names of tables in which a row holds one of some texts, anywhere."""
    env.flush_all()
    patterns = [f"%{text}%" for text in texts]
    env.cr.execute(_TABLES)
    found = []
    for (table,) in env.cr.fetchall():
        # A whole row as text: every column, of whatever type.
        env.cr.execute(
            SQL(
                "SELECT EXISTS (SELECT FROM %s t WHERE t::text ILIKE ANY(%s))",
                SQL(table),  # pylint: disable=sql-injection
                patterns,
            )
        )
        if env.cr.fetchone()[0]:
            found.append(table)
    return found
