"""Uninstalling from a database that was used: nothing of the addon stays behind."""

import time

from bench import webhook_rig as rig
from provision import paths
from provision.shell import Problem

# These tables name the addon all the same: that it could be installed, and what
# browsers were told a minute ago, which Odoo forgets by itself.
ELSEWHERE = {"ir_module_module", "ir_module_module_dependency", "bus_bus"}
# That modules could be installed; one watches servers under test.
INSTALLABLE = "module_ghl_(contact_sync|watch)"
# Data of every kind that use brings: also that to which no XML id is tied.
USE = """
import secrets
from odoo.addons.ghl_contact_sync.engine.connection.tokens import revoke
Connection = env["ghl.connection"]
app = Connection.create({
    "name": "App", "auth_kind": "oauth", "client_id": "ours-1", "user_type": "Company",
    "client_secret": secrets.token_hex(),
})
env["ghl.oauth.token"].create({
    "connection_id": app.id, "access_token": secrets.token_hex(),
    "refresh_token": secrets.token_hex(),
})
env["ghl.location"].create({"name": "Gone", "ghl_id": "gone", "connection_id": app.id,
                            "active": False})
env.cr.commit()
revoke(app, "The app was removed.")
env.invalidate_all()
assert app.activity_ids and app.message_ids
location = env["ghl.location"].search([], limit=1)
location.message_post(body="Look.", attachments=[("notes.txt", b"notes")])
location.message_subscribe(env.user.partner_id.ids)
env["ghl.webhook.event"].create({
    "webhook_id": "w1", "event_type": "ContactUpdate", "event_ms": 1,
    "received_at": "2026-01-01", "connection_id": location.connection_id.id,
    "location_id": location.id, "contact_ghl_id": "c1", "state": "new",
})
location._trigger_cron()
env["ghl.api.rate_limit"]._take()
env["ir.filters"].create({"name": "Mine", "model_id": "ghl.contact", "domain": "[]"})
env["ir.exports"].create({"name": "Mine", "resource": "ghl.contact"})
env["res.users.apikeys"]._generate("ghl_contact_sync", "front end", "2027-01-01")
settings = env["res.config.settings"].create({"ghl_fetch_threads": 3})
settings.execute()
env.ref("base.user_admin").write({
    "group_ids": [(4, env.ref("ghl_contact_sync.group_manager").id)],
})
env.cr.commit()
"""
# How Odoo says that it cannot, as a job happens to run.
BUSY = "scheduled action"
SECONDS = 120


def uninstall(stack) -> None:
    """Press the button as people do: while the server runs, again when it is busy."""
    modules = stack.call("ir.module.module", "search", [("name", "=", paths.ADDON)])
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            stack.call("ir.module.module", "button_immediate_uninstall", modules)
            return
        except Problem as problem:
            if BUSY not in str(problem) or time.monotonic() > deadline:
                raise
        time.sleep(0.5)


def mentions(stack) -> dict[str, list[str]]:
    """Return {table: rows as text} of all rows that name the addon or its models."""
    tables = stack.sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    found = {}
    for (table,) in tables:
        rows = stack.sql(
            f'SELECT left(t::text, 300) FROM "{table}" t '
            "WHERE t::text ~* 'ghl[._]|gohighlevel' AND t::text !~ %s",
            [INSTALLABLE],
        )
        if rows and table not in ELSEWHERE:
            found[table] = [text for (text,) in rows]
    return found


def test_nothing_is_left_behind(make_stack):
    stack = make_stack("uninstall", [("Leaving", 40)])
    rig.order(stack)
    # Jobs would write the same rows, and one of the two would have to begin again.
    stack.odoo.kill()
    stack.shell(USE)
    stack.odoo.start()
    assert len(mentions(stack)) > 20
    uninstall(stack)
    left = mentions(stack)
    assert not left, "\n".join(f"{table}: {rows}" for table, rows in left.items())
    for query in (
        "SELECT relname FROM pg_class WHERE relname ~ 'ghl'",
        "SELECT proname FROM pg_proc WHERE proname ~ 'ghl'",
        "SELECT tgname FROM pg_trigger WHERE tgname ~ 'ghl'",
        "SELECT conname FROM pg_constraint WHERE conname ~ 'ghl'",
        "SELECT typname FROM pg_type WHERE typname ~ 'ghl'",
        "SELECT attname FROM pg_attribute WHERE attname ~ 'ghl' AND NOT attisdropped",
    ):
        assert stack.sql(query) == [], query
    # And Odoo goes on.
    stack.odoo.restart()
    answer = stack.session().get(f"{stack.url}/api/installed-locations", timeout=60)
    assert answer.status_code == 404
