"""``make contract``: the page's types and validators, made from the API's document.

`frontend/src/contract` is generated and committed, so that a build of the page needs
neither Python nor the generator. `make lint` calls `is_fresh`.
"""

import filecmp
import json
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import frontend
from provision import paths
from provision.shell import exit_with, run, say

GENERATED = frontend.FOLDER / "src" / "contract"
FILES = ("types.gen.ts", "zod.gen.ts")


def document() -> dict:
    """Return the OpenAPI document; it needs neither Odoo nor a database."""
    # The addon's own `__init__` imports its models, hence Odoo: an empty package of
    # the same name and place stands in for it.
    package = ModuleType(paths.ADDON)
    package.__path__ = [str(paths.ROOT)]
    sys.modules.setdefault(paths.ADDON, package)
    from ghl_contact_sync.tools.openapi.document import build_document

    return build_document()


def generate(folder: Path) -> None:
    """Write the page's side of the contract into a folder."""
    frontend.install()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(document(), file)
        file.flush()
        run(
            frontend.tool("openapi-ts"),
            "The page's side of the API's contract could not be generated.",
            cwd=frontend.FOLDER,
            env={**os.environ, "GHL_OPENAPI": file.name, "GHL_CONTRACT": str(folder)},
        )


def is_fresh() -> bool:
    """Tell whether the committed files are what the document gives."""
    with tempfile.TemporaryDirectory(dir=paths.state()) as folder:
        generate(Path(folder))
        _same, differ, missing = filecmp.cmpfiles(
            folder, GENERATED, FILES, shallow=False
        )
        for name in differ + missing:
            say(f"{GENERATED / name} is not what the document gives: make contract.")
        return not differ and not missing


if __name__ == "__main__":
    exit_with(generate, GENERATED)
