"""Odoo's command line, with the addon's modules imported from the last to the first.

What a class extends still has to be there before it: Odoo refuses to build it
otherwise, so that much order is certain. All the rest must not matter.
"""

import ast
import importlib.machinery
import runpy
import sys
from pathlib import Path

from odoo.orm import models
from odoo.orm.registry import Registry

ADDON = "ghl_contact_sync"
ODOO = Path(__file__).resolve().parents[3] / "stack" / "bin" / "odoo"


def reverse_imports() -> None:
    """Have every package of the addon import its modules in reverse."""
    loader = importlib.machinery.SourceFileLoader
    usual = loader.get_code

    def get_code(self, fullname):
        ours = fullname.startswith(f"odoo.addons.{ADDON}.")
        if not (ours and self.is_package(fullname)):
            return usual(self, fullname)
        path = self.get_filename(fullname)
        module = ast.parse(self.get_data(path), path)
        imports = [node for node in module.body if isinstance(node, ast.ImportFrom)]
        others = [node for node in module.body if node not in imports]
        module.body = [*others, *reversed(imports)]
        return compile(module, path, "exec")

    loader.get_code = get_code


def reverse_pieces() -> None:
    """Build models from their pieces in reverse, each after what it extends."""
    load = Registry.load

    def load_reversed(self, package):
        pieces = models.MetaModel._module_to_models__.get(package.name, [])
        if package.name == ADDON:
            usual = list(pieces)
            pieces[:] = _in_reverse(usual, set(self.models))
            moved = sum(a is not b for a, b in zip(pieces, usual, strict=True))
            leave_assets(self)
            print(f"REVERSED {moved} of {len(pieces)} pieces", flush=True)
        return load(self, package)

    Registry.load = load_reversed


def leave_assets(registry: Registry) -> None:
    """Keep Odoo from making the assets of all pages for tests that open no page."""
    registry["ir.qweb"]._pregenerate_assets_bundles = lambda _self: []


def _in_reverse(pieces: list, known: set[str]) -> list:
    waiting, ordered = list(reversed(pieces)), []
    while waiting:
        # No piece is left over: in the order of the source every one finds its place.
        piece = next(one for one in waiting if set(one._inherit) <= known)
        waiting.remove(piece)
        ordered.append(piece)
        known.add(piece._name)
    return ordered


if __name__ == "__main__":
    reverse_imports()
    reverse_pieces()
    sys.argv[0] = str(ODOO)
    runpy.run_path(str(ODOO), run_name="__main__")
