"""Connect a fresh database to the sandbox. Fed to ``odoo shell``, where ``env`` is.

The environment variable ``STACK_SEED`` names a file: what to do stands in it, as
JSON, and what came of it takes its place.
"""

import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from odoo.addons.ghl_contact_sync.engine.mirror.merge import Merger

env = globals()["env"]
exchange = Path(os.environ["STACK_SEED"])
order = json.loads(exchange.read_text())

env["ir.config_parameter"].set_param(
    "ghl_contact_sync.api_base_url", order["api_base_url"]
)
connection = env["ghl.connection"].create(
    {
        "name": order["connection"],
        "auth_kind": "pit",
        "private_token": order["token"],
    }
)
locations = []
for wanted in order["locations"]:
    location = env["ghl.location"].create(
        {
            "name": wanted["name"],
            "ghl_id": wanted["ghl_id"],
            "connection_id": connection.id,
            # The person who looks at the stack decides when it syncs.
            "auto_sync": False,
        }
    )
    if wanted["contacts"]:
        Merger(location).merge_page(wanted["contacts"], time.time())
    location.contact_count = env["ghl.contact"].search_count(
        [("location_id", "=", location.id)]
    )
    locations.append({"id": location.id, "ghl_id": location.ghl_id})

admin = env.ref("base.user_admin")
key = (
    env["res.users.apikeys"]
    .with_user(admin)
    ._generate("rpc", "stack", datetime.now() + timedelta(days=90))
)
env.cr.commit()
exchange.write_text(json.dumps({"locations": locations, "api_key": key}))
