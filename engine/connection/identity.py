"""Which database this is, so that a copy of it cannot pass for the original.

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

_DATABASE = """
    SELECT current_database(),
           (SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'),
           (SELECT oid FROM pg_database WHERE datname = current_database()),
           has_function_privilege('pg_control_system()', 'execute')
"""
_CLUSTER = "SELECT system_identifier FROM pg_control_system()"


def current_identity(cr) -> str:
    """Return the identity of the database that a cursor is connected to, as text."""
    cr.execute(_DATABASE)
    name, uuid, oid, may_ask = cr.fetchone()
    # Less than the cluster's own, but another server rarely has the same.
    cluster = f"database {oid}"
    if may_ask:
        cr.execute(_CLUSTER)
        (cluster,) = cr.fetchone()
    return json.dumps({"name": name, "uuid": uuid, "cluster": str(cluster)})


def name_in(identity: str | None) -> str | None:
    """Return the name of the database that an identity is of."""
    try:
        told = json.loads(identity or "")
    except ValueError:
        return None
    return told.get("name") if isinstance(told, dict) else None
