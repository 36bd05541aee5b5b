"""Whatever Odoo calls in the background begins again when it loses a race."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# How a method is decorated that Odoo calls by itself, beside those of crons.
BY_ODOO = "autovacuum"


def methods():
    """Yield (place, name, names of its decorators) of each method of a model."""
    for path in sorted((ROOT / "models").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                names = [ast.unparse(one) for one in node.decorator_list]
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.name, names


def called_by_crons():
    """Return the calls that crons are made of."""
    found = re.findall(
        r'name="code">(.*?)</field>', (ROOT / "data/ir_cron_data.xml").read_text()
    )
    for path in (ROOT / "engine").rglob("*.py"):
        found += re.findall(r'"code": f?"(.*?)"', path.read_text())
    return found


def test_each_body_of_a_cron_is_a_cron_job():
    bodies = {name for _place, name, names in methods() if "cron_job" in names}
    calls = called_by_crons()
    assert len(calls) >= 10
    for call in calls:
        match = re.fullmatch(r"model(?:\.browse\(.*\))?\.(_cron_\w+)\(\)", call)
        assert match, f"{call}: a cron calls one method"
        assert match[1] in bodies, f"{call}: decorate it by cron_job"


def test_so_is_all_else_that_odoo_calls_by_itself():
    found = [
        (place, names)
        for place, name, names in methods()
        if name.startswith("_cron_") or any(BY_ODOO in one for one in names)
    ]
    assert len(found) >= 12
    # The innermost, so that Odoo's own marks stay.
    assert [place for place, names in found if names[-1] != "cron_job"] == []


def test_no_cron_is_made_elsewhere():
    made = {
        str(path.relative_to(ROOT))
        for folder in ("controllers", "engine", "models")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r'\["ir\.cron"\]\.(sudo\(\)\.)?create', path.read_text())
    }
    assert made == {"engine/crons/location_cron.py"}
