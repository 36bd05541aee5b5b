"""Has a server tell in its log when somebody waits for GoHighLevel in a transaction."""

import importlib.util
import logging
from pathlib import Path

from odoo.addons import ghl_contact_sync

_logger = logging.getLogger(__name__)

# By its file: the package that it is in would load every test.
_NAME = f"{ghl_contact_sync.__name__}.tests.transaction_watch"
_FILE = Path(ghl_contact_sync.__file__).parent / "tests" / "transaction_watch.py"


def watch():
    """Begin to watch; called when the server loads this module."""
    spec = importlib.util.spec_from_file_location(_NAME, _FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.TransactionWatch(
        on_break=lambda stack: _logger.error("waits in a transaction\n%s", stack)
    ).start()
