"""The GoHighLevel client: typed calls, one token, many threads. No Odoo in here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ..errors import (
    GhlForeignRecords,
    GhlNotFound,
    GhlRequestError,
)
from ..http.session import Timeouts
from ..http.transport import RawAnswer
from ..mapping.prepare_contact import is_own
from .responses import SearchPage, search_page, wrong_shape
from .send_request import GhlCaller
from .users import read_users

__all__ = ["GhlClient", "SearchPage", "Timeouts"]

# Ids have twenty letters and digits, some of each.
_LIKE_AN_ID = re.compile(r"\b(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{20}\b")
_BY_AGE = ({"field": "dateAdded", "direction": "asc"},)
# So many foreign records on one page are no single strays.
JUDGED = 20
# Such an answer is asked for so often.
FOREIGN_TRIES = 3
# Some accounts leave contacts without a date out of a search that is sorted by it.
NEUTRAL_SORT = ({"field": "firstNameLowerCase", "direction": "asc"},)


class GhlClient(GhlCaller):
    """The calls that a mirror of one location's contacts needs.

    See `GhlCaller` for what it is made with. Safe to share between threads.
    """

    def search(
        self,
        *,
        filters: Sequence[Mapping[str, Any]] = (),
        sort: Sequence[Mapping[str, str]],
        page_limit: int,
        search_after: Any = None,
        page: int | None = None,
        query: str | None = None,
        kind: str = "search",
    ) -> SearchPage:
        """Fetch one page of contacts.

        `search_after` and `page` exclude each other; without `sort` the vendor's order
        is not documented, hence it is not optional
        (https://doc.clickup.com/8631005/d/h/87cpx-158396/6e629989abe7fad).

        :raise GhlCursorRefused: `search_after` was given and answered by 400 or 422,
            or by a 404 that speaks of the search
        :raise GhlPageLimitRefused: the vendor wants smaller pages
        :raise GhlForeignRecords: most contacts are another location's, also when
            repeated; single ones are left to the merge, which refuses them
        :raise GhlPayloadError: the answer has no list of contacts, also when repeated
        """
        optional = {
            "filters": list(filters),
            "sort": list(sort),
            "searchAfter": search_after,
            "page": page,
            "query": query,
        }
        payload: dict[str, Any] = {
            "locationId": self.location_id,
            "pageLimit": page_limit,
            **{key: value for key, value in optional.items() if value},
        }
        found = self._search(kind, payload)
        if found.is_foreign and kind != "contact":
            # A single stray may stand here. Whether it is the rule, the
            # location's first contacts tell.
            first = {"locationId": self.location_id, "sort": list(_BY_AGE)}
            self._search("search", {**first, "pageLimit": JUDGED}, judged=1)
        return found

    def _search(
        self, kind: str, payload: dict[str, Any], judged: int = JUDGED
    ) -> SearchPage:
        """Fetch a page.

        :param judged: of so many foreign records on, a page that holds more of them
            than of ours is not taken
        """
        call = self._call(kind, "POST", "/contacts/search", json=payload)
        call.with_cursor = "searchAfter" in payload
        tries = 0

        def read(answer: RawAnswer) -> SearchPage:
            nonlocal tries
            tries += 1
            if kind == "search":
                # The contacts take memory until the page forgets them. Other answers
                # stay small.
                answer.expand()
            found = search_page(
                answer.body,
                self._parse(call, answer),
                call.requested_at,
                payload["pageLimit"],
                self.location_id,
            )
            if found.is_foreign and found.foreign >= judged and kind != "contact":
                raise _foreign("contacts", retryable=tries < FOREIGN_TRIES)
            # It lives as long as the page does.
            found.lease, answer.lease = answer.lease, None
            return found

        return self._run(call, read)

    def search_by_ids(self, contact_ids: Sequence[str]) -> SearchPage:
        """Search for contacts by id.

        The index lags, so that absence alone proves nothing; with a page that is not
        `SearchPage.is_complete` it does not even tell what the index holds.
        """
        same = [{"field": "id", "operator": "eq", "value": key} for key in contact_ids]
        page = self.search(
            filters=[{"group": "OR", "filters": same}],
            sort=NEUTRAL_SORT,
            page_limit=max(len(same), 1),
            kind="contact",
        )
        page.drop_foreign(self.location_id)
        for contact in page.contacts:
            _name_by_text(contact)
        return page

    def count(self, filters: Sequence[Mapping[str, Any]] = ()) -> int | None:
        """Return how many contacts match, ``None`` when the vendor does not say."""
        page = self.search(filters=filters, sort=_BY_AGE, page_limit=1, kind="count")
        return page.total

    def get_contact(self, contact_id: str) -> dict[str, Any] | None:
        """Return one contact, ``None`` when the vendor says that it does not exist.

        The vendor answers 404 or 400 for a deleted contact, with words that say so.
        Any other is raised, and so is an empty answer: a gateway deletes nobody.

        :raise GhlNotFound: the answer denies something else than the contact, another
            contact for one. It can be asked for again later, as whoever stands in the
            way may leave.
        :raise GhlForeignRecords: the contact is another location's
        :raise GhlPayloadError: the answer holds no contact, or another one
        """
        call = self._call("contact", "GET", f"/contacts/{_segment(contact_id)}")

        def read(answer: RawAnswer) -> dict[str, Any]:
            value = self._parse(call, answer).value
            contact = value.get("contact", value) if isinstance(value, dict) else None
            if not isinstance(contact, dict):
                raise wrong_shape("the contact")
            _name_by_text(contact)
            if contact.get("id") != contact_id:
                raise wrong_shape("the contact")
            return contact

        try:
            contact = self._run(call, read)
        except GhlNotFound as err:
            if err.genuine and not _names_another(
                err.message, contact_id, self.location_id
            ):
                return None
            err.retryable = True
            raise
        if not is_own(contact, self.location_id):
            # An agency's token reads every location. That one has it does not say that
            # ours has lost it.
            raise _foreign("the contact", retryable=False)
        return contact

    def get_location(self) -> dict[str, Any]:
        """Return the location's own record."""
        value = self._get("location", f"/locations/{_segment(self.location_id)}")
        location = value.get("location", value) if isinstance(value, dict) else None
        if not isinstance(location, dict):
            raise wrong_shape("the location")
        told = location.get("id") or location.get("_id")
        if isinstance(told, str) and told.strip() != self.location_id:
            raise _foreign("details", retryable=False)
        return location

    def get_custom_fields(self) -> list[dict[str, Any]]:
        """Return the definitions of the contacts' custom fields."""
        path = f"/locations/{_segment(self.location_id)}/customFields"
        return self._list("custom_fields", path, "customFields", {"model": "contact"})

    def get_tags(self) -> list[dict[str, Any]]:
        """Return the location's tags."""
        path = f"/locations/{_segment(self.location_id)}/tags"
        return self._list("tags", path, "tags")

    def get_users(self) -> list[dict[str, Any]]:
        """Return the location's users."""
        found = read_users(
            lambda path, params: self._get("users", path, params),
            self.location_id,
            self._version,
            self._company_id,
        )
        return [user for user in found if is_own(user, self.location_id)]

    def _company_id(self) -> str | None:
        told = self.get_location().get("companyId")
        return told if isinstance(told, str) else None

    def _get(
        self, kind: str, path: str, params: Mapping[str, Any] | None = None
    ) -> Any:
        return self.request("GET", path, params=params, kind=kind)

    def _list(
        self,
        kind: str,
        path: str,
        key: str,
        params: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        value = self._get(kind, path, params)
        items = value.get(key) if isinstance(value, dict) else None
        if not isinstance(items, list):
            raise wrong_shape(f"the list {key}")
        return [
            item
            for item in items
            if isinstance(item, dict) and is_own(item, self.location_id)
        ]


def _foreign(what: str, retryable: bool) -> GhlForeignRecords:
    return GhlForeignRecords(
        f"GoHighLevel's answer holds {what} of another location. Nothing of it was "
        "taken over, and nothing was deleted.",
        retryable=retryable,
    )


def _name_by_text(contact: dict[str, Any]) -> None:
    """Give a contact's id the form in which the mirror keeps it, if it is a number."""
    if type(contact.get("id")) is int:
        contact["id"] = str(contact["id"])


def _names_another(words: str, contact_id: str, location_id: str) -> bool:
    """Tell whether words that deny a contact are about another one.

    Answers can be mixed up on the way, by a cache for one.
    """
    named = set(_LIKE_AN_ID.findall(words))
    if contact_id in named or contact_id in words.split():
        return False
    return bool(named - {location_id})


def _segment(text: str) -> str:
    """Return `text` as one segment of a path.

    :raise GhlRequestError: it would change the path
    """
    if text in ("", ".", ".."):
        raise GhlRequestError("An id is missing or unusable.", code="bad_id")
    return quote(text, safe="")
