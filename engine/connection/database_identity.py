"""The identity of a database, so that a copy cannot pass for the original.

A refresh token works once: were a copy of the database to use it, the original's
connection would be dead. So a credential is bound to the database that it was stored
in, by three things of which every way of copying changes at least one:

- ``database.uuid``: Odoo makes a new one when it duplicates a database, or restores one
  as a copy;
- the cluster's system identifier: another server has another;
- the database's name: two databases of one cluster cannot have the same.

A backup that is restored in the place of its original, under the same name and on the
same server, keeps all three and goes on by itself; at no moment do two databases have
them. (The database's oid would not do: a database that was renamed to make room keeps
its own.) Not told apart is a copy of a whole cluster's files that runs under the same
name elsewhere: such a copy has to be neutralized.
"""

import json
from typing import Any

from ...tools.errors import GhlConnectionArchived, GhlDatabaseMoved

_DATABASE = """
    SELECT current_database(),
           (SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'),
           (SELECT oid FROM pg_database WHERE datname = current_database()),
           has_function_privilege('pg_control_system()', 'execute')
"""
_CLUSTER = "SELECT system_identifier FROM pg_control_system()"


def current_identity(cr: Any) -> str:
    """Return the identity of the database that a cursor is connected to, as text."""
    cr.execute(_DATABASE)
    name, uuid, oid, may_ask = cr.fetchone()
    # Less than the cluster's own, but another server rarely has the same.
    cluster = f"database {oid}"
    if may_ask:
        cr.execute(_CLUSTER)
        (cluster,) = cr.fetchone()
    return json.dumps({"name": name, "uuid": uuid, "cluster": str(cluster)})


def is_elsewhere(connection: Any, here: str) -> bool:
    """Tell whether a connection's credential belongs to another database.

    :param here: `current_identity`
    """
    # sudo: which database a credential belongs to is no secret, only its key is.
    return bool(connection.sudo().database_key != here and connection.has_token)


def name_in(identity: str | None) -> str | None:
    """Return the name of the database that an identity is of."""
    try:
        told = json.loads(identity or "")
    except ValueError:
        return None
    return str(told.get("name") or "") or None if isinstance(told, dict) else None


def archived_connection(connection: Any) -> str:
    """Return the words for a connection that is archived."""
    words: str = connection.env._(
        "The connection “%s” is archived: nothing is read. Unarchive it to go on.",
        connection.name,
    )
    return words


def moved_words(connection: Any) -> str:
    """Return why nothing is called with a credential of another database."""
    env = connection.env
    here, there = env.cr.dbname, name_in(connection.sudo().database_key)
    if there and there != here:
        text = env._(
            "The credential of “%(name)s” belongs to the database “%(there)s”, "
            "and this is “%(here)s”: a copy of it, or its new name.",
            name=connection.name,
            there=there,
            here=here,
        )
    else:
        text = env._(
            "The credential of “%(name)s” belongs to another database server, or "
            "to another copy of this database.",
            name=connection.name,
        )
    way_out = env._(
        "Nothing is read here and no webhook is accepted: two databases with one "
        "credential lock each other out. If the other is not used any more, "
        "press “This Database Has Moved” on the connection."
    )
    return f"{text} {way_out}"


def check_is_here(connections: Any) -> None:
    """Refuse to use credentials in a copy of the database that they belong to.

    :param connections: `ghl.connection` records
    :raise GhlDatabaseMoved: one was stored in another database
    :raise GhlConnectionArchived: one is archived
    """
    for connection in connections:
        if not connection.active:
            raise GhlConnectionArchived(archived_connection(connection))
        if connection.is_moved:
            raise GhlDatabaseMoved(connection.moved_message)


def bind_to_database(connections: Any) -> None:
    """Let credentials work here: a person has just stored or confirmed them."""
    # sudo: the key is for nobody to write.
    connections.sudo().write({"database_key": current_identity(connections.env.cr)})
    connections.invalidate_recordset(["is_moved", "moved_message"])


def confirm_move(connection: Any) -> None:
    """Let a credential work here from now on, as the user has confirmed."""
    env = connection.env
    there = name_in(connection.sudo().database_key) or env._("unknown")
    bind_to_database(connection)
    connection.message_post(
        body=env._(
            "%(user)s confirmed that this database has moved, from “%(there)s” "
            "to “%(here)s”, and that the other is not used any more.",
            user=env.user.name,
            there=there,
            here=env.cr.dbname,
        )
    )
    for location in connection.location_ids.filtered("last_full_at"):
        # Work fell due meanwhile.
        location._trigger_cron()
