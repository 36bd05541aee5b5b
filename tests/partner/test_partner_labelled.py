"""Matching, measured on people of whom the truth is known."""

from odoo.tests.common import tagged

from ...engine.partner.values import QUIET
from ...tools.partner.matching import THRESHOLD
from .labelled_people import Maker
from .partner_common import PartnerCommon

COUNT = 2_000


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerLabelled(PartnerCommon):
    def test_links_are_right_and_hardly_any_is_missed(self):
        self.location.partner_no_match = "leave"
        people = Maker(20261127, self.other_company.id).make(COUNT)
        gb = self.env.ref("base.uk").id
        partners = self.Partner.with_context(**QUIET).create(
            [{"country_id": gb, **values} for values in people.partners]
        )
        self.env.flush_all()
        links = self.read_in(
            *(
                self.make_payload(number, **values)
                for number, values in enumerate(people.contacts)
            )
        )
        right = wrong = 0
        for number in range(len(people.contacts)):
            link = links.get(f"contact{number:06d}")
            if not link or link.state != "linked":
                continue
            self.assertGreaterEqual(link.score, THRESHOLD)
            expected = people.truth.get(number)
            if expected is not None and link.partner_id == partners[expected]:
                right += 1
            else:
                wrong += 1
        precision = right / (right + wrong)
        recall = right / len(people.truth)
        self.assertGreaterEqual(precision, 0.999, f"{wrong} wrong links")
        self.assertGreaterEqual(recall, 0.98, f"{right} of {len(people.truth)}")
