"""Let tests import the addon's ``tools`` and ``const`` without Odoo.

The package's own ``__init__`` imports models, hence Odoo; an empty package of the same
name and place stands in for it.
"""

import os
import sys
from pathlib import Path
from types import ModuleType

from hypothesis import HealthCheck, settings

ADDON = "ghl_contact_sync"

if ADDON not in sys.modules:
    package = ModuleType(ADDON)
    package.__path__ = [str(Path(__file__).resolve().parents[2])]
    sys.modules[ADDON] = package

# How long an example takes says more of what else the machine does than of the code.
# The examples are the same everywhere, so that a test which passes here does elsewhere.
settings.register_profile(
    "same",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
settings.register_profile("new", settings.get_profile("same"), derandomize=False)
settings.load_profile("new" if os.environ.get("DRAW") == "new" else "same")
