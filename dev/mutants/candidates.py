"""The mutants of a module: what cosmic-ray can change, less what nothing can notice."""

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names

Place = tuple[int, int]
# No slip of a person: `is` for the equality of numbers and texts, which CPython often
# answers alike, and an operator of another family for `+`, which rarely tells more than
# `-` and `*` do.
_UNLIKELY = re.compile(
    r"core/ReplaceComparisonOperator_(?!Is)\w+_Is(Not)?$"
    r"|core/ReplaceBinaryOperator_\w+_(LShift|RShift|BitOr|BitAnd|BitXor|Mod|Pow)$"
)


@dataclass(frozen=True)
class Mutant:
    """One small change of a module.

    :ivar Path path: the module
    :ivar str source: the whole module as it is
    :ivar str code: the same, changed
    :ivar int line: where
    :ivar function: first line of the function around it, None outside of any
    """

    path: Path
    source: str
    code: str
    line: int
    function: int | None
    lacks_statement: bool = False

    def change(self, name: str) -> str:
        """Return what names it from one run to the next, wherever its line stands."""
        before, after = self.source.splitlines(), self.code.splitlines()
        start = next(
            (
                n
                for n, pair in enumerate(zip(before, after, strict=False))
                if pair[0] != pair[1]
            ),
            min(len(before), len(after)),
        )
        around = before[max(start - 1, 0) : start + 2]
        return "\n".join((name, *around, "=>", *after[start : start + 1]))

    def diff(self, name: str) -> str:
        """Return the change as `diff -u` shows it."""
        before = self.source.splitlines(keepends=True)
        after = self.code.splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, name, name, n=2))


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a module that a test could notice."""
    source = path.read_text()
    tree = ast.parse(source)
    idle, functions = _idle(tree), _functions(tree)
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments() or _UNLIKELY.match(name):
            continue
        changer = operator()
        places = (
            (start, end)
            for node in ast_nodes(get_ast(source))
            for start, end in changer.mutation_positions(node)
        )
        for number, (start, _end) in enumerate(places):
            if any(first <= start < last for first, last in idle):
                continue
            code = _changed(source, changer, number)
            if code is None or code == source or not _is_python(code):
                continue
            yield Mutant(path, source, code, start[0], _around(functions, start[0]))
    for line, code in _without_a_statement(source, tree):
        yield Mutant(path, source, code, line, _around(functions, line), True)


def _changed(source: str, changer: Operator, number: int) -> str | None:
    try:
        return mutate_code(source, changer, number)
    except AttributeError:
        # It knows no exceptions with a dot in their name.
        return None


def _without_a_statement(source: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the module without one statement of a function, and its line.

    What is only assigned to a local name is left out: the name would be missing.
    """
    lines = source.encode().splitlines(keepends=True)
    functions = _functions(tree)
    for node in ast.walk(tree):
        if not _is_removable(node) or _around(functions, node.lineno) is None:
            continue
        start = lines[node.lineno - 1][: node.col_offset]
        end = lines[node.end_lineno - 1][node.end_col_offset :]
        before, after = lines[: node.lineno - 1], lines[node.end_lineno :]
        code = b"".join([*before, start, b"pass", end, *after]).decode()
        if _is_python(code):
            yield node.lineno, code


def _is_python(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


def _is_removable(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, ast.Assign):
        return not any(isinstance(one, ast.Name) for one in node.targets)
    return isinstance(node, (ast.AugAssign, ast.If, ast.For, ast.While, ast.Raise))


def _around(functions: list[tuple[int, int, int]], line: int) -> int | None:
    """Return the first line of the innermost function that a line stands in."""
    around = [one for one in functions if one[0] <= line <= one[1]]
    return max(around)[2] if around else None


def _idle(tree: ast.Module) -> list[tuple[Place, Place]]:
    """Return the parts that nothing reads at run time.

    Annotations, and the options of data classes: slots save memory, and that they are
    frozen is for the type checker.
    """
    found: list[ast.expr | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            found.append(node.annotation)
        elif isinstance(node, ast.arg):
            found.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            found.append(node.returns)
        elif isinstance(node, ast.ClassDef):
            found += node.decorator_list
    return [
        ((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))
        for node in found
        if node is not None
    ]


def _functions(tree: ast.Module) -> list[tuple[int, int, int]]:
    """Return first and last line of each function's body, and its very first line."""
    return [
        (
            node.body[0].lineno,
            node.end_lineno or node.lineno,
            min([node.lineno, *(one.lineno for one in node.decorator_list)]),
        )
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
