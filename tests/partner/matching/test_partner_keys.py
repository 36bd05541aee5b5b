"""The keys that contacts are compared by are those that Odoo gives its own."""

import random
from types import SimpleNamespace

from odoo.tests.common import tagged
from odoo.tools import email_normalize

from ....engine.partner.matching.keys import Regions, email_key
from ..partner_common import PartnerCommon

EMAILS = (
    "Ada@Example.com",
    " ada@example.com ",
    "ada+news@example.com",
    "a.d.a@gmail.com",
    "ada@localhost",
    "Ada <ada@example.com>",
    "ada@example.com, bob@example.com",
    "\N{KELVIN SIGN}ada@example.com",
    "ad\u00e9@Ex\u00e4mple.com",
    "ada@@example.com",
    "ada..b@example.com",
    ".ada@example.com",
    "ada@example.com.",
    "@example.com",
    "ada",
    "-",
)
LETTERS = "aB1.+-_@@ ,;<>\"'()[]\\:\u00e9\n"


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerKeys(PartnerCommon):
    def test_an_email_is_what_odoo_makes_of_it(self):
        dice = random.Random(15)
        drawn = (
            "".join(dice.choices(LETTERS, k=dice.randrange(1, 12)))
            for _number in range(5_000)
        )
        for text in (*EMAILS, *drawn):
            with self.subTest(text):
                self.assertEqual(email_key(text), email_normalize(text) or None)

    def test_a_number_is_read_by_the_contacts_own_country(self):
        regions = Regions(self.location)
        for country, wanted in (
            ("DE", ("DE", 49)),
            ("de", ("DE", 49)),
            ("Germany", ("DE", 49)),
            ("GERMANY ", ("DE", 49)),
            ("Nowhere", ("GB", 44)),
            ("%", ("GB", 44)),
            (None, ("GB", 44)),
        ):
            contact = SimpleNamespace(country=country)
            self.assertEqual(regions.of(contact), wanted)

    def test_a_number_of_abroad_finds_its_partner(self):
        partner = self.partner(email=False, phone="+49 30 901820")
        payload = self.make_payload(1, email="", phone="030 901820", country="DE")
        link = self.read_in(payload)["contact000001"]
        self.assertEqual((link.partner_id, link.rule), (partner, "phone"))

    def test_whoever_is_made_has_the_key_of_the_contact(self):
        """Else the next contact of that number would be made once more."""
        self.company.country_id = self.env.ref("base.us")
        payloads = [
            self.make_payload(number, email="", phone="030 901820", country="DE")
            for number in (1, 2)
        ]
        for payload in payloads:
            payload |= {"firstName": "Ada", "lastName": "One"}
        links = self.read_in(*payloads)
        self.assertEqual(len({link.partner_id for link in links.values()}), 1)

    def test_a_location_without_a_country_has_the_companys(self):
        self.location.country = False
        self.company.country_id = self.env.ref("base.fr")
        found = Regions(self.location).of(SimpleNamespace(country=None))
        self.assertEqual(found, ("FR", 33))
