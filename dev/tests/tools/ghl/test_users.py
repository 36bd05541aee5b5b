"""A location's users are read whichever call the API version has."""

from __future__ import annotations

import pytest

from ghl_contact_sync.tools.errors import (
    GhlNotFound,
    GhlPageLimitRefused,
    GhlPayloadError,
    GhlRequestError,
    GhlScopeError,
    GhlServerError,
)
from ghl_contact_sync.tools.ghl.users import LIST, MAX_PAGES, SEARCH, read_users

USERS = [{"id": f"user{number}", "name": f"User {number}"} for number in range(230)]


class Vendor:
    def __init__(self, gone=None, most=100, ignores_skip=False, counts=True):
        self.gone, self.most = gone, most
        self.ignores_skip, self.counts = ignores_skip, counts
        self.calls = []

    def get(self, path, params):
        self.calls.append((path, params))
        if path == LIST:
            if self.gone:
                raise self.gone
            return {"users": USERS}
        assert params["companyId"] == "company"
        assert params["locationId"] == "location"
        if int(params["limit"]) > self.most:
            raise GhlPageLimitRefused("limit must not be greater", status=422)
        skip = 0 if self.ignores_skip else int(params["skip"])
        answer = {"users": USERS[skip : skip + int(params["limit"])]}
        return answer | ({"count": len(USERS)} if self.counts else {})

    def read(self, version):
        return read_users(self.get, "location", version, lambda: "company")


def test_older_versions_list_all_at_once():
    vendor = Vendor()
    assert vendor.read("2021-07-28") == USERS
    assert len(vendor.calls) == 1


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("most", [100, 25])
def test_v3_is_searched_page_by_page(most, counts):
    vendor = Vendor(most=most, counts=counts)
    assert vendor.read("v3") == USERS
    assert {path for path, _params in vendor.calls} == {SEARCH}


@pytest.mark.parametrize(
    "gone",
    [
        GhlRequestError("Cannot GET /users/", status=400),
        GhlNotFound("Cannot GET /users/", status=404),
        GhlRequestError("Gone", status=410),
    ],
)
def test_where_the_list_is_gone_from_an_older_version_too(gone):
    assert Vendor(gone).read("2023-02-21") == USERS


@pytest.mark.parametrize(
    "trouble",
    [GhlScopeError("no scope", status=403), GhlServerError("busy", status=503)],
)
def test_other_trouble_is_not_taken_for_that(trouble):
    vendor = Vendor(trouble)
    with pytest.raises(type(trouble)):
        vendor.read("2021-07-28")
    assert len(vendor.calls) == 1


def test_a_vendor_that_ignores_skip_is_not_asked_for_ever():
    vendor = Vendor(ignores_skip=True, counts=False)
    assert vendor.read("v3") == USERS[:100]
    assert len(vendor.calls) < MAX_PAGES


def test_an_answer_of_another_shape_is_an_error():
    with pytest.raises(GhlPayloadError):
        read_users(lambda *_args: {"items": []}, "location", "v3", lambda: None)
