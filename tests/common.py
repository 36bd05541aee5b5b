"""Fixtures that every test of the addon shares."""

import json
import math
import secrets
import time
from unittest.mock import patch
from urllib.parse import urlsplit

import requests

from odoo.tests.common import TransactionCase, new_test_user

from .. import const
from ..engine import transaction
from ..engine.alarm import attendance
from ..engine.api import ask_total
from ..engine.location.figures import store_total
from ..engine.mirror.merge import Merger
from ..engine.schedule import viewed
from .watch_in_tests import WatchInTests

VENDOR_HOST = urlsplit(const.DEFAULT_API_BASE_URL).hostname


class FakeVendor:
    """GoHighLevel at the transport: answers what a test tells it to.

    `total` is what a search tells, None stands for a vendor that cannot be reached;
    `requests` are those that arrived.
    """

    def __init__(self):
        self.total = 0
        self.contacts = []
        self.requests = []

    def answer(self, request):
        """Return the `requests.Response` to a prepared request."""
        self.requests.append(request)
        if self.total is None:
            raise requests.ConnectionError("unreachable")
        if urlsplit(request.url).path == "/contacts/search":
            return self.json(200, {"contacts": self.contacts, "total": self.total})
        return self.json(404, {"statusCode": 404, "message": "Not Found"})

    def json(self, status, body):
        response = requests.Response()
        response.status_code = status
        response.headers["Content-Type"] = "application/json"
        response._content = json.dumps(body).encode()
        return response


class GhlCommon(TransactionCase):
    """One location of one company, and a user of each sort."""

    vendor: FakeVendor

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.watch_transactions()
        cls.vendor = FakeVendor()
        cls.company = cls.env.ref("base.main_company")
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.connection = cls.env["ghl.connection"].create(
            {
                "name": "Test Connection",
                "auth_kind": "pit",
                "private_token": "pit-" + secrets.token_hex(8),
                "company_id": cls.company.id,
            }
        )
        cls.location = cls.env["ghl.location"].create(
            {
                "name": "Test Location",
                "ghl_id": "loc" + secrets.token_hex(8),
                "connection_id": cls.connection.id,
            }
        )
        cls.portal = new_test_user(cls.env, "ghl_portal", "base.group_portal")
        cls.internal = new_test_user(cls.env, "ghl_internal", "base.group_user")
        cls.user = new_test_user(cls.env, "ghl_user", "ghl_contact_sync.group_user")
        cls.manager = new_test_user(
            cls.env, "ghl_manager", "ghl_contact_sync.group_manager"
        )
        cls.stranger = new_test_user(
            cls.env,
            "ghl_stranger",
            "ghl_contact_sync.group_user",
            company_id=cls.other_company.id,
            company_ids=[(6, 0, cls.other_company.ids)],
        )

    def setUp(self):
        super().setUp()
        self.vendor.__init__()
        self.waits.broken.clear()
        self.addCleanup(self.assert_no_wait_in_a_transaction)
        self.startPatcher(patch.dict(ask_total._silent_until, clear=True))
        # A database that was made an hour ago looks as if no cron were called.
        looked = {self.env.cr.dbname: math.inf}
        self.startPatcher(patch.dict(attendance._looks_at, looked))
        self.startPatcher(patch.dict(viewed._noted_until, clear=True))
        # A thread would outlive the test that started it.
        self.startPatcher(patch.object(ask_total, "_start", self.waits.apart))

    @classmethod
    def watch_transactions(cls):
        """Have every test fail in which somebody waits for the vendor in one."""
        original = transaction.has_transaction
        cls.waits = WatchInTests(cls.cr)

        def has_transaction(cr):
            if cr is not cls.cr:
                return original(cr)
            # Somebody is about to end it, which cannot be done to a test's own.
            cls.waits.end_own()
            return False

        cls.startClassPatcher(
            patch.object(transaction, "has_transaction", has_transaction)
        )
        cls.waits.start()
        cls.addClassCleanup(cls.waits.stop)

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        if urlsplit(request.url).hostname == VENDOR_HOST:
            return cls.vendor.answer(request)
        return super()._request_handler(session, request, **options)

    def assert_no_wait_in_a_transaction(self):
        if self.waits.broken:
            self.fail(f"somebody waited in a transaction:\n{self.waits.broken[0]}")

    def do_tasks(self):
        """Let the cron do what connections have ordered."""
        with self.enter_registry_test_mode():
            self.work_off_tasks()

    def work_off_tasks(self):
        self.env.flush_all()
        cron = self.env.ref("ghl_contact_sync.ir_cron_connection_tasks")
        cron.method_direct_trigger()
        self.env.invalidate_all()

    @classmethod
    def set_setting(cls, name, value):
        """Store the system parameter `ghl_contact_sync.<name>`."""
        cls.env["ir.config_parameter"].set_param(const.PARAM_PREFIX + name, value)

    def make_payload(self, number, **values):
        """Return a contact as the vendor sends it, the `number`th of a series."""
        return {
            "id": f"contact{number:06d}",
            "locationId": self.location.ghl_id,
            "firstName": "Ada",
            "lastName": f"Number {number}",
            "email": f"ada{number}@example.com",
            "phone": f"+1555{number:07d}",
            "dateAdded": f"2024-{number % 12 + 1:02d}-01T00:00:{number % 60:02d}.000Z",
            "dateUpdated": "2025-01-01T00:00:00.000Z",
            "tags": [],
            **values,
        }

    def mirror(self, payloads, location=None):
        """Merge payloads into a location's mirror, as a sync does.

        :return: the contacts of the location
        """
        location = location or self.location
        Merger(location).merge_page(payloads, time.time())
        self.env.invalidate_all()
        contacts = self.env["ghl.contact"].search([("location_id", "=", location.id)])
        location.contact_count = len(contacts)
        self.env.flush_all()
        return contacts

    def set_total(self, total, location=None):
        """Let the location know a fresh total, as if GoHighLevel had just told it."""
        store_total(location or self.location, total)
        self.env.flush_all()

    def clean_up_old(self):
        """Forget what is older than the settings say, as Odoo's daily clean-up does."""
        while self.env["ghl.retention"]._gc()[1]:
            pass
        self.env.invalidate_all()

    def make_key(self, user):
        """Return an API key of a user."""
        keys = self.env["res.users.apikeys"].with_user(user).sudo()
        return keys._generate(None, "test", None)
