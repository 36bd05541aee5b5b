from odoo.tests import HttpCase, tagged
from odoo.tools import file_path

from ..common import GhlCommon

# Debian's package of Odoo leaves it out for its licence; without it every page logs an
# error, which ends a browser test.
MISSING = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


@tagged("post_install", "-at_install")
class TestBackendBrowser(GhlCommon, HttpCase):
    """The addon's JavaScript in a real browser."""

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            file_path(MISSING)
        except FileNotFoundError:
            cls.env["ir.asset"].create(
                {
                    "name": "Not in this Odoo",
                    "bundle": "web.assets_backend",
                    "directive": "remove",
                    "path": MISSING,
                }
            )

    def hoot_id(self, path):
        """Return the id that HOOT gives to the suite at `path`."""
        number = 0
        for char in path:
            number = ((number << 5) - number + ord(char)) & 0xFFFFFFFF
        return f"{number:08x}"

    def check_in_browser(self, url, login, ready, condition):
        self.browser_js(
            url,
            f"if ({condition}) {{ console.log('test successful'); }}"
            "else { console.error(document.body.innerText); }",
            f"!!document.querySelector({ready!r})",
            login=login,
        )

    def test_unit_tests_of_the_scripts_pass(self):
        for suite in ("shown_values", "status_shown"):
            self.browser_js(
                "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
                f"&id={self.hoot_id('@ghl_contact_sync/' + suite)}",
                "",
                "",
                login="admin",
                timeout=120,
                success_signal="[HOOT] Test suite succeeded",
            )

    def test_panel_is_above_the_locations_until_all_is_done(self):
        # Other connections that a database may hold are another company's.
        company = self.env["res.company"].create({"name": "Onboarded"})
        self.connection.company_id = company
        self.manager.write(
            {"company_ids": [(6, 0, company.ids)], "company_id": company.id}
        )
        self.location._order_sync("full", "button")
        self.check_in_browser(
            "/odoo/ghl-locations",
            "ghl_manager",
            ".o_ghl_onboarding_step[data-step=sync]",
            "document.querySelector('[data-step=sync]').dataset.state === 'running'"
            " && document.querySelector('[data-step=connect] .fa-check')",
        )

    def test_form_shows_the_running_sync(self):
        run, _created = self.location._order_sync("full", "button")
        run.write({"state": "running", "contacts_seen": 5, "contacts_expected": 10})
        self.check_in_browser(
            f"/odoo/ghl-locations/{self.location.id}",
            "ghl_user",
            ".o_ghl_sync_watcher[data-active]",
            "document.querySelector('.alert[role=status]').innerText"
            ".replace(/\\s+/g, ' ').includes('5 of 10 contacts read')",
        )
