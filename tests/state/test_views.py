from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ... import const
from ...engine.vendor_access.connection_state import mark_state
from ..common import GhlCommon

READ_ONLY = (
    "ghl.contact",
    "ghl.sync.run",
    "ghl.deletion.candidate",
    "ghl.deletion.review",
    "ghl.tag",
    "ghl.custom.field",
    "ghl.user",
)


@tagged("post_install", "-at_install")
class TestViews(GhlCommon):
    def views_of(self, model, user):
        """Return {view type: root element} as the web client gets them."""
        actions = self.env["ir.actions.act_window"].search([("res_model", "=", model)])
        self.assertTrue(actions, model)
        kinds = {kind for action in actions for kind, _id in self._views(action)}
        result = (
            self.env[model]
            .with_user(user)
            .get_views([(False, kind) for kind in kinds | {"search"}])
        )
        return {
            kind: etree.fromstring(view["arch"])
            for kind, view in result["views"].items()
        }

    def _views(self, action):
        return [(kind.strip(), False) for kind in action.view_mode.split(",")]

    def test_every_view_opens_for_everybody_who_may_read(self):
        admin = self.env.ref("base.user_admin")
        models = [
            action.res_model
            for action in self.env["ir.actions.act_window"].search(
                [("res_model", "=like", "ghl.%")]
            )
        ]
        self.assertGreaterEqual(
            set(models), {*READ_ONLY, "ghl.location", "ghl.connection"}
        )
        for model in models:
            for user in (self.user, self.manager, admin):
                if not self.env[model].with_user(user).has_access("read"):
                    self.assertEqual(user, self.user, model)
                    continue
                with self.subTest(model=model, user=user.login):
                    self.views_of(model, user)

    def test_no_two_fields_of_a_model_have_the_same_label(self):
        """Odoo would warn of them at each upgrade, and no filter could tell them."""
        for name, model in self.env.items():
            if not name.startswith("ghl."):
                continue
            labels = {}
            for field in model._fields.values():
                with self.subTest(model=name, label=field.string):
                    self.assertNotIn(field.string, labels)
                labels[field.string] = field.name

    def test_nothing_offers_to_edit_what_only_the_sync_writes(self):
        for model in READ_ONLY:
            for kind, arch in self.views_of(model, self.manager).items():
                if kind in ("list", "form", "kanban"):
                    for offer in ("create", "edit", "delete"):
                        if (model, offer) in (
                            # Administrators may remove a person's data, and choose
                            # whose customers a user's contacts become in Odoo.
                            ("ghl.contact", "delete"),
                            ("ghl.user", "edit"),
                        ):
                            continue
                        with self.subTest(model=model, kind=kind, offer=offer):
                            self.assertIn(arch.get(offer), ("false", "False", "0"))

    def test_users_are_not_offered_what_administrators_do(self):
        for model in ("ghl.location", "ghl.connection"):
            arch = self.views_of(model, self.user)["form"]
            self.assertIn(arch.get("edit"), ("false", "False", "0"))
            self.assertFalse(arch.xpath("//button[@name='action_test_connection']"))
            arch = self.views_of(model, self.manager)["form"]
            self.assertIsNone(arch.get("edit"))
            self.assertTrue(arch.xpath("//button[@name='action_test_connection']"))

    def test_token_field_is_in_the_form_of_those_who_may_use_it(self):
        admin = self.env.ref("base.user_admin")
        for user, expected in (
            (self.user, []),
            (self.manager, ["token_entry", "client_secret_entry"]),
            (admin, ["private_token", "client_secret"]),
        ):
            with self.subTest(user.login):
                arch = self.views_of("ghl.connection", user)["form"]
                tokens = arch.xpath("//field[@password]")
                self.assertEqual([node.get("name") for node in tokens], expected)

    def test_every_button_calls_what_exists(self):
        admin = self.env.ref("base.user_admin")
        models = ("ghl.location", "ghl.connection", "ghl.sync.run")
        for model in (*models, "ghl.deletion.review"):
            for arch in self.views_of(model, admin).values():
                for button in arch.xpath("//button[@type='object']"):
                    self.assertTrue(
                        callable(getattr(self.env[model], button.get("name")))
                    )

    def test_manager_connects_through_the_forms(self):
        with Form(self.env["ghl.connection"].with_user(self.manager)) as form:
            form.name = "By Hand"
            form.token_entry = "entered"
            with form.location_ids.new() as line:
                line.name = "First"
                line.ghl_id = " by-hand "
        connection = form.record.sudo()
        self.assertEqual(connection.private_token, "entered")
        self.assertEqual(connection.location_ids.ghl_id, "by-hand")
        self.assertEqual(connection.location_count, 1)

    def test_menus_of_each_group(self):
        ours = self.env["ir.model.data"].search(
            [("module", "=", "ghl_contact_sync"), ("model", "=", "ir.ui.menu")]
        )
        visible = {}
        for user in (
            self.internal,
            self.user,
            self.manager,
            self.env.ref("base.user_admin"),
        ):
            ids = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            visible[user] = {data.name for data in ours if data.res_id in ids}
        self.assertFalse(visible[self.internal])
        self.assertIn("ghl_contact_menu", visible[self.user])
        self.assertNotIn("ghl_connection_menu", visible[self.user])
        self.assertIn("ghl_connection_menu", visible[self.manager])
        self.assertNotIn("res_config_settings_menu", visible[self.manager])
        self.assertIn(
            "res_config_settings_menu", visible[self.env.ref("base.user_admin")]
        )

    def test_location_shows_its_active_run_and_else_its_last(self):
        location = self.location
        self.assertFalse(location.sync_state)
        run, _created = location._order_sync("full", "button")
        run.write({"state": "running", "contacts_seen": 5, "contacts_expected": 10})
        location.invalidate_recordset()
        self.assertTrue(location.is_syncing)
        self.assertEqual(location.sync_state, "running")
        self.assertEqual(location.sync_percent, 50.0)
        self.assertEqual(location.run_count, 1)
        run._finish("failed", "It broke.", "broke")
        location.invalidate_recordset()
        self.assertFalse(location.is_syncing)
        self.assertEqual(location.sync_state, "failed")
        self.assertEqual(location.sync_message, "It broke.")

    def test_connection_test_tells_every_location(self):
        with self.assertRaises(UserError):
            self.connection.copy().action_test_connection()
        self.set_setting("api_base_url", const.DEFAULT_API_BASE_URL)
        self.vendor.answer = lambda request: self.vendor.json(
            200,
            {
                "location": {"id": self.location.ghl_id, "name": "From GoHighLevel"},
                "contacts": [],
                "total": 0,
            },
        )
        self.addCleanup(self.vendor.__dict__.pop, "answer")
        self.connection.action_test_connection()
        # Not in the request of the button.
        self.assertFalse(self.vendor.requests)
        self.assertTrue(self.connection.is_busy)
        self.do_tasks()
        self.assertFalse(self.connection.is_busy)
        self.assertEqual(self.connection.task_tone, "success")
        self.assertEqual(self.connection.state, "connected")
        # The name that it was given in Odoo stays.
        self.assertEqual(self.location.name, "Test Location")
        self.assertEqual(self.location.ghl_name, "From GoHighLevel")
        self.vendor.answer = lambda request: self.vendor.json(
            401, {"statusCode": 401, "message": "Invalid JWT"}
        )
        self.connection.action_test_connection()
        self.do_tasks()
        self.assertEqual(self.connection.task_tone, "danger")
        self.assertEqual(self.connection.state, "needs_reauth")
        self.assertIn("Test Location", self.connection.state_message)


@tagged("post_install", "-at_install")
class TestOnboarding(GhlCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A company of its own, as a database may hold other connections already.
        cls.company = cls.env["res.company"].create({"name": "Onboarded"})
        cls.connection.company_id = cls.company
        (cls.user | cls.manager).write(
            {"company_ids": [(6, 0, cls.company.ids)], "company_id": cls.company.id}
        )

    def states(self, user=None):
        result = self.env["ghl.onboarding"].with_user(user or self.manager).get_steps()
        return [step["state"] for step in result["steps"]], result

    def test_steps_follow_what_there_is(self):
        self.location.unlink()
        self.connection.private_token = False
        states, result = self.states()
        self.assertEqual(states, ["todo", "todo", "todo"])
        # Only the first can be taken.
        self.assertEqual(
            [bool(step["button"]) for step in result["steps"]], [True, False, False]
        )
        self.connection.private_token = "entered"
        self.assertEqual(self.states()[0], ["done", "todo", "todo"])
        location = self.env["ghl.location"].create(
            {"name": "New", "ghl_id": "new", "connection_id": self.connection.id}
        )
        self.assertEqual(self.states()[0], ["done", "done", "todo"])
        run, _created = location._order_sync("full", "button")
        self.assertEqual(self.states()[0], ["done", "done", "running"])
        run._finish("failed", "It broke.", "broke")
        self.env.invalidate_all()
        states, result = self.states()
        self.assertEqual(states, ["done", "done", "error"])
        self.assertEqual(result["steps"][2]["error"], "New: It broke.")
        location.last_full_at = "2026-01-01 00:00:00"
        states, result = self.states()
        self.assertEqual(states, ["done", "done", "done"])
        self.assertTrue(result["complete"])

    def test_broken_connection_is_shown_with_its_reason(self):
        mark_state(self.connection, "needs_reauth", "The token was revoked.")
        states, result = self.states()
        self.assertEqual(states[0], "error")
        self.assertIn("The token was revoked.", result["steps"][0]["error"])
        action = self.env["ghl.onboarding"].with_user(self.manager).open_step("connect")
        self.assertEqual(action["res_id"], self.connection.id)

    def test_users_are_offered_the_sync_alone(self):
        _states, result = self.states(self.user)
        self.assertEqual(
            [bool(step["button"]) for step in result["steps"]], [False, False, True]
        )
        self.env["ghl.onboarding"].with_user(self.user).open_step("sync")
        self.assertTrue(self.env["ghl.sync.run"]._get_active(self.location))

    def test_others_see_nothing(self):
        with self.assertRaises(AccessError):
            self.states(self.internal)

    def test_steps_of_another_company_do_not_count(self):
        self.assertEqual(self.states(self.stranger)[0], ["todo", "todo", "todo"])

    def test_unknown_step_is_refused(self):
        with self.assertRaises(UserError):
            self.env["ghl.onboarding"].open_step("unlink")
