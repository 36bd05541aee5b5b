"""Routes: the handler of each path, and who may call it."""

from collections.abc import Sequence

from aiohttp import web

from ..pipeline import VERSIONS, Access, Call, Handler, Pipeline
from ..web.errors import Refusal
from ..web.wire import Answer
from . import contacts, contacts_write, locations, search

BEFORE_V3 = tuple(version for version in VERSIONS if version != "v3")
READ = Access("contacts.readonly")
READ_OLD = Access("contacts.readonly", versions=BEFORE_V3)
WRITE = Access("contacts.write")
LOCATION = Access("locations.readonly", company=True)
FIELDS = Access("locations/customFields.readonly", company=True)
TAGS = Access("locations/tags.readonly", company=True)
USERS = Access("users.readonly", company=True)

ROUTES = [
    ("POST", "/contacts/search", READ, search.search),
    ("GET", "/contacts/search/duplicate", READ, contacts.duplicates),
    ("GET", "/contacts/business/{business}", READ, contacts.by_business),
    ("GET", "/contacts/", READ_OLD, contacts.list_contacts),
    ("POST", "/contacts/", WRITE, contacts_write.create),
    ("POST", "/contacts/upsert", WRITE, contacts_write.upsert),
    ("POST", "/contacts/bulk/tags/update/{kind}", WRITE, contacts_write.bulk_tags),
    ("GET", "/contacts/{contact}", READ, contacts.get_contact),
    ("PUT", "/contacts/{contact}", WRITE, contacts_write.update),
    ("DELETE", "/contacts/{contact}", WRITE, contacts_write.delete),
    ("POST", "/contacts/{contact}/tags", WRITE, contacts_write.add_tags),
    ("DELETE", "/contacts/{contact}/tags", WRITE, contacts_write.remove_tags),
    ("POST", "/contacts/{contact}/followers", WRITE, contacts_write.add_followers),
    ("DELETE", "/contacts/{contact}/followers", WRITE, contacts_write.remove_followers),
    ("GET", "/locations/search", LOCATION, locations.search_locations),
    ("GET", "/locations/{location}", LOCATION, locations.get_location),
    ("GET", "/locations/{location}/customFields", FIELDS, locations.custom_fields),
    (
        "GET",
        "/locations/{location}/customFields/{field}",
        FIELDS,
        locations.custom_field,
    ),
    ("GET", "/locations/{location}/tags", TAGS, locations.tags),
    ("GET", "/users/", USERS, locations.users),
    ("GET", "/users/search", USERS, locations.search_users),
    ("GET", "/users/{user}", USERS, locations.user),
]


def add_routes(
    app: web.Application,
    pipeline: Pipeline,
    routes: Sequence[tuple[str, str, Access, Handler]],
) -> None:
    """Mount the API; a path without its final slash is the same path."""
    for method, path, access, handler in routes:
        wrapped = pipeline.wrap(f"{method} {path}", access, handler)
        app.router.add_route(method, path, wrapped)
        if path.endswith("/"):
            app.router.add_route(method, path[:-1], wrapped)


async def unknown_path(call: Call) -> Answer:
    """Whatever else is asked for."""
    raise Refusal(404, f"Cannot {call.request.method} {call.request.path}")
