"""Make the addon's pure-Python part importable without Odoo."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

REPO = Path(__file__).resolve().parents[3]

# A bare package in place of the addon: its own `__init__` imports Odoo.
if "ghl_contact_sync" not in sys.modules:
    package = ModuleType("ghl_contact_sync")
    package.__path__ = [str(REPO)]
    sys.modules["ghl_contact_sync"] = package

# Helpers of these tests are imported by their plain names.
sys.path.insert(0, str(Path(__file__).resolve().parent))
