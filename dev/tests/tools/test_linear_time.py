"""No text that others send takes time out of proportion to its length.

Every regular expression of the addon is tried with texts that are hard for one that
goes back and forth, at three sizes: four times the text may not take sixteen times as
long. So is what is built of several of them.
"""

from __future__ import annotations

import ast
import re
import time
from collections import defaultdict
from pathlib import Path

import pytest

from ghl_contact_sync.tools.foreign_text import clean, without_links
from ghl_contact_sync.tools.http import json_body
from ghl_contact_sync.tools.redact import redact

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("tools", "models", "controllers", "engine")
SIZES = (1_000, 4_000, 16_000)
# A quadratic one takes sixteen times as long for four times the text.
MAX_RATIO = 9
# Seconds below which a time says nothing.
NOISE = 0.02

UNITS = [
    "a",
    "a.",
    "a-",
    "a%40",
    "a@",
    "@a",
    "1",
    "+1",
    "1 ",
    "1-",
    " ",
    '"',
    '\\"',
    "'",
    "\\",
    "[",
    "://",
    "a:/",
    "www.",
    "code=",
    "code=a",
    "token",
    "token=",
    'token="',
    "token:'",
    "token ",
    "bearer ",
    "bearer",
    "pit-",
    "eyJ",
    "eyJaaaaa.",
    "refresh token ",
    "refresh token\n",
    "-----BEGIN A-----",
    "A ",
    "not found ",
    "sub-",
    "1.",
    "192.168.",
    "\\ud83d",
    "\\u0000",
    "2026-01-01T00:00:00 ",
    "é",
    "\t",
    "mailto:",
]
STARTS = ("", "bearer", 'x"')
ENDS = ("!", "\n\x00")


def _patterns() -> dict[str, tuple[re.Pattern, set[str]]]:
    """Return {file:line: (pattern, how it is used)}."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for line, *what in _patterns_of(path):
                found[f"{path.relative_to(ROOT)}:{line}"] = what
    return found


def _patterns_of(path: Path):
    """Yield line, pattern and uses of each call of `re` in a file, not importing it."""
    tree = ast.parse(path.read_text())
    known = {"re": re}
    names = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names[id(node.value)] = node.targets[0].id
            value = _value_of(node.value, known)
            if isinstance(value, (str, bytes)):
                known[node.targets[0].id] = value
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    ]
    uses = defaultdict(set)
    for call in calls:
        uses[call.func.value.id].add(call.func.attr)
    for call in calls:
        if call.func.value.id != "re" or call.func.attr == "escape":
            continue
        text = _value_of(call.args[0], known)
        assert text is not None, f"{path}:{call.lineno}: what is the pattern?"
        flags, used = 0, {call.func.attr}
        if call.func.attr == "compile":
            flags = _value_of(call.args[1], known) if len(call.args) > 1 else 0
            used = uses[names[id(call)]] if id(call) in names else {"sub"}
        yield call.lineno, re.compile(text, flags), used


def _value_of(node, known):
    code = compile(ast.Expression(node), "pattern", "eval")
    try:
        # Only sources of this repository, and nothing but `re` and their own texts.
        return eval(code, {"__builtins__": {}}, known)  # noqa: S307
    except (NameError, TypeError, AttributeError):
        return None


PATTERNS = _patterns()


def seconds(work, text) -> float:
    began = time.process_time()
    work(text)
    return time.process_time() - began


def is_linear(work, texts) -> bool:
    """Whether the time grows no faster than the text, by the best of two tries."""
    for _try in range(2):
        # Quick enough is good enough, and most are.
        if seconds(work, texts[SIZES[-1]]) < NOISE:
            return True
        times = [max(seconds(work, texts[size]), NOISE / 40) for size in SIZES]
        if times[1] <= MAX_RATIO * times[0] and times[2] <= MAX_RATIO * times[1]:
            return True
    return False


def _texts():
    for start in STARTS:
        for unit in UNITS:
            for end in ENDS:
                yield {size: start + unit * (size // len(unit)) + end for size in SIZES}


TEXTS = list(_texts())


def test_every_expression_is_found():
    assert len(PATTERNS) > 30
    assert any(name.startswith("models/") for name in PATTERNS)
    assert any(name.startswith("tools/web/") for name in PATTERNS)


@pytest.mark.parametrize("name", PATTERNS)
def test_expressions_take_time_in_proportion(name):
    pattern, uses = PATTERNS[name]

    def work(text):
        if isinstance(pattern.pattern, bytes):
            text = text.encode()
        if uses - {"match", "fullmatch"}:
            for _match in pattern.finditer(text):
                pass
        pattern.match(text)
        pattern.fullmatch(text)

    for texts in TEXTS:
        assert is_linear(work, texts), repr(texts[SIZES[0]][:60])


@pytest.mark.parametrize(
    "work",
    [redact, without_links, clean, json_body._flatten],
    ids=["redact", "without_links", "clean", "flatten"],
)
def test_what_is_built_of_them_does_too(work):
    for texts in TEXTS:
        assert is_linear(work, texts), repr(texts[SIZES[0]][:60])


def test_an_answer_that_is_nested_too_deep_and_never_ends_is_read_in_no_time():
    body = b"[" * 5_000 + b'"' + b'\\"' * 2_000_000
    began = time.process_time()
    with pytest.raises(ValueError):
        json_body.parse(body)
    assert time.process_time() - began < 5


def test_a_long_error_without_blanks_costs_next_to_nothing():
    began = time.process_time()
    redact("a" * 32_000)
    redact("a.b-" * 2_000_000)
    assert time.process_time() - began < 2
