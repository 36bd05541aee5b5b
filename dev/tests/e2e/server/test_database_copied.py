"""A database that is copied, by Odoo or by PostgreSQL: only one of the two calls."""

import json
import textwrap

import pytest

from stack import template
from stack.sandbox_server import WITHOUT_LIMITS

CONNECT = """
    from odoo.addons.ghl_contact_sync.engine.connection.authorize import finish_connect
    connection = env["ghl.connection"].create({
        "name": "App", "auth_kind": "oauth", "client_id": APP["clientId"],
        "client_secret": APP["clientSecret"],
    })
    env.cr.commit()
    finish_connect(connection, CODE)
    env["ghl.connection.task"]._cron_work()
    env.cr.commit()
    assert connection.state == "connected", connection.task_message
"""
RENEW = """
    from odoo.addons.ghl_contact_sync.engine.connection.tokens import (
        get_access_token, renew_grant)
    from odoo.addons.ghl_contact_sync.tools.errors import GhlError
    told = {}
    for connection in env["ghl.connection"].search([]):
        location = connection.location_ids[:1]
        try:
            token = get_access_token(connection, location)
            if connection.auth_kind == "oauth":
                token = renew_grant(connection, connection._token_row().access_token)
            told[connection.auth_kind] = bool(token)
        except GhlError as err:
            told[connection.auth_kind] = err.code
    env["ghl.connection"]._cron_reconcile()
    env["ghl.connection.task"]._cron_work()
    env.cr.commit()
    print("TOLD" + __import__("json").dumps(told))
"""


@pytest.fixture(scope="module")
def original(make_stack):
    stack = make_stack(
        "copied", [("Clinic", 20)], sandbox_arguments=("--clean", *WITHOUT_LIMITS)
    )
    # Nobody may be connected to a database that is copied.
    stack.odoo.stop()
    return stack


def run(stack, database, code, **names):
    """Run code in `odoo shell` on a database; return what it printed."""
    values = "\n".join(f"{name} = {value!r}" for name, value in names.items())
    log = stack.folder / f"{database}.log"
    status = template.run_odoo(
        stack.postgres,
        ["shell", f"--database={database}", "--no-http"],
        log,
        stack.data,
        f"{values}\n{textwrap.dedent(code)}",
    )
    text = log.read_text(errors="replace")
    assert not status, text[-3000:]
    assert "AssertionError" not in text, text[-3000:]
    return text


def renew(stack, database):
    text = run(stack, database, RENEW)
    [line] = [one for one in text.splitlines() if "TOLD{" in one]
    return json.loads(line.partition("TOLD")[2])


def refreshes(stack):
    return stack.control("GET", "/oauth")["refreshes"]


def test_a_copy_ends_nobodys_connection(original):
    location = original.control("GET", "")["locations"][0]["id"]
    app = original.sandbox.facts["app"]
    original.sql("DELETE FROM ghl_location")
    original.control("POST", "/install", {"locations": [location], "webhooks": False})
    code = original.control("POST", "/authorize", {"company": True})["code"]
    run(original, original.database, CONNECT, APP=app, CODE=code)
    assert renew(original, original.database)["oauth"] is True
    copy = f"{original.database}_copy"
    original.postgres.copy_database(original.database, copy)
    try:
        before = refreshes(original)
        assert set(renew(original, copy).values()) == {"database_moved"}
        assert refreshes(original) == before
        # The original has noticed nothing.
        assert renew(original, original.database)["oauth"] is True
        assert refreshes(original) == before + 1
        # A person says that the copy has taken its place.
        run(
            original,
            copy,
            """
            moved = env["ghl.connection"].search([("is_moved", "=", True)])
            assert moved
            moved.action_confirm_move()
            env.cr.commit()
            """,
        )
        assert renew(original, copy)["pit"] is True
    finally:
        original.postgres.drop_database(copy)
