import secrets

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...engine.vendor_access.connection_state import mark_state
from ..common import GhlCommon

ACCESS_LOGGERS = (
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_rule",
    "odoo.models",
)
OPERATIONS = ("read", "write", "create", "unlink")
ALL = frozenset(OPERATIONS)
READ = frozenset({"read"})
NONE = frozenset()

# Rights that a user and an administrator of the app have to each model.
RIGHTS = {
    "ghl.connection": (READ, ALL),
    "ghl.location": (READ, ALL),
    "ghl.contact": (READ, READ | {"unlink"}),
    "ghl.contact.change": (READ, READ),
    "ghl.erased.person": (NONE, READ),
    "ghl.tag": (READ, READ),
    "ghl.custom.field": (READ, READ),
    # The salesperson alone: whatever else is the sync's to write.
    "ghl.user": (READ, READ | {"write"}),
    "ghl.sync.run": (READ, READ),
    "ghl.sync.window": (READ, READ),
    "ghl.sync.issue": (READ, READ),
    "ghl.sync.page": (NONE, READ),
    "ghl.deletion.candidate": (READ, READ),
    "ghl.deletion.review": (READ, READ),
    "ghl.webhook.event": (READ, READ),
    "ghl.partner.link": (READ, READ),
    "ghl.partner.candidate": (READ, READ),
    "ghl.partner.todo": (NONE, READ),
    "ghl.partner.made": (NONE, READ),
    "ghl.partner.mapping": (READ, ALL),
    "ghl.partner.preview": (NONE, ALL),
    "ghl.partner.choice": (ALL, ALL),
    "ghl.consent.entry": (READ, READ),
    "ghl.alarm": (NONE, READ),
    "ghl.alarm.delivery": (NONE, READ),
    "ghl.standing": (READ, READ),
    "ghl.fleet": (READ, READ),
    "ghl.sync.order": (ALL, ALL),
    "ghl.connection.task": (READ, READ),
    "ghl.webhook.refusal": (NONE, READ),
    "ghl.location.move": (NONE, ALL),
    "ghl.metric.day": (READ, READ),
    "ghl.metric.total": (READ, READ),
    "ghl.quality.day": (READ, READ),
    "ghl.contact.quality": (READ, READ),
    "ghl.audit.part": (NONE, READ),
    # For system administrators alone.
    "ghl.oauth.token": (NONE, NONE),
    "ghl.oauth.offer": (NONE, NONE),
    "ghl.api.rate_limit": (NONE, NONE),
}


@tagged("post_install", "-at_install")
class TestSecurity(GhlCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.connection.private_token
        cls.records = cls._make_one_of_each(cls.location)

    @classmethod
    def _create(cls, model, **values):
        return cls.env[model].create(values)

    @classmethod
    def _make_links(cls, location, contact, link):
        create = cls._create
        return {
            "ghl.partner.candidate": create(
                "ghl.partner.candidate",
                link_id=link.id,
                partner_id=cls.env.user.partner_id.id,
            ),
            "ghl.partner.todo": create(
                "ghl.partner.todo", location_id=location.id, contact_id=contact.id
            ),
            "ghl.partner.made": create(
                "ghl.partner.made",
                location_id=location.id,
                res_model="res.partner",
                res_id=cls.env.user.partner_id.id,
            ),
            "ghl.partner.mapping": create(
                "ghl.partner.mapping",
                location_id=location.id,
                source="city",
                field_id=cls.env.ref("base.field_res_partner__city").id,
            ),
            "ghl.partner.preview": create(
                "ghl.partner.preview", location_id=location.id
            ),
            "ghl.partner.choice": create("ghl.partner.choice", link_id=link.id),
            "ghl.contact.quality": create(
                "ghl.contact.quality",
                location_id=location.id,
                contact_id=contact.id,
                basis="none",
            ),
            "ghl.consent.entry": create(
                "ghl.consent.entry", link_id=link.id, channel="email", value="a@b.c"
            ),
        }

    @classmethod
    def _make_alarms(cls, location):
        alarm = cls._create(
            "ghl.alarm",
            connection_id=location.connection_id.id,
            location_id=location.id,
            code="failed",
        )
        return {
            "ghl.alarm": alarm,
            "ghl.alarm.delivery": cls._create(
                "ghl.alarm.delivery", alarm_id=alarm.id, event="opened"
            ),
            "ghl.fleet": cls.env["ghl.fleet"].browse(location.id),
            "ghl.sync.order": cls._create(
                "ghl.sync.order", kind="verify", location_ids=[(6, 0, location.ids)]
            ),
            "ghl.standing": cls._create(
                "ghl.standing",
                location_id=location.id,
                state="complete",
                tone="success",
            ),
        }

    @classmethod
    def _make_credentials(cls, location):
        create, connection = cls._create, location.connection_id
        return {
            "ghl.location.move": create(
                "ghl.location.move",
                location_id=location.id,
                target_id=connection.id,
            ),
            "ghl.oauth.offer": create(
                "ghl.oauth.offer",
                connection_id=connection.id,
                user_id=cls.user.id,
            ),
            "ghl.connection.task": create(
                "ghl.connection.task",
                connection_id=connection.id,
                kind="test",
            ),
            "ghl.oauth.token": create("ghl.oauth.token", connection_id=connection.id),
        }

    @classmethod
    def _make_counters(cls, location):
        create = cls._create
        return {
            "ghl.webhook.refusal": create(
                "ghl.webhook.refusal", day="2026-01-01", reason="too_old", count=1
            ),
            "ghl.api.rate_limit": create(
                "ghl.api.rate_limit", user_id=cls.user.id, tat=0
            ),
            "ghl.metric.day": create(
                "ghl.metric.day", location_id=location.id, day="2026-01-01"
            ),
            "ghl.metric.total": create("ghl.metric.total", location_id=location.id),
            "ghl.quality.day": create(
                "ghl.quality.day", location_id=location.id, day="2026-01-01"
            ),
            "ghl.audit.part": create(
                "ghl.audit.part", location_id=location.id, scope="all"
            ),
        }

    @classmethod
    def _make_one_of_each(cls, location):
        create = cls._create
        run = create(
            "ghl.sync.run",
            location_id=location.id,
            kind="full",
            origin="button",
            state="done",
        )
        of_location = {"location_id": location.id, "ghl_id": secrets.token_hex(8)}
        contact = create("ghl.contact", name="Ada", **of_location)
        here = {"location_id": location.id, "contact_id": contact.id}
        link = create("ghl.partner.link", **here)
        return {
            "ghl.connection": location.connection_id,
            "ghl.location": location,
            "ghl.contact": contact,
            "ghl.partner.link": link,
            **cls._make_links(location, contact, link),
            "ghl.contact.change": create(
                "ghl.contact.change",
                action="created",
                origin="run",
                changed_at="2026-01-01",
                **of_location,
            ),
            "ghl.tag": create("ghl.tag", name="vip", **of_location),
            "ghl.custom.field": create("ghl.custom.field", name="Size", **of_location),
            "ghl.user": create("ghl.user", name="Grace", **of_location),
            "ghl.erased.person": create(
                "ghl.erased.person", location_id=location.id, person_hash="0a"
            ),
            "ghl.sync.run": run,
            "ghl.sync.window": create("ghl.sync.window", run_id=run.id, scope="all"),
            "ghl.sync.page": create("ghl.sync.page", run_id=run.id),
            "ghl.sync.issue": create(
                "ghl.sync.issue", run_id=run.id, severity="altered", reason="too long"
            ),
            **cls._make_alarms(location),
            "ghl.deletion.candidate": create(
                "ghl.deletion.candidate", origin="run", state="unseen", **of_location
            ),
            "ghl.deletion.review": create(
                "ghl.deletion.review", location_id=location.id, run_id=run.id
            ),
            "ghl.webhook.event": create(
                "ghl.webhook.event",
                webhook_id=secrets.token_hex(8),
                event_type="ContactUpdate",
                event_ms=1,
                received_at="2026-01-01",
                state="done",
                connection_id=location.connection_id.id,
                location_id=location.id,
            ),
            **cls._make_credentials(location),
            **cls._make_counters(location),
        }

    def rights_of(self, user, record):
        record = record.with_user(user)
        return {name for name in OPERATIONS if record.has_access(name)}

    def test_rights_of_each_group_on_each_model(self):
        for model, (of_user, of_manager) in RIGHTS.items():
            record = self.records[model]
            for user, expected in (
                (self.portal, NONE),
                (self.internal, NONE),
                (self.user, of_user),
                (self.manager, of_manager),
            ):
                with self.subTest(model=model, user=user.login):
                    self.assertEqual(self.rights_of(user, record), expected)

    def test_every_stored_model_has_rights_and_a_company_rule(self):
        stored = {
            name
            for name, Model in self.env.registry.items()
            if name.startswith("ghl.") and not Model._abstract
        }
        self.assertEqual(stored, set(RIGHTS), "the tables here are not complete")
        self.assertEqual(stored, set(self.records))
        for name in stored:
            with self.subTest(name):
                model = self.env["ir.model"]._get(name)
                self.assertTrue(model.access_ids.filtered("group_id"))
                self.assertFalse(model.access_ids.filtered(lambda a: not a.group_id))
                self.assertTrue(
                    model.rule_ids.filtered(lambda r: not r.groups),
                    "without a global rule, other companies can read it",
                )

    def test_nobody_reads_what_belongs_to_another_company(self):
        stranger_manager = self.stranger.copy({"login": "ghl_stranger_manager"})
        stranger_manager.group_ids += self.env.ref("ghl_contact_sync.group_manager")
        for user in (self.stranger, stranger_manager):
            for model, record in self.records.items():
                if model == "ghl.webhook.refusal":
                    # Counters of the server: nobody knows whose deliveries they were.
                    continue
                with self.subTest(model=model, user=user.login):
                    self.assertFalse(self.rights_of(user, record))
                    if self.env[model].with_user(user).has_access("read"):
                        self.assertFalse(
                            self.env[model]
                            .with_user(user)
                            .search_count([("id", "=", record.id)])
                        )

    def test_company_of_a_moved_connection_carries_everything_along(self):
        self.connection.company_id = self.other_company
        self.env.flush_all()
        for model in ("ghl.location", "ghl.contact", "ghl.tag", "ghl.sync.run"):
            record = self.records[model]
            self.assertFalse(record.with_user(self.user).has_access("read"), model)
            self.assertTrue(record.with_user(self.stranger).has_access("read"), model)

    @mute_logger(*ACCESS_LOGGERS)
    def test_token_is_read_by_system_administrators_only(self):
        for user in (self.user, self.manager):
            connection = self.connection.with_user(user)
            with self.assertRaises(AccessError):
                connection.read(["private_token"])
            self.assertNotIn("private_token", connection.fields_get())
            self.assertNotIn(self.token, str(connection.read()))
            exporter = self.env.ref("base.group_allow_export")
            user.sudo().group_ids += exporter
            with self.assertRaises(AccessError):
                connection.export_data(["private_token"])
            with self.assertRaises(AccessError):
                connection.search([("private_token", "like", "pit")])
        admin = self.env.ref("base.user_admin")
        self.assertEqual(self.connection.with_user(admin).private_token, self.token)

    @mute_logger(*ACCESS_LOGGERS)
    def test_manager_replaces_a_token_without_ever_reading_it(self):
        fresh = "pit-" + secrets.token_hex(8)
        connection = self.connection.with_user(self.manager)
        mark_state(self.connection, "needs_reauth", "refused")
        connection.token_entry = f" {fresh} "
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.connection.private_token, fresh)
        self.assertFalse(connection.token_entry)
        self.assertTrue(connection.has_token)
        self.assertEqual(connection.state, "draft")
        self.assertFalse(connection.state_message)
        self.assertNotIn("token_entry", self.connection.with_user(self.user).read()[0])

    def test_emptied_entry_keeps_the_token(self):
        self.connection.with_user(self.manager).token_entry = ""
        self.assertEqual(self.connection.private_token, self.token)

    def test_token_is_neither_copied_nor_written_to_the_chatter(self):
        self.connection.private_token = "pit-" + secrets.token_hex(8)
        self.env.flush_all()
        self.assertFalse(self.connection.copy().private_token)
        for message in self.connection.message_ids:
            self.assertNotIn("pit-", message.body)
            for value in message.sudo().tracking_value_ids:
                self.assertNotEqual(value.field_id.name, "private_token")

    def test_user_orders_and_cancels_a_sync(self):
        location = self.location.with_user(self.user)
        location.action_sync_all()
        run = self.env["ghl.sync.run"]._get_active(self.location)
        self.assertEqual(run.state, "queued")
        self.assertEqual(run.user_id, self.user)
        location.action_cancel_sync()
        self.assertEqual(run.state, "cancelled")

    @mute_logger(*ACCESS_LOGGERS)
    def test_others_order_nothing(self):
        for user in (self.portal, self.internal, self.stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.location.with_user(user).action_sync_all()
        self.assertFalse(self.env["ghl.sync.run"]._get_active(self.location))

    @mute_logger(*ACCESS_LOGGERS)
    def test_only_administrators_test_the_connection(self):
        with self.assertRaises(AccessError):
            self.connection.with_user(self.user).action_test_connection()
        with self.assertRaises(AccessError):
            self.location.with_user(self.user).action_test_connection()
        self.assertFalse(self.vendor.requests)
