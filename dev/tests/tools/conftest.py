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
sys.path.insert(0, str(Path(__file__).resolve().parent / "helpers"))

import pytest  # noqa: E402


@pytest.fixture
def server():
    """A vendor on a socket of its own."""
    from vendor_server import VendorServer

    running = VendorServer()
    yield running
    running.close()


@pytest.fixture
def make_client(server):
    """Return a maker of clients for `server`, which never really pause."""
    from ghl_contact_sync.tools.ghl.client import GhlClient, Timeouts
    from ghl_contact_sync.tools.rate_limit.governor import RateGovernor

    made = []

    def make(**kw):
        # The governor's pauses would be real ones: as if nothing were ever refused.
        kw.setdefault("governor", RateGovernor(sleep=lambda seconds: None))
        kw.setdefault("timeouts", Timeouts(connect=5, read=20, total=20))
        kw.setdefault("retry_sleep", lambda seconds: None)
        kw.setdefault("token", "secret-token")
        kw.setdefault("location_id", "loc1")
        client = GhlClient(base_url=server.url, **kw)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()
