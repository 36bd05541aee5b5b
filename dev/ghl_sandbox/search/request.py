"""The body of a search, checked as the vendor checks it."""

from dataclasses import dataclass, field
from typing import Any

from ..dialects import Dialect
from ..web import jsonio
from ..web.errors import Refusal, bad_request, invalid

SORT_FIELDS = frozenset(
    "firstNameLowerCase lastNameLowerCase businessName dateAdded dateUpdated email dnd "
    "source".split()
)
MAX_PAGE = 500
# https://doc.clickup.com/8631005/d/h/87cpx-158396/6e629989abe7fad: page mode ends here.
PAGE_MODE_CAP = 10_000
MAX_QUERY = 75


@dataclass
class SearchRequest:
    """A search as understood."""

    location_id: str
    page_limit: int
    page: int | None = None
    search_after: list[Any] | None = None
    filters: list[Any] = field(default_factory=list)
    sort: list[tuple[str, bool]] = field(default_factory=list)
    query: str = ""

    def signature(self) -> bytes:
        """Same result list, whatever page of it."""
        return jsonio.dumps([self.filters, self.sort, self.query])


def parse_request(body: Any, dialect: Dialect) -> SearchRequest:
    """Raises the vendor's refusals; unknown fields are ignored."""
    if not isinstance(body, dict):
        raise bad_request("Unexpected token in JSON")
    location_id = body.get("locationId")
    if not isinstance(location_id, str) or not location_id:
        raise invalid("locationId should not be empty", "locationId must be a string")
    request = SearchRequest(location_id, _page_limit(body.get("pageLimit"), dialect))
    request.filters = body.get("filters") or []
    request.sort = _sort(body.get("sort"))
    request.query = _query(body.get("query"))
    _paging(request, body)
    return request


def _page_limit(value: Any, dialect: Dialect) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(
            "pageLimit must be a number conforming to the specified constraints",
            "pageLimit should not be empty",
        )
    if value < 1 or int(value) != value:
        raise invalid("pageLimit must not be less than 1")
    if dialect.page_limit_clamped:
        return min(int(value), 100)
    most = _largest_page(dialect)
    if value > most:
        raise _page_refusal(most, dialect)
    return int(value)


def _largest_page(dialect: Dialect) -> int:
    if dialect.page_limit_50:
        return 50
    if dialect.page_limit_100:
        return 100
    return 200 if dialect.page_limit_200 else MAX_PAGE


def _page_refusal(most: int, dialect: Dialect) -> Refusal:
    message = f"pageLimit must not be greater than {most}"
    if dialect.page_limit_unexplained:
        return bad_request("Bad Request")
    if dialect.page_limit_reworded:
        message = f"limit exceeds the allowed maximum of {most}"
    elif dialect.page_limit_unnamed:
        message = message.removeprefix("pageLimit ")
    return bad_request(message) if dialect.page_limit_400 else invalid(message)


def _sort(value: Any) -> list[tuple[str, bool]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_request("sort must be an array")
    if len(value) > 2:
        raise bad_request("sort must contain not more than 2 elements")
    result = []
    for item in value:
        name = item.get("field") if isinstance(item, dict) else None
        if name not in SORT_FIELDS:
            raise bad_request(f"Invalid field {name}")
        direction = item.get("direction", "asc")
        if direction not in ("asc", "desc"):
            raise bad_request(f"Invalid sort direction {direction}")
        result.append((name, direction == "desc"))
    return result


def _query(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid("query must be a string")
    if len(value) > MAX_QUERY:
        raise invalid(f"query must be shorter than or equal to {MAX_QUERY} characters")
    return value


def _paging(request: SearchRequest, body: dict[str, Any]) -> None:
    page, cursor = body.get("page"), body.get("searchAfter")
    if cursor is not None:
        if page is not None:
            raise bad_request("page and searchAfter cannot be used together")
        if not isinstance(cursor, list):
            raise invalid("searchAfter must be an array")
        request.search_after = cursor or None
    if page is None:
        return
    if isinstance(page, bool) or not isinstance(page, int) or page < 1:
        raise invalid("page must not be less than 1")
    if page * request.page_limit > PAGE_MODE_CAP:
        raise Refusal(
            400,
            "Result window is too large, page * pageLimit must be less than or equal "
            f"to: [{PAGE_MODE_CAP}]. Use searchAfter instead.",
        )
    request.page = page
