"""A location's users, by the call that the API version has.

The older ``GET /users/`` lists all of them at once. It is deprecated and gone in v3,
which has ``GET /users/search`` with the company's id, in pages
(https://marketplace.gohighlevel.com/docs/ghl/users/search-users).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import GhlNotFound, GhlPageLimitRefused, GhlRequestError
from .responses import wrong_shape

LIST, SEARCH = "/users/", "/users/search"
V3 = "v3"
PAGE, SMALL_PAGE = 100, 25
# A vendor that ignores `skip` must not be asked for ever.
MAX_PAGES = 100

Get = Callable[[str, Mapping[str, Any]], Any]


def read_users(
    get: Get, location_id: str, version: str, company_id: Callable[[], str | None]
) -> list[dict[str, Any]]:
    """Return the users of a location.

    :param get: ``get(path, params)`` returns the answer to a GET
    :param version: the API version that is spoken
    :param company_id: tells the location's company; only called when it is needed
    :raise GhlError: neither call can be made
    """
    if version != V3:
        try:
            return _users_of(get(LIST, {"locationId": location_id}))
        except (GhlNotFound, GhlRequestError) as err:
            # This refuses the form of the call and not the scope: the call is gone here
            # as well.
            if err.status not in (400, 404, 405, 410, 422):
                raise
    return _search(get, {"locationId": location_id}, company_id())


def _search(
    get: Get, params: dict[str, Any], company_id: str | None
) -> list[dict[str, Any]]:
    if company_id:
        params = {**params, "companyId": company_id}
    try:
        return _walk(get, params, PAGE)
    except GhlPageLimitRefused:
        return _walk(get, params, SMALL_PAGE)


def _walk(get: Get, params: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    found: dict[Any, dict[str, Any]] = {}
    skip = 0
    for _page in range(MAX_PAGES):
        answer = get(SEARCH, {**params, "skip": str(skip), "limit": str(limit)})
        users = _users_of(answer)
        before = len(found)
        found.update({str(user.get("id")): user for user in users})
        skip += len(users)
        total = answer.get("count")
        if len(found) == before or (type(total) is int and skip >= total):
            break
    return list(found.values())


def _users_of(answer: Any) -> list[dict[str, Any]]:
    users = answer.get("users") if isinstance(answer, dict) else None
    if not isinstance(users, list):
        raise wrong_shape("the list users")
    return [user for user in users if isinstance(user, dict)]
