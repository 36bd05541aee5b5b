"""A live stack and a browser for the end-to-end tests."""

import contextlib
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from provision import browser as chromium
from stack.live import LOGIN, PASSWORD, LiveStack

# Words that `dev/stack/addons/ghl_watch` logs.
_WAITS = "waits in a transaction"
# Log of each server, and how much of it has been read.
_read: dict[Path, int] = {}
LOCATIONS = [("Bright Smile Dental", 2431), ("North Gym", 187), ("Pop-up Shop", 11)]
# Without these, Chromium looks for servers of its maker's at every start.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)


@pytest.fixture(scope="module")
def make_stack():
    """Return a function that starts a `LiveStack` of its own; all end with the module.

    Arguments are those of `LiveStack`; without ``locations`` it gets the demo's.
    """
    with contextlib.ExitStack() as started:

        def make(name: str, locations=None, **options) -> LiveStack:
            stack = LiveStack(name, locations or LOCATIONS, watched=True, **options)
            # Lines of an earlier session in this log are no business of this one.
            _read[stack.odoo.log] = _size(stack.odoo.log)
            return started.enter_context(stack)

        yield make


@pytest.fixture(autouse=True)
def nobody_waits_in_a_transaction():
    """Fail when a server's log tells of a wait for GHL in an open transaction."""
    yield
    for log, start in _read.items():
        text = log.read_bytes()[start:].decode(errors="replace")
        _read[log] = _size(log)
        if _WAITS in text:
            pytest.fail(text[text.index(_WAITS) :][:4_000])


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(
            executable_path=chromium.program(), args=list(QUIET)
        )
        yield program
        program.close()


@pytest.fixture
def page(browser, stack):
    """A page of a fresh browser context, logged in to the module's `stack` as admin."""
    context = browser.new_context(base_url=stack.url)
    page = context.new_page()
    page.goto("/web/login?redirect=/ghl/analytics")
    page.fill("input[name=login]", LOGIN)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/ghl/analytics*")
    yield page
    context.close()
