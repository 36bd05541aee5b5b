"""An erased person is nowhere in the database, and stays out."""

import json

from odoo.exceptions import AccessError, ValidationError
from odoo.tests.common import tagged

from ...engine.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from ...engine.listing import ranking
from ...engine.partner.preview import preview
from ...engine.privacy.left_out import count_listed
from ...engine.retention.purge import purge
from ...tools.sync.window import DATED, Window
from ..partner.partner_common import PartnerCommon
from .whole_database import tables_with

KEY = "ghl_contact_sync.erasure_key"
LEFT_OUT = "odoo.addons.ghl_contact_sync.engine.privacy.left_out"
NAME = "Zyxwanna", "Quorthmann"
EMAIL = "zyx.quorth@example.com"
PHONE = "+442079460987"
TRACES = (*NAME, EMAIL, "2079460987", "20 7946 0987")


@tagged("post_install", "-at_install", "ghl_privacy")
class TestErasure(PartnerCommon):
    def person(self, number=1, **values):
        first, last = NAME
        return self.make_payload(
            number,
            **{
                "firstName": first,
                "lastName": last,
                "contactName": f"{first} {last}",
                "email": EMAIL,
                "phone": PHONE,
                "additionalEmails": [{"email": f"second.{EMAIL}"}],
                "dndSettings": {
                    "Email": {"status": "active"},
                    "SMS": {"status": "active"},
                },
                **values,
            },
        )

    def contact(self, number=1):
        return self.env["ghl.contact"].search(
            [
                ("location_id", "=", self.location.id),
                ("ghl_id", "=", f"contact{number:06d}"),
            ]
        )

    def scatter(self):
        """Leave traces of the person wherever the addon keeps any."""
        link = self.read_in(self.person(), self.make_payload(2))["contact000001"]
        self.assertEqual(link.rule, "created")
        self.env["ghl.partner.preview"]._make(self.location)
        run = self.env["ghl.sync.run"].create(
            {
                "location_id": self.location.id,
                "kind": "full",
                "state": "done",
                "origin": "button",
            }
        )
        self.env["ghl.sync.issue"].create(
            {
                "run_id": run.id,
                "ghl_id": "contact000001",
                "severity": "altered",
                "reason": f"email {EMAIL} was cut",
            }
        )
        # As in a large location: its orders are marked by names.
        ranking.order_counting(self.env.cr, self.location.id)
        for sort in ranking.SORTS:
            ranking.count(self.env.cr, self.location.id, sort)
        self.read_in(self.person(city="Oslo", dateUpdated="2025-03-01T00:00:00.000Z"))
        return link

    def test_a_whole_database_search_finds_nothing(self):
        link = self.scatter()
        self.assertGreater(len(tables_with(self.env, TRACES)), 4)
        # Odoo's own means remove Odoo's contact.
        link.partner_id.unlink()
        self.contact().with_user(self.manager).action_erase()
        self.assertFalse(tables_with(self.env, TRACES))
        self.assertFalse(tables_with(self.env, ["contact000001"]))
        # The next sync meets the person again, as it was and changed.
        newer = {"dateUpdated": "2025-04-01T00:00:00.000Z", "city": "Bergen"}
        for payload in (self.person(), self.person(**newer)):
            self.mirror([payload, self.make_payload(2), self.make_payload(3)])
            self.work_off()
            self.assertFalse(tables_with(self.env, TRACES))
        self.assertEqual(self.location.contact_count, 2)
        self.assertEqual(count_listed(self.location), 1)

    def test_what_is_rejected_of_the_person_is_not_listed_either(self):
        self.read_in(self.person())
        self.contact().with_user(self.manager)._erase()
        self.env["res.partner"].search([("email", "=", EMAIL)]).unlink()
        self.assertFalse(self.contact())
        self.mirror([self.person(dateOfBirth="no date", tags=["x" * 3_000])])
        self.assertFalse(tables_with(self.env, TRACES))

    def test_what_is_left_of_a_contact_that_was_removed_is_erased_as_well(self):
        link = self.scatter()
        link.partner_id.unlink()
        self.contact().with_user(self.manager).unlink()
        changes = self.env["ghl.contact.change"].search(
            [("ghl_id", "=", "contact000001")]
        )
        self.assertTrue(changes)
        with self.assertRaises(AccessError):
            changes[0].with_user(self.user).action_erase()
        changes[0].with_user(self.manager).action_erase()
        # That they came from here was forgotten with the contact.
        stays = {"mail_blacklist", "phone_blacklist"}
        self.assertLessEqual(set(tables_with(self.env, TRACES)), stays)
        self.mirror([self.person(), self.make_payload(2)])
        self.assertLessEqual(set(tables_with(self.env, TRACES)), stays)
        self.assertFalse(self.contact())
        self.assertEqual(count_listed(self.location), 1)

    def test_a_run_that_waits_goes_on_without_the_persons_id(self):
        self.read_in(self.person(), self.make_payload(2))
        erased, others = "contact000001", ["contact000000", "contact000002"]
        run = self.env["ghl.sync.run"].create(
            {"location_id": self.location.id, "kind": "full", "origin": "button"}
        )
        save_checkpoint(run, Checkpoint(older_ids=(others[0], erased)))
        shown = {"lower": 5, "position": 7, "expected": 9, "seen": 4}
        windows = [
            Window(DATED, cursor=[7, erased], **shown),
            Window(DATED, cursor=[7, others[0]], until=(9, erased), **shown),
            Window(DATED, cursor=[9, erased], made_up=True, until=(9, "x"), **shown),
            Window(DATED, cursor={"page": [erased]}, done=True, **shown),
            Window(DATED, cursor=[7, others[1]], **shown),
        ]
        self.env["ghl.sync.window"]._store(run, windows)
        self.contact().with_user(self.manager).action_erase()
        self.assertFalse(tables_with(self.env, [erased]))
        self.assertEqual(load_checkpoint(run).older_ids, (others[0],))
        left = [row._to_window() for row in run.window_ids.sorted("id")]
        # Where the id was needed the date is walked anew, and no end came nearer.
        again = [(one.cursor, one.lower, one.seen, one.made_up) for one in left]
        self.assertEqual(again[0], (None, 7, 0, False))
        self.assertEqual(again[1], ([7, others[0]], 5, 4, False))
        self.assertGreater(left[1].until, (9, erased))
        self.assertEqual(again[2], (None, 7, 0, False))
        self.assertEqual((left[3].done, left[3].seen), (True, 4))
        self.assertEqual(again[4], ([7, others[1]], 5, 4, False))

    def test_what_another_location_was_sent_by_mistake_is_erased_as_well(self):
        other = self.location.copy({"ghl_id": "elsewhere", "name": "Other"})
        here = self.person(locationId=self.location.ghl_id)
        self.read_in(here)
        self.mirror([here], other)
        self.assertTrue(
            self.env["ghl.contact.change"].search([("location_id", "=", other.id)])
        )
        self.contact().with_user(self.manager)._erase()
        self.env["res.partner"].search([("email", "=", EMAIL)]).unlink()
        self.assertFalse(tables_with(self.env, TRACES))
        # It stays out of there, too, whoever else is mixed up.
        stranger = self.make_payload(9, locationId=self.location.ghl_id)
        self.mirror([here, stranger], other)
        self.assertFalse(tables_with(self.env, TRACES))
        self.assertTrue(
            self.env["ghl.contact.change"].search([("ghl_id", "=", "contact000009")])
        )

    def test_who_was_erased_stays_out_when_the_location_is_connected_again(self):
        self.read_in(self.person())
        self.contact().with_user(self.manager)._erase()
        self.env["res.partner"].search([("email", "=", EMAIL)]).unlink()
        values = {
            "name": "Again",
            "ghl_id": self.location.ghl_id,
            "connection_id": self.connection.id,
        }
        self.location.unlink()
        other = self.env["ghl.location"].create({**values, "ghl_id": "elsewhere"})
        self.assertFalse(other.erased_count)
        self.location = self.env["ghl.location"].create(values)
        self.assertEqual(self.location.erased_count, 1)
        self.mirror([self.person(), self.make_payload(2)])
        self.assertEqual(self.location.contact_count, 1)
        self.assertFalse(tables_with(self.env, TRACES))
        person = self.env["ghl.erased.person"].with_user(self.manager).search([])
        self.assertEqual(person.company_id, self.location.company_id)

    def test_an_odoo_contact_stays_and_is_not_written_to_again(self):
        link = self.read_in(self.person())["contact000001"]
        partner = link.partner_id
        self.contact().with_user(self.manager)._erase()
        self.assertTrue(partner.exists())
        self.assertFalse(link.exists())
        # It would be written to, if its address were free again.
        self.assertTrue(self.env["mail.blacklist"].search([("email", "=", EMAIL)]))
        self.assertTrue(partner.is_blacklisted)
        # Once nobody has the address, nothing is left of it either.
        partner.unlink()
        self.assertFalse(tables_with(self.env, TRACES))

    def test_an_entry_of_a_persons_own_stays(self):
        self.env["mail.blacklist"]._add(EMAIL)
        self.read_in(self.person()).values()
        self.env["res.partner"].search([("email", "=", EMAIL)]).unlink()
        self.contact().with_user(self.manager)._erase()
        self.assertTrue(self.env["mail.blacklist"].search([("email", "=", EMAIL)]))

    def test_an_entry_that_somebody_closes_after_the_erasure_stays(self):
        self.location.partner_consent = True
        link = self.read_in(self.person())["contact000001"]
        partner, blacklist = link.partner_id, self.env["mail.blacklist"]
        self.assertTrue(blacklist.search([("email", "=", EMAIL)]))
        self.contact().with_user(self.manager)._erase()
        # The person's own word, in Odoo.
        blacklist._remove(EMAIL)
        blacklist._add(EMAIL)
        partner.unlink()
        self.assertTrue(blacklist.search([("email", "=", EMAIL)]))

    def test_undo_of_another_link_brings_nothing_of_the_person_back(self):
        self.env["ghl.partner.mapping"].search([]).policy = "leads"
        town = "Zyxtown"
        link = self.read_in(self.person(city=town))["contact000001"]
        partner = link.partner_id
        second = self.person(2, email="", additionalEmails=[], city="Oslo")
        other = self.read_in(second)["contact000002"]
        self.assertEqual((other.partner_id, partner.city), (partner, "Oslo"))
        self.assertIn(town, json.dumps(other.before))
        self.contact().with_user(self.manager)._erase()
        self.assertNotIn(town, json.dumps(other.before))
        self.location.action_undo_partners()
        self.env.flush_all()
        self.assertFalse(tables_with(self.env, [town]))

    def test_another_person_of_the_location_is_not_left_out(self):
        self.read_in(self.person(), self.make_payload(2))
        self.contact().with_user(self.manager)._erase()
        self.mirror([self.make_payload(2, city="Oslo"), self.make_payload(4)])
        self.assertEqual(self.contact(2).city, "Oslo")
        self.assertTrue(self.contact(4))

    def test_the_same_id_in_another_location_is_another_person(self):
        other = self.location.copy({"ghl_id": "elsewhere", "name": "Other"})
        self.read_in(self.person())
        self.contact().with_user(self.manager)._erase()
        self.mirror([self.person(locationId="elsewhere")], other)
        self.assertEqual(other.contact_count, 1)

    def test_only_administrators_erase(self):
        self.read_in(self.person())
        for user in (self.user, self.internal, self.stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.contact().with_user(user).action_erase()
        self.assertTrue(self.contact())

    def test_what_is_deleted_long_ago_leaves_no_trace(self):
        self.set_setting("deleted_retention", 30)
        link = self.scatter()
        link.partner_id.unlink()
        self.env.cr.execute(
            "UPDATE ghl_contact SET active = FALSE, deleted_at = '2020-01-01'"
            " WHERE id = %s",
            [link.contact_id.id],
        )
        self.env.invalidate_all()
        while purge(self.env)[0]:
            pass
        self.assertFalse(tables_with(self.env, TRACES))
        # It was GoHighLevel's to delete, and may be put back there.
        self.mirror([self.person()])
        self.assertTrue(self.contact())

    def test_a_preview_tells_nothing_of_an_erased_person(self):
        self.read_in(self.person(), self.make_payload(2))
        self.contact().with_user(self.manager)._erase()
        self.assertEqual(preview(self.location.sudo()).looked_at, 1)

    def test_the_secret_is_made_once_and_of_this_database(self):
        self.read_in(self.person(), self.make_payload(2))
        parameters = self.env["ir.config_parameter"]
        key = KEY
        self.assertFalse(parameters.get_param(key))
        self.contact().with_user(self.manager)._erase()
        secret = parameters.get_param(key)
        self.assertEqual(len(secret), 64)
        self.contact(2).with_user(self.manager)._erase()
        self.assertEqual(parameters.get_param(key), secret)

    def test_the_secret_cannot_be_lost_by_mistake(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param(KEY, "nobody was erased yet")
        parameters.set_param(KEY, False)
        self.read_in(self.person(), self.make_payload(2))
        self.contact().with_user(self.manager)._erase()
        row = parameters.search([("key", "=", KEY)])
        for work in (
            row.unlink,
            lambda: parameters.set_param(KEY, False),
            lambda: parameters.set_param(KEY, "another"),
            lambda: row.write({"key": "renamed"}),
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                work()
        parameters.set_param(KEY, row.value)
        self.mirror([self.person()])
        self.assertFalse(self.contact())

    def test_a_secret_that_is_lost_all_the_same_is_told(self):
        self.read_in(self.person(), self.make_payload(2))
        self.contact().with_user(self.manager)._erase()
        self.env.cr.execute("DELETE FROM ir_config_parameter WHERE key = %s", [KEY])
        self.env.registry.clear_cache("stable")
        self.env.invalidate_all()
        with self.assertLogs(LEFT_OUT, "ERROR") as told:
            self.mirror([self.person()])
        self.assertIn("erasure_key_lost", told.output[0])
