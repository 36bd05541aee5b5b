"""The page in a real browser, as the app's menu shows it."""

from odoo.tests.common import HttpCase, tagged

from ..common import GhlCommon

FRAME = ".o_ghl_analytics_frame"


@tagged("post_install", "-at_install")
class TestAnalyticsBrowser(GhlCommon, HttpCase):
    def test_unit_tests_of_the_shell_pass(self):
        suite = "@ghl_contact_sync/analytics_action"
        number = 0
        for char in suite:  # the id that HOOT gives to a suite
            number = ((number << 5) - number + ord(char)) & 0xFFFFFFFF
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={number:08x}",
            "",
            "",
            login="admin",
            timeout=120,
            success_signal="[HOOT] Test suite succeeded",
        )

    def test_action_shows_the_page_with_its_data(self):
        self.mirror([self.make_payload(1)])
        self.set_total(1)
        page = f"document.querySelector('{FRAME}')?.contentDocument"
        self.browser_js(
            "/odoo/ghl-analytics",
            "console.log('test successful');",
            f"({page}?.body.innerText || '').includes('ada1@example.com')",
            login=self.user.login,
            timeout=60,
        )
