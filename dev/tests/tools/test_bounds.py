"""Bounds that keep the code easy to see: sizes, types and docstrings."""

import ast
import collections
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PRODUCT = ("controllers", "models", "engine", "tools")
EVERYTHING = (*PRODUCT, "migrations", "tests", "dev")
LINES_OF_FUNCTION, LINES_OF_FILE, METHODS, FILES = 60, 450, 50, 14
RETURNS, DOCSTRINGS = 0.98, 0.90
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*folders: str) -> Iterator[Path]:
    """Yield what stands in folders, without what tools leave there."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            inside = path.relative_to(ROOT)
            made = any(part.startswith((".", "__pyc")) for part in inside.parts)
            if path.is_file() and not made and "node_modules" not in inside.parts:
                yield inside


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in files(*folders):
        if path.suffix == ".py":
            yield path, ast.parse((ROOT / path).read_text())


def functions(*folders: str) -> Iterator[tuple[str, Function]]:
    for path, module in modules(*folders):
        for node in ast.walk(module):
            if isinstance(node, Function):
                yield f"{path}: {node.name}", node


def test_functions_fit_on_a_screen():
    found = list(functions(*EVERYTHING))
    assert len(found) > 1_000
    long = [
        where
        for where, node in found
        if node.end_lineno - node.lineno >= LINES_OF_FUNCTION
    ]
    assert not long


def test_files_have_one_concern():
    long = [
        str(path)
        for path in files(*EVERYTHING)
        if path.suffix == ".py"
        and (ROOT / path).read_text().count("\n") > LINES_OF_FILE
    ]
    assert not long


@pytest.mark.parametrize("top", (*EVERYTHING, "views"))
def test_folders_can_be_seen_at_a_glance(top):
    count = collections.Counter(
        path.parent for path in files(top) if path.name != "__init__.py"
    )
    # Recorded answers are data, one file each.
    full = {
        str(folder): number
        for folder, number in count.items()
        if number > FILES and "fixtures" not in folder.parts
    }
    assert not full


def test_classes_have_few_methods():
    """Those of models are counted over all their pieces by test_pieces.py."""
    large = [
        f"{path}: {node.name}"
        for path, module in modules(*EVERYTHING)
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
        and sum(isinstance(part, Function) for part in node.body) > METHODS
    ]
    assert not large


def test_functions_tell_what_they_return():
    told = [node.returns is not None for _where, node in functions(*PRODUCT)]
    assert sum(told) / len(told) >= RETURNS


def test_public_functions_have_docstrings():
    told = [
        bool(ast.get_docstring(node))
        for _where, node in functions(*PRODUCT)
        if not node.name.startswith("_")
    ]
    assert sum(told) / len(told) >= DOCSTRINGS
