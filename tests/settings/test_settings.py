from lxml import etree

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ... import const
from ...tools.urls import base_url_problem, is_loopback, parse_origin
from ..common import GhlCommon

SETTINGS_LOGGER = "odoo.addons.ghl_contact_sync.models.settings.ghl_settings"


@tagged("post_install", "-at_install")
class TestSettings(GhlCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settings = cls.env["ghl.settings"]
        cls.env["ir.config_parameter"].search(
            [("key", "=like", const.PARAM_PREFIX + "%")]
        ).unlink()

    def store_past_the_orm(self, name, value):
        self.env.cr.execute(
            "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)",
            [const.PARAM_PREFIX + name, value],
        )
        self.env.registry.clear_cache("stable")

    def save_page(self, **values):
        page = self.env["res.config.settings"].create(
            {f"ghl_{name}": value for name, value in values.items()}
        )
        page.execute()

    def test_unset_parameters_have_their_defaults(self):
        for name, (default, _low, _high) in const.SETTINGS_INT.items():
            self.assertEqual(self.settings._int(name), default, name)
        for name, (default, _low, _high) in const.SETTINGS_FLOAT.items():
            self.assertEqual(self.settings._float(name), default, name)
        self.assertEqual(self.settings._api_base_url(), const.DEFAULT_API_BASE_URL)
        self.assertEqual(self.settings._api_version(), const.DEFAULT_API_VERSION)
        self.assertEqual(self.settings._allowed_origins(), frozenset())

    def test_bounds_are_accepted_and_what_lies_beyond_refused(self):
        tables = ((const.SETTINGS_INT, 1), (const.SETTINGS_FLOAT, 0.1))
        for table, step in tables:
            for name, (_default, low, high) in table.items():
                with self.subTest(name):
                    self.set_setting(name, low)
                    self.set_setting(name, high)
                    for value in (low - step, high + step, "many", "nan"):
                        with self.assertRaises(ValidationError):
                            self.set_setting(name, value)

    def test_refusal_names_the_setting_and_its_range(self):
        with self.assertRaises(ValidationError) as caught:
            self.set_setting("page_limit", 1000)
        self.assertIn("Contacts per Request", str(caught.exception))
        self.assertIn("from 100 to 500", str(caught.exception))

    def test_unusable_values_stored_past_the_orm_never_reach_a_reader(self):
        for name, stored, expected in (
            ("page_limit", "100000", 500),
            ("page_limit", "-1", 100),
            ("page_limit", "lots", const.SETTINGS_INT["page_limit"][0]),
            ("page_wait", "nan", const.SETTINGS_FLOAT["page_wait"][0]),
            ("page_wait", "inf", 15.0),
        ):
            with (
                self.subTest(name=name, stored=stored),
                self.env.cr.savepoint() as savepoint,
                mute_logger(SETTINGS_LOGGER),
            ):
                self.store_past_the_orm(name, stored)
                read = self.settings._int
                if name in const.SETTINGS_FLOAT:
                    read = self.settings._float
                self.assertEqual(read(name), expected)
                savepoint.rollback()

    def test_zero_is_kept_where_it_means_something(self):
        self.save_page(page_wait=0, total_ttl=0, threshold_minimum=0)
        self.assertEqual(self.settings._float("page_wait"), 0.0)
        self.assertEqual(self.settings._int("total_ttl"), 0)
        self.assertEqual(self.settings._int("threshold_minimum"), 0)
        values = self.env["res.config.settings"].get_values()
        self.assertEqual(values["ghl_page_wait"], 0.0)

    def shown(self):
        """Return {name: value} of a settings page that has just been opened."""
        page = self.env["res.config.settings"].create({})
        names = (*const.SETTINGS_INT, *const.SETTINGS_FLOAT, *const.SETTINGS_FLAG)
        return {name: page[f"ghl_{name}"] for name in names}

    def test_page_shows_the_defaults_while_nothing_is_stored(self):
        bounded = {**const.SETTINGS_INT, **const.SETTINGS_FLOAT}
        defaults = {name: default for name, (default, *_range) in bounded.items()}
        self.assertEqual(self.shown(), {**defaults, **const.SETTINGS_FLAG})

    def test_page_shows_what_is_stored(self):
        bounded = {**const.SETTINGS_INT, **const.SETTINGS_FLOAT}
        # Another value than the default, for each of them.
        stored = {
            name: low if low != default else high
            for name, (default, low, high) in bounded.items()
        }
        stored |= {name: not value for name, value in const.SETTINGS_FLAG.items()}
        for name, value in stored.items():
            self.set_setting(name, repr(value))
        self.assertEqual(self.shown(), stored)

    def test_page_shows_what_applies_in_place_of_what_cannot(self):
        self.store_past_the_orm("page_limit", "100000")
        self.store_past_the_orm("page_wait", "nan")
        with mute_logger(SETTINGS_LOGGER):
            shown = self.shown()
        self.assertEqual(shown["page_limit"], 500)
        self.assertEqual(shown["page_wait"], const.SETTINGS_FLOAT["page_wait"][0])

    def test_every_setting_stands_on_the_page(self):
        view = self.env["res.config.settings"].get_view(
            self.env.ref("base.res_config_settings_view_form").id, "form"
        )
        shown = set(etree.fromstring(view["arch"]).xpath("//field/@name"))
        for name in (*const.SETTINGS_INT, *const.SETTINGS_FLOAT, *const.SETTINGS_FLAG):
            self.assertIn(f"ghl_{name}", shown)

    def test_page_stores_what_was_entered(self):
        self.save_page(fetch_threads=4, allowed_origins="https://app.example.com")
        self.assertEqual(self.settings._int("fetch_threads"), 4)
        self.assertEqual(self.settings._allowed_origins(), {"https://app.example.com"})
        self.save_page(allowed_origins="")
        self.assertEqual(self.settings._allowed_origins(), frozenset())

    def test_saving_the_page_untouched_stores_nothing(self):
        self.save_page()
        self.assertFalse(
            self.env["ir.config_parameter"].search(
                [("key", "=like", const.PARAM_PREFIX + "%")]
            )
        )

    def test_page_refuses_bad_values_in_words(self):
        for name, value in (
            ("page_limit", 99),
            ("api_base_url", "http://api.example.com"),
            ("allowed_origins", "*"),
            ("api_version", "latest"),
        ):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.save_page(**{name: value})

    def test_own_address_is_refused_among_the_foreign_ones(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.test")
        for value in (
            "https://odoo.test",
            "https://app.example.com\nHTTPS://ODOO.test:443/",
        ):
            with (
                self.subTest(value),
                self.assertRaisesRegex(ValidationError, "proxy_set_header"),
            ):
                self.save_page(allowed_origins=value)
        self.save_page(allowed_origins="http://odoo.test https://odoo.test:8443")

    def test_base_url_must_be_https_unless_it_is_this_machine(self):
        for url, problem in (
            ("https://services.example.com", None),
            ("https://services.example.com/proxy/", None),
            ("http://127.0.0.1:8099", None),
            ("http://localhost:8099", None),
            ("http://[::1]:8099", None),
            ("http://services.example.com", "insecure"),
            ("http://127.0.0.1.example.com", "insecure"),
            ("http://10.0.0.1", "insecure"),
            ("http://localhost.example.com", "insecure"),
            ("https://user:word@services.example.com", "extras"),
            ("https://services.example.com/?a=1", "extras"),
            ("https://services.example.com/#x", "extras"),
            ("ftp://services.example.com", "malformed"),
            ("services.example.com", "malformed"),
            ("https://", "malformed"),
            ("https://services.example.com:99999", "malformed"),
            ("https://serv ices.example.com", "malformed"),
            ("javascript:alert(1)", "malformed"),
        ):
            with self.subTest(url):
                self.assertEqual(base_url_problem(url), problem)
                if problem:
                    with self.assertRaises(ValidationError):
                        self.set_setting("api_base_url", url)
                else:
                    self.set_setting("api_base_url", url)
                    self.assertEqual(self.settings._api_base_url(), url.rstrip("/"))

    def test_insecure_base_url_stored_past_the_orm_is_not_used(self):
        self.store_past_the_orm("api_base_url", "http://api.example.com")
        with mute_logger(SETTINGS_LOGGER):
            self.assertEqual(self.settings._api_base_url(), const.DEFAULT_API_BASE_URL)

    def test_loopback_is_told_by_the_name_alone(self):
        for host, expected in (
            ("127.0.0.1", True),
            ("127.9.9.9", True),
            ("::1", True),
            ("LOCALHOST", True),
            ("demo.localhost", True),
            ("0.0.0.0", False),
            ("localhost.example.com", False),
            ("", False),
            (None, False),
        ):
            self.assertEqual(is_loopback(host), expected, host)

    def test_origins_are_compared_as_browsers_send_them(self):
        for text, origin in (
            ("https://App.Example.com", "https://app.example.com"),
            ("https://app.example.com/", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://app.example.com:8080", "http://app.example.com:8080"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("https://app.example.com/path", None),
            ("https://*.example.com", None),
            ("*", None),
            ("null", None),
            ("app.example.com", None),
        ):
            self.assertEqual(parse_origin(text), origin, text)
        self.set_setting(
            "allowed_origins", "https://a.example.com\nhttps://b.example.com:443/"
        )
        self.assertEqual(
            self.settings._allowed_origins(),
            {"https://a.example.com", "https://b.example.com"},
        )

    def test_only_system_administrators_change_settings(self):
        for user in (self.user, self.manager):
            parameters = self.env["ir.config_parameter"].with_user(user)
            with self.assertRaises(AccessError):
                parameters.set_param(const.PARAM_PREFIX + "page_limit", "200")
            with self.assertRaises(AccessError):
                self.env["res.config.settings"].with_user(user).create({}).execute()

    def test_parameters_of_others_are_not_looked_at(self):
        self.env["ir.config_parameter"].set_param("somebody.page_limit", "lots")
