"""The keys that contacts are compared by are those that Odoo gives its own."""

import itertools
import random
from types import SimpleNamespace
from unittest.mock import patch

import phonenumbers

from odoo.exceptions import UserError
from odoo.tests.common import tagged
from odoo.tools import email_normalize

from odoo.addons.phone_validation.tools.phone_validation import phone_format

from ....engine.partner.contact_rows import read_rows
from ....engine.partner.matching import phones
from ....engine.partner.matching.countries import Regions
from ....engine.partner.matching.keys import email_key
from ....engine.partner.matching.phones import phone_key
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
DIGITS = "0123456789"
LETTERS = "aB1.+-_@@ ,;<>\"'()[]\\:\u00e9\n"


def as_odoo(text, region):
    """Return the key that Odoo gives a number."""
    try:
        return phone_format(text, *region, force_format="E164")
    except UserError:
        return None


def changed(text, dice):
    """Return a number in E.164 with one digit more, less, or another."""
    digits = list(text[1:])
    place = dice.randrange(len(digits))
    how = dice.randrange(4)
    if how == 0:
        digits[place] = dice.choice(DIGITS)
    elif how == 1:
        digits.append(dice.choice(DIGITS))
    elif how == 2:
        del digits[place]
    else:
        digits.insert(dice.randrange(1, 5), dice.choice(DIGITS))
    return "+" + "".join(digits)


def draw_numbers(dice):
    """Yield numbers of every country and kind, right ones and wrong ones."""
    kinds = range(11)
    for country in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in kinds:
            example = phonenumbers.example_number_for_type(country, kind)
            if example:
                text = phonenumbers.format_number(example, 0)
                yield text, country
                for _number in range(3):
                    yield changed(text, dice), country
                yield phonenumbers.format_number(example, dice.choice((1, 2))), country
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        for _number in range(10):
            tail = "".join(dice.choices(DIGITS, k=dice.randrange(4, 13)))
            yield f"+{code}{tail}", "US"


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerKeys(PartnerCommon):
    numbers = itertools.count(900)

    def test_an_email_is_what_odoo_makes_of_it(self):
        dice = random.Random(15)
        drawn = (
            "".join(dice.choices(LETTERS, k=dice.randrange(1, 12)))
            for _number in range(5_000)
        )
        for text in (*EMAILS, *drawn):
            with self.subTest(text):
                self.assertEqual(email_key(text), email_normalize(text) or None)

    def test_a_number_is_what_odoo_makes_of_it(self):
        """The short way of E.164 comes to what Odoo's long one comes to."""
        different = []
        numbers = list(draw_numbers(random.Random(15)))
        for text, country in numbers:
            code = phonenumbers.country_code_for_region(country)
            wanted = as_odoo(text, (country, code))
            if phone_key(text, (country, code)) != wanted:
                different.append((text, country, wanted))
        self.assertGreater(len(numbers), 8_000)
        self.assertEqual(different, [])

    def test_most_numbers_in_e164_are_not_read_by_odoo(self):
        """Odoo's long way is what matching would spend most of its time in."""
        examples = [
            phonenumbers.format_number(phonenumbers.example_number(country), 0)
            for country in ("US", "GB", "DE", "FR", "ES", "PT", "NL", "AU", "IN", "ZA")
        ]
        with patch(f"{phones.__name__}.phone_format") as asked:
            keys = [phone_key(text, (None, None)) for text in examples]
        self.assertEqual(keys, examples)
        asked.assert_not_called()

    def test_a_local_number_has_the_key_that_odoo_gives_it(self):
        """Whichever of contact, location and company have a country."""
        countries = (False, self.env.ref("base.fr"))
        for code, located, country in itertools.product(
            ("DE", "Nowhere", ""), ("GB", False), countries
        ):
            with self.subTest(contact=code, location=located, company=country):
                self.location.country = located
                self.company.country_id = country
                number = next(self.numbers)
                payload = self.make_payload(
                    number, email="", phone=f"020 7946 {number:04d}", country=code
                )
                payload |= {"firstName": "Ada", "lastName": "One"}
                [link] = (
                    link
                    for key, link in self.read_in(payload).items()
                    if key == payload["id"]
                )
                [contact] = read_rows(self.env, link.contact_id.ids)
                regions = Regions(self.location)
                self.assertEqual(
                    phone_key(contact.phone, regions.of(contact)) or False,
                    link.partner_id.phone_sanitized,
                )

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
