"""The page on which a user chooses where the app goes, and approves it."""

import hmac
from html import escape
from urllib.parse import parse_qs, urlencode, urlsplit

from ..pipeline import Call
from ..web.errors import Refusal
from ..web.urls import is_loopback
from ..web.wire import Answer

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Choose a location</title>
<style>body{{font:16px system-ui;max-width:34rem;margin:3rem auto}}
label{{display:block;padding:.4rem}}
button{{padding:.6rem 1.4rem;margin-top:1rem}}</style>
</head><body><h1>Select where to install the app</h1>
<p>Sandbox of the GoHighLevel marketplace. Requested: <code>{scope}</code></p>
<form method="post" action="/oauth/approve">{hidden}
<fieldset><legend>Sub-account</legend>{locations}</fieldset>
<fieldset><legend>Agency</legend>
<label><input type="radio" name="target" value="company"> All sub-accounts of
{company}</label></fieldset>
<button type="submit" id="approve">Approve</button></form></body></html>"""
HTML = "text/html; charset=utf-8"
KEPT = ("redirect_uri", "client_id", "scope", "state", "version_id")


def _checked(call: Call, query: dict[str, str]) -> None:
    """Refuse what the vendor's chooser refuses."""
    oauth = call.sandbox.oauth
    if not hmac.compare_digest(query.get("client_id", ""), oauth.app.client_id):
        raise Refusal(400, "error.noappfound")
    if call.sandbox.settings.dialect.version_id_required:
        if query.get("version_id") != oauth.app.version_id:
            raise Refusal(400, "error.noversionid")
    uri = query.get("redirect_uri", "")
    allowed = oauth.app.redirect_uris
    if allowed and uri not in allowed:
        raise Refusal(400, "error.redirecturimismatch")
    if not allowed and not is_loopback(uri):
        raise Refusal(400, "error.redirecturimismatch")


async def page(call: Call) -> Answer:
    """``GET /v2/oauth/chooselocation``."""
    query = dict(call.request.query)
    _checked(call, query)
    if query.get("response_type") != "code":
        raise Refusal(400, "error.responsetype")
    rows = [
        f'<label><input type="radio" name="target" value="{escape(item.id)}"'
        f"{' checked' if not number else ''}> {escape(item.name)}</label>"
        for number, item in enumerate(call.sandbox.world.locations.values())
    ]
    hidden = [
        f'<input type="hidden" name="{name}" value="{escape(query[name])}">'
        for name in KEPT
        if name in query
    ]
    html = PAGE.format(
        scope=escape(query.get("scope", "")),
        hidden="".join(hidden),
        locations="".join(rows),
        company=escape(call.sandbox.world.company_name),
    )
    return Answer(html.encode(), content_type=HTML)


async def approve(call: Call) -> Answer:
    """The button: installs, and sends the browser back with a code."""
    form = {
        name: values[-1]
        for name, values in parse_qs(call.raw.decode("utf-8", "replace")).items()
    }
    _checked(call, form)
    world = call.sandbox.world
    target = form.get("target", "")
    company = target == "company"
    if not company and target not in world.locations:
        raise Refusal(400, "error.nolocation")
    chosen = list(world.locations) if company else [target]
    uri = form["redirect_uri"]
    code = call.sandbox.approve(chosen, company, uri)
    answer = {"code": code}
    if "state" in form and not call.sandbox.settings.dialect.state_dropped:
        answer["state"] = form["state"]
    joint = "&" if urlsplit(uri).query else "?"
    headers = {"Location": f"{uri}{joint}{urlencode(answer)}"}
    return Answer(b"", 302, headers, HTML)
