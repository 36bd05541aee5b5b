"""Let tests import the addon's ``tools`` and ``const`` without Odoo.

The package's own ``__init__`` imports models, hence Odoo; an empty package of the same
name and place stands in for it.
"""

import sys
from pathlib import Path
from types import ModuleType

from hypothesis import settings

ADDON = "ghl_contact_sync"

if ADDON not in sys.modules:
    package = ModuleType(ADDON)
    package.__path__ = [str(Path(__file__).resolve().parents[2])]
    sys.modules[ADDON] = package

# How long an example takes says more of what else the machine does than of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
