"""Has a server tell in its log when somebody waits for GoHighLevel in a transaction."""

import importlib.util
import logging
import sys
from pathlib import Path

from odoo.modules.module import load_openerp_module

_logger = logging.getLogger(__name__)

_ADDON = "ghl_contact_sync"


def watch():
    """Begin to watch; called when the server loads this module.

    The addon is loaded as Odoo does it: one that is only imported is taken for loaded,
    and its gate in front of the API would never be put up.
    """
    load_openerp_module(_ADDON)
    addon = sys.modules[f"odoo.addons.{_ADDON}"]
    # By its file: the package that it is in would load every test.
    file = Path(addon.__file__).parent / "tests" / "transaction_watch.py"
    name = f"{addon.__name__}.tests.transaction_watch"
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.TransactionWatch(
        on_break=lambda stack: _logger.error("waits in a transaction\n%s", stack)
    ).start()
