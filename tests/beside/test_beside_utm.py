"""Beside Odoo's `utm`: where a contact came from fills fields that refer to it."""

from odoo.tests.common import tagged

from ..partner.partner_common import PartnerCommon

_KINDS = ("source", "medium", "campaign")
_TOUCH = {"utmSource": "Fair", "utmMedium": "Cpc 100%", "campaign": "May_2025"}


@tagged("post_install", "-at_install", "-standard", "ghl_beside")
class TestBesideUtm(PartnerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Odoo's own contacts refer to none of the three: modules and people add these.
        targets = cls.env["ir.model.fields"].create(
            [
                {
                    "name": f"x_utm_{kind}_id",
                    "field_description": kind.title(),
                    "model_id": cls.env.ref("base.model_res_partner").id,
                    "ttype": "many2one",
                    "relation": f"utm.{kind}",
                }
                for kind in _KINDS
            ]
        )
        cls.location.partner_mapping_ids = [
            (0, 0, {"source": f"utm_{kind}", "field_id": target.id})
            for kind, target in zip(_KINDS, targets, strict=True)
        ]

    def names(self, partner):
        """Return the names of what an Odoo contact came by."""
        found = (partner[f"x_utm_{kind}_id"] for kind in _KINDS)
        return [one.display_name if one else None for one in found]

    def count(self):
        return [self.env[f"utm.{kind}"].search_count([]) for kind in _KINDS]

    def test_attribution_is_found_or_made_once(self):
        before = self.count()
        fair = self.env["utm.source"].create({"name": "FAIR"})
        links = self.read_in(
            *(self.make_payload(n, attributionSource=_TOUCH) for n in (1, 2)),
            self.make_payload(3, source="Friend"),
        )
        partners = [links[key].partner_id for key in sorted(links)]
        self.assertEqual(partners[0].x_utm_source_id, fair)
        for partner in partners[:2]:
            self.assertEqual(self.names(partner), ["FAIR", "Cpc 100%", "May_2025"])
        self.assertEqual(self.names(partners[2]), ["Friend", None, None])
        self.assertEqual(self.count(), [before[0] + 2, before[1] + 1, before[2] + 1])
        # Another look at all makes none anew, and writes nothing.
        self.location.action_link_partners()
        self.work_off()
        self.assertEqual(self.count(), [before[0] + 2, before[1] + 1, before[2] + 1])

    def test_undo_takes_back_what_was_made(self):
        before = self.count()
        partner = self.partner()
        self.read_in(self.make_payload(1, attributionSource=_TOUCH))
        self.assertEqual(partner.x_utm_source_id.name, "Fair")
        self.location.action_undo_partners()
        self.assertFalse(partner.x_utm_source_id)
        self.assertEqual(self.count(), before)

    def test_a_source_that_somebody_uses_stays(self):
        self.read_in(self.make_payload(1, attributionSource=_TOUCH))
        fair = self.env["utm.source"].search([("name", "=", "Fair")])
        other = self.partner(name="Other", email=False, x_utm_source_id=fair.id)
        self.location.action_undo_partners()
        self.assertEqual(other.x_utm_source_id, fair)
