"""Every log line of the addon has one form, and stands in the documentation."""

import ast
import json
import re
from pathlib import Path

from ghl_contact_sync.tools.correlation import correlated, current_id, usable_id
from ghl_contact_sync.tools.log_line import log_line

ROOT = Path(__file__).resolve().parents[3]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
DOC = ROOT / "docs" / "operations.md"


def sources():
    for folder in ("controllers", "engine", "models", "tools"):
        yield from (ROOT / folder).rglob("*.py")
    yield from ROOT.glob("*.py")


def log_calls():
    """Yield (place, level, first argument) of each call of a logger."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(
                node.func, ast.Attribute
            ):
                continue
            owner = node.func.value
            name = getattr(owner, "id", getattr(owner, "attr", ""))
            if node.func.attr in LEVELS and "log" in name.lower():
                at = 1 if node.func.attr == "log" else 0
                yield f"{path}:{node.lineno}", node.func.attr, node.args[at]


def told_events():
    """Return {event: levels} of the source."""
    found = {}
    for place, level, message in log_calls():
        assert isinstance(message, ast.Call), f"{place}: use log_line"
        assert getattr(message.func, "id", "") == "log_line", f"{place}: use log_line"
        event = message.args[0]
        assert isinstance(event, ast.Constant), f"{place}: name the event"
        found.setdefault(event.value, set()).add(level)
    return found


def documented_events():
    """Return {event: what its row says of level, meaning and remedy}."""
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", DOC.read_text(), re.M
    )
    return {
        event: (level, *words) for event, level, *words in rows if level[0] in "DIWE"
    }


def test_each_line_of_the_log_is_documented_and_no_other():
    told, documented = told_events(), documented_events()
    assert len(told) > 40
    assert told.keys() == documented.keys()
    for event, levels in told.items():
        row = documented[event][0]
        for level in levels - {"log"}:
            assert level.upper() in row, event
        assert all(text.strip() for text in documented[event]), event


def test_what_nobody_has_to_do_anything_about_is_no_warning():
    for event, (level, _meaning, remedy) in documented_events().items():
        if level.strip() in ("WARNING", "ERROR"):
            assert not remedy.startswith("nothing"), event


def test_a_line_is_one_line_whatever_it_tells():
    line = log_line(
        "some_event",
        run=3,
        is_new=True,
        seconds=1.5,
        missing=None,
        text='two words\nand "more" event=x',
        plain="ghl.sync.run",
    )
    assert line == (
        "event=some_event run=3 is_new=true seconds=1.5 "
        r'text="two words\nand \"more\" event=x" plain=ghl.sync.run'
    )


def test_a_line_holds_nothing_personal_and_no_secret():
    line = log_line(
        "some_event",
        "Traceback: token=abcdefgh ada@example.com",
        error="ada@example.com +43 660 1234567 Bearer abc.def",
    )
    for part in ("ada@", "1234567", "abc.def", "abcdefgh"):
        assert part not in line
    assert line.splitlines()[1].startswith("Traceback")


def test_a_line_tells_by_which_order():
    with correlated("order-1"):
        assert log_line("some_event").endswith("correlation_id=order-1")
        with correlated(None) as own:
            assert current_id() == own != "order-1"
        assert current_id() == "order-1"
    assert current_id() is None
    assert log_line("some_event") == "event=some_event"


def test_only_what_is_harmless_is_taken_for_an_id():
    assert usable_id("a1-B_2.c:3") == "a1-B_2.c:3"
    for text in (None, "", "a b", "a\r\nX: y", "x" * 65, "-a", "ü", json.dumps("a")):
        assert usable_id(text) is None
