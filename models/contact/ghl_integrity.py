"""Referential integrity by sets of rows instead of row by row.

A foreign key costs PostgreSQL a look, and a lock, for every row that refers to
something. A page of contacts refers to one location, a dozen owners and some dozen
tags, over and over: those looks were a third of a first fill. So the references of a
contact have no foreign keys. What those did is done here by sets:

* who writes contacts locks what they refer to, once for all of them
  (`engine/mirror/ensure_references.py`);
* who deletes something takes what refers to it along, in whatever way it is deleted: by
  the triggers below, one statement for all that a statement deleted.
"""

from odoo import fields
from odoo.tools import SQL

FUNCTION = "ghl_contact_sync_deleted"

# Runs after a statement that deleted rows, which are `gone`. Arguments: the table and
# the column that refer to them; 'delete' or 'clear'. The ids are a constant of the
# statement that it executes: for a join PostgreSQL would believe its statistics, which
# may say that the table is empty, and compare each row with each.
_FUNCTION_SQL = f"""
    CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        ids int[] := ARRAY(SELECT id FROM gone);
    BEGIN
        IF TG_ARGV[2] = 'clear' THEN
            EXECUTE format('UPDATE %1$I SET %2$I = NULL WHERE %2$I = ANY($1)',
                           TG_ARGV[0], TG_ARGV[1]) USING ids;
        ELSE
            EXECUTE format('DELETE FROM %1$I WHERE %2$I = ANY($1)',
                           TG_ARGV[0], TG_ARGV[1]) USING ids;
        END IF;
        RETURN NULL;
    END $$
"""
_TRIGGER_SQL = f"""
    DROP TRIGGER IF EXISTS %(name)s ON %(deleted)s;
    CREATE TRIGGER %(name)s AFTER DELETE ON %(deleted)s
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
    EXECUTE FUNCTION {FUNCTION}(%(table)s, %(column)s, %(what)s)
"""


class Many2oneBySets(fields.Many2one):
    """A Many2one whose references are kept whole by sets of rows."""

    def update_db_foreign_key(self, model, column) -> None:
        """Make a trigger instead of the foreign key; `ondelete` says what it does."""
        what = "delete" if self.ondelete == "cascade" else "clear"
        _follow(model, self.comodel_name, model._table, self.name, what)


class Many2manyBySets(fields.Many2many):
    """A Many2many whose relation table is kept whole by sets of rows."""

    def update_db_foreign_keys(self, model) -> None:
        """Make two triggers instead of the two foreign keys."""
        _follow(model, model._name, self.relation, self.column1, "delete")
        _follow(model, self.comodel_name, self.relation, self.column2, "delete")


def _follow(model, deleted: str, table: str, column: str, what: str) -> None:
    """Have the rows of `table` follow those of the model `deleted`.

    Nothing is altered when all is as it should be: that would lock tables, and an
    upgrade beside a sync would end in a deadlock.
    """
    cr = model.env.cr
    # An older version of the addon may have left the foreign key.
    key = f"{table}_{column}_fkey"
    if _exists(cr, "pg_constraint", "conname", "conrelid", key, table):
        cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
                SQL.identifier(table),
                SQL.identifier(key),
            )
        )
    followed = model.env[deleted]._table
    name = f"{table}_{column}_follow"
    wanted = "".join(f"{argument}\0" for argument in (table, column, what)).encode()
    has_function = _has_function(cr)
    if not has_function:
        cr.execute(_FUNCTION_SQL)
    elif _exists(cr, "pg_trigger", "tgname", "tgrelid", name, followed, wanted):
        return
    cr.execute(
        SQL(
            _TRIGGER_SQL,  # pylint: disable=sql-injection
            name=SQL.identifier(name),
            deleted=SQL.identifier(followed),
            table=table,
            column=column,
            what=what,
        )
    )


def _has_function(cr) -> bool:
    """Tell whether the triggers' function exists, just as it is written here."""
    cr.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [FUNCTION])
    found = [source.split() for (source,) in cr.fetchall()]
    return _FUNCTION_SQL.split("$$")[1].split() in found


def _exists(
    cr, catalog, name_column, table_column, name, table, arguments=None
) -> bool:
    query = SQL(
        "SELECT FROM %s WHERE %s = %s AND %s = to_regclass(%s)",
        SQL.identifier(catalog),
        SQL.identifier(name_column),
        name,
        SQL.identifier(table_column),
        table,
    )
    if arguments is not None:
        query = SQL("%s AND tgargs = %s", query, arguments)
    cr.execute(query)
    return bool(cr.rowcount)


def drop_function(cr) -> None:
    """Remove the function and its triggers (at uninstall)."""
    cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(FUNCTION)))
