"""Webhooks as GoHighLevel sends them: signed with keys that are made for the tests."""

import base64
import json
import time
import uuid
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ...engine.webhook import change
from ...tools.dates import format_ms
from ...tools.webhook.envelope import parse_event

APP_ID = "appofours"


def pem(key):
    """Return the public half of a private key as text."""
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Signer:
    """The vendor's two keys."""

    def __init__(self):
        self.ed25519 = ed25519.Ed25519PrivateKey.generate()
        self.rsa = rsa.generate_private_key(65537, 2048)

    @property
    def keys(self):
        return pem(self.ed25519) + pem(self.rsa)

    def sign_ed25519(self, body):
        return base64.b64encode(self.ed25519.sign(body)).decode()

    def sign_rsa(self, body):
        signature = self.rsa.sign(body, padding.PKCS1v15(), SHA256())
        return base64.b64encode(signature).decode()

    def headers(self, body):
        return {
            "X-GHL-Signature": self.sign_ed25519(body),
            "X-WH-Signature": self.sign_rsa(body),
            "Content-Type": "application/json",
        }


class WebhookMixin:
    """For cases of `GhlCommon`: makes, signs and ingests events."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.signer = Signer()
        cls.set_setting("webhook_public_keys", cls.signer.keys)
        cls.set_setting("webhook_app_ids", APP_ID)

    def make_event(self, event_type="ContactUpdate", at=None, **values):
        """Return an event's payload; `at` is epoch seconds, default now."""
        return {
            "type": event_type,
            "locationId": self.location.ghl_id,
            "id": "contact000001",
            "email": "ada@example.com",
            "timestamp": format_ms(int((time.time() if at is None else at) * 1_000)),
            "webhookId": str(uuid.uuid4()),
            "appId": APP_ID,
            **values,
        }

    def take_in(self, payload):
        """Let an event in, past the signature; return what became of it."""
        event = parse_event(json.dumps(payload).encode())
        outcome, stored = self.env["ghl.webhook.event"]._receive(event)
        if stored:
            stored._wake_worker()
        self.env.invalidate_all()
        return outcome

    def events(self, location=None):
        return self.env["ghl.webhook.event"].search(
            [("location_id", "=", (location or self.location).id)], order="id"
        )


class WorkerMixin(WebhookMixin):
    """For cases of `SandboxCase`: a mirrored location, its edits and its cron."""

    def setUp(self):
        super().setUp()
        self.location = self.connect(60, clean=True)
        self.sync(self.location)
        self.assertMirrors(self.location)
        self.path = f"/locations/{self.location.ghl_id}"
        # Events of these tests are made a while after the edits that they tell of.
        self.trust_hits_for(60_000)

    def tell(self, ghl_id, event_type="ContactUpdate", **values):
        """Take in an event of a contact of the location."""
        return self.take_in(self.make_event(event_type, id=ghl_id, **values))

    def trust_hits_for(self, milliseconds):
        self.startPatcher(patch.object(change, "FRESH_MS", milliseconds))
        self.startPatcher(patch.object(change, "DOUBT_MS", milliseconds))

    def edit(self, **spec):
        return self.sandbox.control(
            "POST", f"{self.path}/edits", {"webhooks": False, **spec}
        )

    def work_off(self, times=1):
        with self.enter_registry_test_mode():
            for _slice in range(times):
                self.work(self.location)

    def let_time_pass(self):
        """Make what waits due."""
        self.events().filtered("next_try_at").next_try_at = "2020-01-01"
        self.env.flush_all()

    def states(self):
        return set(self.events().mapped("state"))

    def some_id(self, number=0):
        return (
            self.contacts(self.location).filtered("active").sorted("id")[number].ghl_id
        )
