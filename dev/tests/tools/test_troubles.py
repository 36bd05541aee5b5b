"""The tables of troubles and actions: whole, and true of the source."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from ghl_contact_sync.tools import actions, errors, troubles
from ghl_contact_sync.tools.actions import ACTIONS, Target, Viewer, describe
from ghl_contact_sync.tools.ghl import oauth_refusals
from ghl_contact_sync.tools.http import transport
from ghl_contact_sync.tools.troubles import TROUBLES

REPO = Path(__file__).resolve().parents[3]
SLUG = re.compile(r"[a-z][a-z0-9_]+")
FULL = Target("loc1", 1, 2, 3, 4)


def _sources():
    for folder in ("tools", "engine", "models"):
        yield from sorted((REPO / folder).rglob("*.py"))


def _strings(node):
    """Return the slugs that an expression may be, of either branch."""
    return {
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant)
        and isinstance(one.value, str)
        and SLUG.fullmatch(one.value)
    }


def _codes_of(tree):
    """Yield every slug that may end up in `error_code`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "code":
            yield from _strings(node.value)
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        places = {"_finish": 2, "pause": 2, "wait_until": 3, "_error": 1}
        place = places.get(name)
        if place is not None and len(node.args) > place:
            yield from _strings(node.args[place])


def _raised():
    found = set()
    for path in _sources():
        if path.name in ("actions.py", "troubles.py"):
            continue
        tree = ast.parse(path.read_text())
        for code in _codes_of(tree):
            found.add((code, str(path.relative_to(REPO))))
    found |= {(code, "transport") for _kinds, code, _words in transport._FAILURES}
    for module in (errors, oauth_refusals):
        for _name, one in inspect.getmembers(module, inspect.isclass):
            if issubclass(one, errors.GhlError):
                found.add((one.code, module.__name__))
    return found


def test_every_slug_in_the_source_has_its_row():
    raised = _raised()
    assert len(raised) > 20
    assert not sorted(found for found in raised if found[0] not in TROUBLES)


@pytest.mark.parametrize("slug", sorted(TROUBLES))
def test_a_row_is_about_something_and_shows_a_way_out(slug):
    trouble = TROUBLES[slug]
    assert trouble.subject in troubles.SUBJECTS
    assert trouble.tone in troubles.TONES
    assert trouble.actions
    assert set(trouble.actions) <= set(ACTIONS)


def test_an_unknown_slug_is_trouble_all_the_same():
    assert troubles.find_trouble("of_a_newer_version") is troubles.UNKNOWN
    assert troubles.find_trouble(None) is None
    assert troubles.find_trouble("") is None


@pytest.mark.parametrize("code", sorted(ACTIONS))
def test_an_action_leads_somewhere(code):
    action = describe(code, FULL, Viewer())
    assert action["label"]
    assert action["kind"] in ("api", "link")
    assert action["path"] or action["url"]
    assert "{" not in (action["path"] or "") + (action["url"] or "")
    assert action["allowed"] is True
    assert action["ask"] is None
    if action["method"] == "POST":
        assert action["body"]
        assert None not in action["body"].values()


@pytest.mark.parametrize("code", sorted(ACTIONS))
def test_who_may_not_do_it_is_told_whom_to_ask(code):
    action = describe(code, FULL, Viewer(roles=()))
    assert action["allowed"] is False
    assert action["ask"]


def test_an_action_without_its_record_is_not_offered():
    assert describe("open_run", Target("loc1", 1, 2), Viewer()) is None
    assert describe("reconnect", Target("loc1", 1), Viewer()) is None
    assert describe("sync_full", Target(location_id=1), Viewer())["kind"] == "link"
    assert describe("open_cron", FULL, Viewer())["url"].endswith("/4")


def test_actions_are_listed_once_and_in_order():
    codes = ["verify", "open_run", "verify", "sync_full"]
    shown = actions.describe_all(codes, Target("loc1", 1, 2), Viewer())
    assert [action["code"] for action in shown] == ["verify", "sync_full"]


def test_the_names_of_those_to_ask_come_first():
    viewer = Viewer(roles=("reader",), ask={"manager": "Ask Ada."})
    assert describe("reconnect", FULL, viewer)["ask"] == "Ask Ada."
    assert describe("open_settings", FULL, viewer)["ask"].startswith("Ask an admin")


@pytest.mark.parametrize("slug", sorted(actions.ERROR_ACTIONS))
def test_an_error_of_the_api_shows_what_helps(slug):
    viewer = Viewer(roles=(actions.READER,))
    shown = actions.describe_all(actions.ERROR_ACTIONS[slug], Target(), viewer)
    assert len(shown) == len(actions.ERROR_ACTIONS[slug])
    assert all(
        action["url"] and (action["allowed"] or action["ask"]) for action in shown
    )
