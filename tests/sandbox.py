"""A real GHL server for tests: the sandbox of `dev/`, as a process of its own."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import requests

from ..tools.mapping.columns import MAX_ID
from ..tools.mapping.prepare_contact import is_own
from ..tools.mapping.scrub import scrub
from .common import GhlCommon

DEV = Path(__file__).resolve().parents[1] / "dev"
_START_SECONDS = 60


def usable_id(contact):
    """Whether a record of the vendor's has an id that can be a key."""
    ghl_id = contact.get("id") if isinstance(contact, dict) else None
    if type(ghl_id) is int:
        return True
    if not isinstance(ghl_id, str) or scrub(ghl_id) != ghl_id:
        return False
    return 0 < len(ghl_id.strip()) <= MAX_ID


class Sandbox:
    """One running sandbox and its control API."""

    def __init__(self, *options: str):
        if not (DEV / "ghl_sandbox").is_dir():
            raise unittest.SkipTest("the sandbox is part of the repository's checkout")
        self._folder = tempfile.TemporaryDirectory()
        ready = Path(self._folder.name) / "ready.json"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "ghl_sandbox", "--port", "0", "--quiet"),
                # Told in every answer, and never reached: without any the governor
                # keeps to those that the vendor documents, and the tests would wait.
                *("--limits", "1000000/10/1000000000"),
                *("--ready-file", str(ready), *options),
            ],
            cwd=DEV,
            env={**os.environ, "PYTHONPATH": str(DEV)},
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.05)
        told = json.loads(ready.read_text())
        self.url = told["url"]
        self.locations = told["locations"]

    def stop(self):
        self._process.terminate()
        self._process.wait(10)
        self._folder.cleanup()

    def control(self, method, path, body=None, **params):
        """Call the control API and return its JSON."""
        answer = requests.request(
            method, f"{self.url}/_sandbox{path}", json=body, params=params, timeout=60
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def add_location(self, size, **options):
        """Return a new location: {id, name, size, pit}."""
        body = {"name": f"Location {secrets.token_hex(3)}", "size": size, **options}
        return self.control("POST", "/locations", body)

    def truth(self, ghl_id):
        """Return {contact id: contact} of what the location really holds.

        As far as it can be stored: without NUL, without records that have no id or
        name another location.
        """
        answer = requests.get(
            f"{self.url}/_sandbox/locations/{ghl_id}/truth", timeout=120
        )
        answer.raise_for_status()
        contacts = [json.loads(line) for line in answer.content.splitlines() if line]
        return {
            str(c["id"]): scrub(c)
            for c in contacts
            if usable_id(c) and is_own(c, ghl_id)
        }

    def requests_sent(self, ghl_id):
        stats = self.control("GET", "/stats")
        return stats["by_location"].get(ghl_id, {}).get("requests", 0)


class SandboxCase(GhlCommon):
    """Tests of the engine against the sandbox, one for each class."""

    sandbox_options: tuple[str, ...] = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox = Sandbox(*cls.sandbox_options)
        cls.addClassCleanup(cls.sandbox.stop)
        cls.set_setting("api_base_url", cls.sandbox.url)
        cls.set_setting("fetch_threads", 4)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.sandbox.control, "POST", "/reset")

    def connect(self, size=30, **options):
        """Return a `ghl.location` for a new location of the sandbox."""
        told = self.sandbox.add_location(size, **options)
        connection = self.env["ghl.connection"].create(
            {"name": told["name"], "private_token": told["pit"]}
        )
        return self.env["ghl.location"].create(
            {
                "name": told["name"],
                "ghl_id": told["id"],
                "connection_id": connection.id,
            }
        )

    def sync(self, location, kind="full", slices=30):
        """Order a sync and work it off as the cron does; return the run."""
        with self.enter_registry_test_mode():
            run, _created = location._order_sync(kind)
            for _slice in range(slices):
                self.work(location)
                if not run._is_active() or run.state == "waiting":
                    break
        return run

    def work(self, location):
        """Let the location's cron do one slice."""
        self.env.flush_all()
        location.sudo().cron_id.method_direct_trigger()
        self.env.invalidate_all()

    def contacts(self, location):
        return (
            self.env["ghl.contact"]
            .with_context(active_test=False)
            .search([("location_id", "=", location.id)])
        )

    def assertProven(self, run):
        self.assertEqual(
            (run.state, run.proof_state),
            ("done", "proven"),
            f"{run.error} {run.proof_message}",
        )

    def assertMirrors(self, location):
        """Assert that the live contacts are those of the sandbox, field by field."""
        truth = self.sandbox.truth(location.ghl_id)
        live = self.contacts(location).filtered("active")
        self.assertEqual(set(live.mapped("ghl_id")), set(truth))
        self.assertEqual(location.contact_count, len(live))
        for contact in live:
            told = truth[contact.ghl_id]
            for key, value in self.mirrored_fields(contact).items():
                self.assertEqual(
                    value, told.get(key), f"{key} of contact {contact.ghl_id}"
                )

    def mirrored_fields(self, contact):
        """Return what the mirror says of a contact, by the vendor's keys."""
        extra = contact.extra or {}
        plain = {
            "firstName": contact.first_name or None,
            "lastName": contact.last_name or None,
            "email": contact.email or None,
            "phone": contact.phone or None,
            "companyName": contact.company_name or None,
            "city": contact.city or None,
            "source": contact.source or None,
            "type": contact.type or None,
            "assignedTo": contact.assigned_to or None,
        }
        # What did not fit its column is in `extra` as it came; so is every other key.
        return {**{k: v for k, v in plain.items() if v is not None}, **extra}
