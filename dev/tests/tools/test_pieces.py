"""Models that are spread over files: no piece depends on the order of the others."""

import ast
import collections
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LAYERS = ("controllers", "models", "engine", "tools")
# Attributes that each class of a model may set for itself.
OWN = {"_name", "_inherit", "_description"}


def modules(*layers: str) -> Iterator[tuple[Path, ast.Module]]:
    for layer in layers:
        for path in sorted((ROOT / layer).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(), str(path))


def assigned(node: ast.stmt) -> list[str]:
    """Return the names that a statement of a class body binds."""
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [name.id for name in node.targets if isinstance(name, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def model_of(body: list[ast.stmt]) -> str | None:
    """Return the model that a class defines or extends, as Odoo names it."""
    told = {}
    for node in body:
        if isinstance(node, ast.Assign) and OWN & set(assigned(node)):
            told[assigned(node)[0]] = ast.literal_eval(node.value)
    inherit = told.get("_inherit")
    return told.get("_name") or (inherit if isinstance(inherit, str) else None)


def pieces() -> dict[str, list[tuple[Path, ast.ClassDef]]]:
    """Return {model: its classes in this addon}."""
    found = collections.defaultdict(list)
    for path, module in modules("models", "engine"):
        for node in module.body:
            model = isinstance(node, ast.ClassDef) and model_of(node.body)
            if model:
                found[model].append((path, node))
    return found


def test_no_name_of_a_model_stands_in_two_of_its_pieces():
    assert len(pieces()) > 20
    twice = []
    for model, classes in pieces().items():
        where = collections.defaultdict(list)
        for path, node in classes:
            for name in {name for part in node.body for name in assigned(part)} - OWN:
                where[name].append(str(path))
        twice += [
            f"{model}.{name}: {', '.join(paths)}"
            for name, paths in where.items()
            if len(paths) > 1
        ]
    # The one that is imported last would win.
    assert not twice


def test_no_class_has_more_than_fifty_methods_over_its_pieces():
    large = {}
    for model, classes in pieces().items():
        methods = [
            part
            for _path, node in classes
            for part in node.body
            if isinstance(part, ast.FunctionDef)
        ]
        if len(methods) > 50:
            large[model] = len(methods)
    assert not large


def test_nothing_is_called_by_a_name_that_is_built():
    built = [
        f"{path}:{node.lineno}"
        for path, module in modules(*LAYERS)
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "getattr"
        and not isinstance(node.args[1], ast.Constant | ast.Name | ast.Attribute)
    ]
    assert not built
