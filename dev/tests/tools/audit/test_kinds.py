"""What an audit found, by kind of field."""

from ghl_contact_sync.tools.audit.kinds import KINDS, kinds_that_differ
from ghl_contact_sync.tools.mapping import columns


def test_every_column_that_holds_contents_has_a_kind():
    held = {*columns.TEXTS, *columns.BOOLEANS, *columns.JSONS}
    for column in held:
        found = kinds_that_differ({column: "a"}, {column: "b"})
        assert found
        assert found <= set(KINDS), column


def test_what_has_no_column_is_told_by_its_key():
    before = {"extra": {"opportunities": [], "odd": 1}}
    after = {"extra": {"opportunities": [{"id": "x"}], "odd": 1}}
    assert kinds_that_differ(before, after) == {"opportunities"}
    assert kinds_that_differ(before, {"extra": {"opportunities": [], "odd": 2}}) == {
        "other"
    }
    assert kinds_that_differ(
        {"extra": None}, {"extra": {"activeWorkflows": ["w"]}}
    ) == {"workflows"}


def test_equal_states_differ_in_nothing():
    row = {"email": "a@b.c", "extra": {"followers": ["u"]}, "tags": [1, 2]}
    assert kinds_that_differ(row, dict(row)) == set()
    assert kinds_that_differ(row, {**row, "tags": [2]}) == {"tags"}
    assert kinds_that_differ(row, {**row, "email": None, "dnd": True}) == {
        "email",
        "dnd",
    }
