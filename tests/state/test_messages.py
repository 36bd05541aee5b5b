"""Every button that a message or the documentation names exists."""

import ast
import re
from pathlib import Path

from lxml import etree

from odoo.tests.common import HttpCase, tagged

from ...tools.actions import ACTIONS
from ..common import GhlCommon

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("models", "engine", "tools", "controllers")
QUOTED = re.compile(r"“([^”%{<]+)”")
# Access rights, and words of settings' help that are no controls.
NAMES = {
    "GoHighLevel: User",
    "GoHighLevel: Administrator",
    "never wait",
    "no minimum",
    "Administrator",
}


def texts_of_source():
    """Yield (file, text) of every string constant of the addon's Python."""
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield str(path.relative_to(ROOT)), node.value


@tagged("post_install", "-at_install")
class TestMessages(GhlCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.labels = {kind.label for kind in ACTIONS.values()} | NAMES
        self.buttons = set()
        views = self.env["ir.ui.view"].search([("model", "=like", "ghl.%")])
        for view in views | self.env.ref(
            "ghl_contact_sync.res_config_settings_view_form"
        ):
            arch = etree.fromstring(view.arch)
            for node in arch.iter("button", "field", "page", "filter", "group"):
                if node.get("string"):
                    self.labels.add(node.get("string"))
                if node.tag == "button" and node.get("name"):
                    self.buttons.add((view.model, node.get("name")))
        ours = [
            model
            for model in self.env.registry
            if model.startswith("ghl.") or model == "res.config.settings"
        ]
        for model in ours:
            for field in self.env[model]._fields.values():
                self.labels.add(field.string)
        self.labels |= set(self.env["ir.ui.menu"].search([]).mapped("name"))

    def test_what_a_message_names_is_there_to_be_pressed(self):
        unknown = {
            (path, name)
            for path, text in texts_of_source()
            for name in QUOTED.findall(text)
            if name not in self.labels
        }
        self.assertFalse(unknown)

    def test_what_the_documentation_names_is_there_to_be_pressed(self):
        readme = (ROOT / "README.md").read_text()
        trouble = readme.partition("## Troubleshooting")[2].partition("\n## ")[0]
        parts = {"README.md": trouble, "docs/oauth.md": ""}
        oauth = (ROOT / "docs" / "oauth.md").read_text()
        parts["docs/oauth.md"] = oauth.partition("## What happens by itself")[2]
        for path, text in parts.items():
            for name in re.findall(r"\*\*([^*]+)\*\*", text):
                for part in " ".join(name.split()).split(" › "):
                    with self.subTest(path=path, name=name):
                        self.assertTrue(part in self.labels, part)

    def test_what_the_documentation_quotes_is_said(self):
        readme = (ROOT / "README.md").read_text()
        trouble = readme.partition("## Troubleshooting")[2].partition("\n## ")[0]
        said = [" ".join(text.split()) for _path, text in texts_of_source()]
        for row in re.findall(r"^\| (.+?) \|", trouble, re.MULTILINE):
            for quoted in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", row):
                with self.subTest(quoted=quoted):
                    words = quoted.strip("… ")
                    self.assertTrue(any(words in text for text in said))

    def test_every_action_has_its_call_its_address_and_its_button(self):
        routes = {
            rule.rule: rule.endpoint.routing["ghl_methods"]
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if rule.endpoint.routing["type"] == "ghl_api"
        }
        paths = set(
            self.env["ir.actions.act_window"]
            .search([("path", "!=", False)])
            .mapped("path")
        )
        for code, kind in ACTIONS.items():
            with self.subTest(code=code):
                if kind.path:
                    self.assertIn(kind.method, routes.get(kind.path, ()))
                where = re.match(r"/odoo/([a-z-]+)(?:/|$)", kind.url or "")
                if where and where[1] != "action-base":
                    self.assertIn(where[1], paths)
                if kind.button:
                    model, _dot, method = kind.button.rpartition(".")
                    self.assertTrue(hasattr(self.env[model], method))

    def test_a_state_offers_its_actions_where_it_is_shown(self):
        for model in ("ghl.location", "ghl.sync.run"):
            arch = etree.fromstring(self.env[model].get_view(view_type="form")["arch"])
            self.assertTrue(arch.xpath("//field[@widget='ghl_status']"), model)
            self.assertTrue(hasattr(self.env[model], "take_status_action"))
        offered = {
            method for model, method in self.buttons if model == "ghl.connection"
        }
        for code in ("reconnect", "test_connection", "confirm_move"):
            self.assertIn(ACTIONS[code].button.rpartition(".")[2], offered)
