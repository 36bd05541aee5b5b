"""The rules of a location, and where their defaults come from."""

from odoo.tests.common import tagged

from ....engine.mirror.details import store_details
from ....engine.partner.contact_rows import read_rows
from ....engine.partner.values import Row, ValueReader
from ...common import GhlCommon


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerRules(GhlCommon):
    def tell(self, *keys):
        """Have GoHighLevel tell by what it tells contacts apart."""
        store_details(
            self.location, {"settings": {"contactUniqueIdentifiers": list(keys)}}
        )
        return self.location.partner_match_email, self.location.partner_match_phone

    def test_the_location_s_own_rules_are_the_defaults(self):
        self.assertEqual(self.tell("email"), (True, False))
        self.assertEqual(self.tell("phone"), (False, True))
        self.assertEqual(self.tell("phone", "email"), (True, True))
        self.assertEqual(self.location.ghl_unique_keys, "email,phone")

    def test_what_somebody_chose_stays(self):
        self.location.partner_match_phone = False
        self.assertEqual(self.tell("phone"), (True, False))

    def test_what_is_at_work_stays(self):
        self.location.write(
            {
                "partner_user_id": self.env.ref("base.user_admin").id,
                "partner_link_enabled": True,
            }
        )
        self.assertEqual(self.tell("email"), (True, True))

    def test_what_is_no_rule_says_nothing(self):
        for told in (["name", 3, None, {}], "email", None, []):
            store_details(
                self.location, {"settings": {"contactUniqueIdentifiers": told}}
            )
        store_details(self.location, {"settings": "x"})
        self.assertFalse(self.location.ghl_unique_keys)

    def test_attribution_fills_a_field(self):
        [contact] = self.mirror(
            [
                self.make_payload(
                    1,
                    source="Fair",
                    attributionSource={"utmMedium": "cpc", "campaign": "May"},
                )
            ]
        )
        rows = [
            Row("utm_source", "ref", "fill"),
            Row("utm_medium", "comment", "fill"),
            Row("utm_campaign", "function", "fill"),
        ]
        [row] = read_rows(self.env, contact.ids)
        wanted = ValueReader(self.env, self.location, rows).read_contact(row)
        self.assertEqual(
            wanted.values, {"ref": "Fair", "comment": "cpc", "function": "May"}
        )
