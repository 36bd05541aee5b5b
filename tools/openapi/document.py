"""The OpenAPI 3.1 document of the JSON API, built from what the routes check."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from ... import const
from ..metrics.openmetrics import CONTENT_TYPE
from ..web.read_params import Param
from .change_schemas import CHANGE_SCHEMAS
from .fleet import FLEET_SCHEMAS
from .parameters import (
    CHANGES_PARAMS,
    CONTACTS_PARAMS,
    DECISION,
    DELETION_PARAMS,
    ERASE_PARAMS,
    FLEET_PARAMS,
    FORM_TYPES,
    JSON_TYPE,
    KIND,
    LOCATION,
    PARTNER_DECISION,
    PARTNER_PARAMS,
)
from .parts import TEXT, Schema, obj, ref
from .person_schemas import PERSON_SCHEMAS
from .schemas import SCHEMAS

API_VERSION = "1.0.0"
_DESCRIPTION = """\
The mirror of GoHighLevel contacts kept by Odoo: which locations there are, pages of \
their contacts, their syncs and their figures.

Callers are pages of the same Odoo with its session, and programs with an Odoo API \
key (Preferences › Account Security) as bearer token. Pages of other origins, listed \
by an administrator in Settings › GoHighLevel, need a key as well. `HEAD` works as \
`GET` does. Names that a call does not know are ignored.

A caller may send an id of its own as `X-Request-ID`; every answer tells it, or one \
that was made, in that header. The log and requests to GoHighLevel carry it.
"""
_ERRORS = {
    "400": "A parameter is missing or does not fit, or the body cannot be read.",
    "401": "Neither a session nor a valid API key.",
    "403": "The access right is missing, or the origin may not do this.",
    "404": "No such location, or it belongs to another company.",
    "405": "The address does not take this method.",
    "409": "It is decided already, or too late, or which review is meant is not clear; "
    "look at the list again.",
    "411": "The body came without its length.",
    "413": "The body is too large.",
    "415": "The body is neither JSON nor a form.",
    "422": "It cannot be done as things stand; `actions` tell what helps.",
    "429": "Too many requests of the caller at once, or too many syncs ordered; "
    "`Retry-After` tells the seconds to wait.",
    "500": "A fault of the server, without any detail.",
    "503": "The server is busy; `Retry-After` tells the seconds to wait.",
}
# A call that names a location may name none of ours.
_UNKNOWN = ("404",)
_EVERY_CALL = ("400", "401", "403", "405", "411", "413", "422", "429", "500", "503")


@functools.cache
def build_document() -> Schema:
    """Return the document; it depends on nothing but the code."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "GoHighLevel Contact Sync",
            "version": API_VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "LGPL-3.0", "identifier": "LGPL-3.0-only"},
        },
        "servers": [{"url": "/"}],
        "security": [{"apiKey": []}, {"session": []}],
        "tags": [
            {"name": "locations", "description": "Locations, contacts and figures."},
            {"name": "sync", "description": "Ordering and watching syncs."},
            {"name": "reference", "description": "This document, and metrics."},
        ],
        "paths": {
            **_mirror_paths(),
            **_person_paths(),
            **_sync_paths(),
            **_decision_paths(),
            **_figure_paths(),
            const.ROUTE_METRICS: {"get": _metrics_operation()},
            const.ROUTE_OPENAPI: {"get": _own_operation()},
        },
        "components": {
            "schemas": {
                **SCHEMAS,
                **CHANGE_SCHEMAS,
                **FLEET_SCHEMAS,
                **PERSON_SCHEMAS,
            },
            "responses": {
                f"Error{status}": _error(status, text)
                for status, text in _ERRORS.items()
            },
            "securitySchemes": {
                "apiKey": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "session_id"},
            },
        },
    }


def _figure_paths() -> Schema:
    return {
        const.ROUTE_ANALYTICS: {
            "get": _operation(
                "locationAnalytics",
                "Figures for charts",
                "Analytics",
                params=(LOCATION,),
                errors=_UNKNOWN,
            )
        },
        const.ROUTE_QUALITY: {
            "get": _operation(
                "locationQuality",
                "Quality of a location's data, and its score",
                "Quality",
                params=(LOCATION,),
                errors=_UNKNOWN,
            )
        },
        const.ROUTE_CHANGES: {
            "get": _operation(
                "contactChanges",
                "Who changed a contact, when, from what to what",
                "Changes",
                params=CHANGES_PARAMS,
                errors=_UNKNOWN,
                description="The newest first. A first fill is not listed contact "
                "by contact. Empty while the feed is switched off in Settings, and "
                "kept for the time that they say.",
            )
        },
        const.ROUTE_FLEET: {
            "get": _operation(
                "fleet",
                "Every location, worst first, with totals",
                "Fleet",
                params=FLEET_PARAMS,
                description="Totals are those of all locations that the caller may "
                "see, whatever is filtered.",
            )
        },
    }


def _mirror_paths() -> Schema:
    contacts: dict[str, Any] = {
        "schema": "Contacts",
        "description": "Orders a sync in the background when the mirror holds less "
        "than the page needs, of the kind that closes what was measured, and waits a "
        "moment for a page that the running sync has not brought yet.",
    }
    return {
        const.ROUTE_LOCATIONS: {
            "get": _operation("installedLocations", "List locations", "Locations")
        },
        const.ROUTE_CONTACTS: {
            "get": _operation(
                "locationContacts",
                "One page of a location's contacts",
                params=CONTACTS_PARAMS,
                errors=_UNKNOWN,
                **contacts,
            ),
            "post": _operation(
                "searchLocationContacts",
                "The same; what is searched for stands in no access log",
                body=CONTACTS_PARAMS,
                errors=(*_UNKNOWN, "415"),
                **contacts,
            ),
        },
    }


def _person_paths() -> Schema:
    return {
        const.ROUTE_PARTNER: {
            "get": _operation(
                "contactPartner",
                "The Odoo contact of a contact, and whom it may be",
                "ContactPartner",
                params=PARTNER_PARAMS,
                errors=_UNKNOWN,
            ),
            "post": _operation(
                "decideContactPartner",
                "Link, create, unlink or ignore, or just look",
                "ContactPartner",
                body=(*PARTNER_PARAMS, *PARTNER_DECISION),
                errors=(*_UNKNOWN, "415"),
                description="Whoever may change Odoo contacts may decide. Nobody gains "
                "sight of an Odoo contact by a link to it.",
            ),
        },
        const.ROUTE_ERASE: {
            "post": _operation(
                "eraseContact",
                "Erase a person for good",
                "Erased",
                body=ERASE_PARAMS,
                errors=(*_UNKNOWN, "415"),
                description="For administrators of GoHighLevel. Everything that the "
                "mirror has of the person is removed, and syncs leave it out. The Odoo "
                "contact stays.",
            )
        },
    }


def _sync_paths() -> Schema:
    return {
        const.ROUTE_SYNC: {
            "post": _operation(
                "syncLocationContacts",
                "Order a sync",
                "Ordered",
                tag="sync",
                body=(LOCATION, KIND),
                status="202",
                errors=(*_UNKNOWN, "415"),
                description="Answers at once; joins the sync that runs already.",
            )
        },
        const.ROUTE_STATUS: {
            "get": _operation(
                "syncStatus",
                "The active or last sync of a location",
                "Status",
                tag="sync",
                params=(LOCATION,),
                errors=_UNKNOWN,
            )
        },
        const.ROUTE_CANCEL: {
            "post": _operation(
                "syncCancel",
                "Stop the active sync",
                "Cancelled",
                tag="sync",
                body=(LOCATION,),
                errors=(*_UNKNOWN, "415"),
                description="It stops after the page in hand; what it brought stays.",
            )
        },
    }


def _decision_paths() -> Schema:
    return {
        const.ROUTE_DELETIONS: {
            "get": _operation(
                "deletionReview",
                "Contacts that may be deleted once a person agrees",
                "DeletionReview",
                tag="sync",
                params=DELETION_PARAMS,
                errors=_UNKNOWN,
            ),
            "post": _operation(
                "decideDeletions",
                "Decide on them, or just list them",
                "DeletionReview",
                tag="sync",
                body=(*DELETION_PARAMS, DECISION),
                errors=(*_UNKNOWN, "409", "415"),
                description="Administrators of GoHighLevel may decide, once for each "
                "review. An acceptance binds to the contacts of its list, and ends at "
                "`expires_at`.",
            ),
        },
        const.ROUTE_RESUME: {
            "post": _operation(
                "syncResume",
                "Have a sync that waits try at once",
                "Resumed",
                tag="sync",
                body=(LOCATION,),
                status="202",
                errors=(*_UNKNOWN, "415"),
                description="One request is sent; the sync goes on, or says what was "
                "answered and waits on.",
            )
        },
    }


def _operation(
    operation_id: str,
    summary: str,
    schema: str,
    *,
    tag: str = "locations",
    params: Iterable[Param] = (),
    body: Iterable[Param] = (),
    status: str = "200",
    errors: tuple[str, ...] = (),
    description: str | None = None,
) -> Schema:
    operation: Schema = {
        "operationId": operation_id,
        "summary": summary,
        "tags": [tag],
        "responses": {
            status: _response("Success.", ref(schema)),
            **{
                code: {"$ref": f"#/components/responses/Error{code}"}
                for code in sorted((*_EVERY_CALL, *errors))
            },
        },
    }
    if description:
        operation["description"] = description
    if params:
        operation["parameters"] = [_parameter(param) for param in params]
    if body:
        content = {"schema": _body_schema(body)}
        operation["requestBody"] = {
            "required": True,
            "content": {kind: content for kind in (JSON_TYPE, *FORM_TYPES)},
        }
    return operation


def _metrics_operation() -> Schema:
    operation = _operation(
        "metrics",
        "Figures of all locations as OpenMetrics text",
        "Error",
        tag="reference",
        description="For Prometheus and its kin: counters since the beginning, and "
        "gauges as of now, each with the label `location_id`. What is unknown is left "
        "out.",
    )
    media = CONTENT_TYPE.partition(";")[0]
    operation["responses"]["200"] = {
        "description": "The text, up to `# EOF`.",
        "content": {media: {"schema": TEXT}},
    }
    return operation


def _own_operation() -> Schema:
    return {
        "operationId": "openapi",
        "summary": "This document",
        "tags": ["reference"],
        "security": [],
        "responses": {
            "200": _response("An OpenAPI document.", {"type": "object"}),
            "405": {"$ref": "#/components/responses/Error405"},
            "411": {"$ref": "#/components/responses/Error411"},
            "413": {"$ref": "#/components/responses/Error413"},
        },
    }


def _parameter(param: Param) -> Schema:
    parameter: Schema = {
        "name": param.name,
        "in": "query",
        "required": param.required,
        "schema": _param_schema(param),
    }
    if param.description:
        parameter["description"] = param.description
    return parameter


def _param_schema(param: Param) -> Schema:
    if param.kind == "int":
        bounds = {"minimum": param.minimum, "maximum": param.maximum}
        return {"type": "integer", **bounds, **_default(param)}
    if param.kind == "choice":
        return {**TEXT, "enum": list(param.choices), **_default(param)}
    schema = {**TEXT, "maxLength": param.max_length}
    if param.required:
        # Something that is not blank, without NUL.
        schema |= {"minLength": 1, "pattern": r"^[^\x00]*[^\s\x00][^\x00]*$"}
    return schema


def _default(param: Param) -> Schema:
    return {} if param.default is None else {"default": param.default}


def _body_schema(params: Iterable[Param]) -> Schema:
    schema = obj({param.name: _param_schema(param) for param in params})
    schema["required"] = [param.name for param in params if param.required]
    return schema


def _response(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {JSON_TYPE: {"schema": schema}}}


def _error(status: str, text: str) -> Schema:
    response = _response(text, ref("Error"))
    if status in ("429", "503"):
        response["headers"] = {
            "Retry-After": {"schema": {"type": "integer", "minimum": 1}}
        }
    if status == "405":
        response["headers"] = {"Allow": {"schema": {"type": "string"}}}
    return response
