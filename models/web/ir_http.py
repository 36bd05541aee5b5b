"""Access to the JSON API: `auth="ghl_api"`."""

import re

from odoo import models
from odoo.http import request

from ...engine.alarm.attendance import look_after
from ...engine.web.api_error import ApiError
from ...engine.web.receive import receive, refuse_unfit
from ...tools.web.cors import Origin

API_ROUTING = "ghl_api"
API_GROUP = "ghl_contact_sync.group_user"
# A key of the first scope works here only; Odoo's own keys, made by a user in the
# preferences, have no scope and work for both.
_KEY_SCOPES = ("ghl_contact_sync", "rpc")
_BEARER = re.compile(r"bearer(?:\s+(.*))?$", re.IGNORECASE)


def _unauthorized(message: str) -> ApiError:
    headers = {"WWW-Authenticate": 'Bearer realm="ghl_contact_sync"'}
    return ApiError(401, "unauthorized", message, headers)


def _proxy_advice(env) -> str:
    return env._(
        "the proxy in front of Odoo hides the address that you use. Let it pass that "
        "on (nginx: proxy_set_header Host $host), or set the system parameter "
        "web.base.url to that address."
    )


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self) -> dict:
        """Return what the web client asks for; whoever loads it looks after crons."""
        look_after(self.env)
        return super().session_info()

    @classmethod
    def _authenticate(cls, endpoint) -> None:
        # Refuse a wrong method or an oversized body before anybody is looked up.
        if endpoint.routing["type"] == API_ROUTING:
            httprequest = request.httprequest
            # The answer tells of it as well, that of a refusal included.
            received = receive(request.env, httprequest, endpoint.routing)
            request.dispatcher.received = received
            refuse_unfit(httprequest, received)
        return super()._authenticate(endpoint)

    @classmethod
    def _auth_method_ghl_api(cls) -> None:
        """Accept an Odoo session of the same origin, or an API key as bearer token.

        :raise ApiError: 401 without either, 403 for a foreign origin, for an unsafe
            call whose origin is not proven, and for users without our group
        """
        received = request.dispatcher.received
        if received.origin is Origin.FOREIGN:
            raise ApiError(
                403,
                "foreign_origin",
                request.env._(
                    "Pages of this origin may not call the API. Another web site: an "
                    "administrator lists it in Settings › GoHighLevel. This Odoo's own "
                    "page: %s",
                    _proxy_advice(request.env),
                ),
            )
        if request.httprequest.method == "OPTIONS":
            # A preflight never carries credentials.
            cls._auth_method_none()
            request.session.can_save = False
            return
        token = _BEARER.match(request.httprequest.headers.get("Authorization", ""))
        if token:
            cls._ghl_authenticate_key((token[1] or "").strip())
        else:
            cls._ghl_authenticate_session(received)
        if not request.env.user.has_group(API_GROUP):
            raise ApiError(
                403,
                "forbidden",
                request.env._("You need the access right “GoHighLevel: User”."),
            )

    @classmethod
    def _ghl_authenticate_key(cls, key: str) -> None:
        # Stateless: neither reads nor leaves a session behind.
        request.session.can_save = False
        keys = request.env["res.users.apikeys"]
        uid = None
        for scope in _KEY_SCOPES:
            # Odoo's check passes over archived users and expired keys.
            uid = uid or (key and keys._check_credentials(scope=scope, key=key))
        if not uid:
            raise _unauthorized("The API key is not valid.")
        request.update_env(user=uid)
        request.update_context(**request.env["res.users"].context_get())

    @classmethod
    def _ghl_authenticate_session(cls, received) -> None:
        origin = received.origin
        uid = request.env.uid
        if uid is None or uid in cls._get_public_users() or not request.env.user.active:
            request.session.can_save = False
            raise _unauthorized(
                "Log in to Odoo, or send an API key as “Authorization: Bearer <key>”."
            )
        if origin is Origin.LISTED:
            raise ApiError(
                403,
                "session_refused",
                request.env._("Pages of other origins must use an API key."),
            )
        if not received.reads and origin is not Origin.SAME:
            raise ApiError(
                403,
                "origin_unproven",
                request.env._(
                    "A session may do this from a page of this Odoo only; programs "
                    "use an API key. If this is a page of this Odoo: %s",
                    _proxy_advice(request.env),
                ),
            )
