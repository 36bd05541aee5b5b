"""Paths of the control API."""

from aiohttp import web

from . import connect, general, locations
from .common import guarded

BASE = "/_sandbox"
PLACE = "/locations/{location}"
CONTACT = PLACE + "/contacts/{contact}"

ROUTES = [
    ("GET", "", general.info),
    ("GET", "/settings", general.get_settings),
    ("PATCH", "/settings", general.patch_settings),
    ("GET", "/dialects", general.dialects),
    ("POST", "/reset", general.reset),
    ("GET", "/stats", general.stats),
    ("DELETE", "/stats", general.reset_stats),
    ("GET", "/requests", general.requests),
    ("POST", "/limits/spend", general.spend),
    ("DELETE", "/limits", general.reset_limits),
    ("GET", "/faults", general.list_faults),
    ("POST", "/faults", general.add_faults),
    ("DELETE", "/faults", general.clear_faults),
    ("DELETE", "/faults/{number:[0-9]+}", general.remove_fault),
    ("POST", "/tokens", general.mint_token),
    ("POST", "/tokens/expire", general.expire_tokens),
    ("POST", "/tokens/revoke", general.revoke_tokens),
    ("GET", "/oauth", connect.oauth),
    ("DELETE", "/oauth", connect.reset_oauth),
    ("POST", "/authorize", connect.authorize),
    ("POST", "/install", connect.install),
    ("POST", "/uninstall", connect.uninstall),
    ("POST", "/pause", connect.pause),
    ("GET", "/webhooks", connect.get_webhooks),
    ("PATCH", "/webhooks", connect.patch_webhooks),
    ("GET", "/webhooks/log", connect.webhook_log),
    ("DELETE", "/webhooks/log", connect.clear_webhooks),
    ("GET", "/webhooks/stats", connect.webhook_stats),
    ("POST", "/webhooks/sign", connect.sign),
    ("POST", "/webhooks/send", connect.send),
    ("POST", "/webhooks/wait", connect.wait),
    ("GET", "/locations", locations.list_locations),
    ("POST", "/locations", locations.add_location),
    ("DELETE", PLACE, locations.remove_location),
    ("GET", PLACE + "/truth", locations.truth),
    ("GET", PLACE + "/summary", locations.summary),
    ("POST", PLACE + "/edits", locations.edits),
    ("POST", PLACE + "/bad", locations.bad),
    ("POST", PLACE + "/hidden", locations.hide),
    ("DELETE", PLACE + "/hidden", locations.hide),
    ("GET", PLACE + "/churn", locations.churn_state),
    ("POST", PLACE + "/churn", locations.start_churn),
    ("DELETE", PLACE + "/churn", locations.stop_churn),
    ("POST", PLACE + "/contacts", locations.create_contact),
    ("GET", CONTACT, locations.get_contact),
    ("PATCH", CONTACT, locations.patch_contact),
    ("DELETE", CONTACT, locations.delete_contact),
    ("POST", CONTACT + "/restore", locations.restore_contact),
]


def add_routes(app: web.Application) -> None:
    """Mount the control API."""
    for method, path, handler in ROUTES:
        app.router.add_route(method, BASE + path, guarded(handler))
