"""Facts that the sandbox tells of itself when it is ready."""

import os
from typing import Any

from .sandbox import Sandbox


def ready_info(sandbox: Sandbox) -> dict[str, Any]:
    """Addresses and credentials, all made at run time."""
    world = sandbox.world
    return {
        "url": sandbox.url,
        "port": int(sandbox.url.rpartition(":")[2] or 0),
        "pid": os.getpid(),
        "control": f"{sandbox.url}/_sandbox",
        "companyId": world.company_id,
        "companyName": world.company_name,
        "agencyPit": world.agency_pit,
        "locations": [location.to_json() for location in world.locations.values()],
        "app": sandbox.oauth.app.to_json(sandbox.url),
        "webhookKeys": sandbox.webhooks.keys.public(),
    }
