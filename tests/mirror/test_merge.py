import json
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests.common import tagged

from ...engine.mirror.merge import Merger
from ...tools.mapping.batch import prepare_batch
from ..common import GhlCommon


@tagged("post_install", "-at_install", "ghl_engine")
class TestMerge(GhlCommon):
    def merge(self, *payloads, at=None):
        return Merger(self.location).merge_page(list(payloads), at)

    def find(self, payload):
        return (
            self.env["ghl.contact"]
            .with_context(active_test=False)
            .search([("ghl_id", "=", payload["id"])])
        )

    def test_known_fields_become_columns_and_the_rest_is_kept(self):
        payload = self.make_payload(
            1,
            address="Main Street 1",
            postalCode="9000",
            tags=["vip", "new"],
            assignedTo="user1",
            customFields=[{"id": "field1", "value": ["a", {"b": 1}]}],
            dndSettings={"SMS": {"status": "active"}},
            dateOfBirth="1990-05-04",
            attributionSource={"utmSource": "x"},
            brandNew={"nested": [1, None]},
        )
        self.merge(payload)
        contact = self.find(payload)
        self.assertRecordValues(
            contact,
            [
                {
                    "name": "Ada Number 1",
                    "address1": "Main Street 1",
                    "postal_code": "9000",
                    "email": "ada1@example.com",
                    "assigned_to": "user1",
                    "custom_fields": [{"id": "field1", "value": ["a", {"b": 1}]}],
                    "dnd_settings": {"SMS": {"status": "active"}},
                    "date_of_birth": fields.Date.to_date("1990-05-04"),
                    "extra": {
                        "attributionSource": {"utmSource": "x"},
                        "brandNew": {"nested": [1, None]},
                    },
                }
            ],
        )
        self.assertEqual(set(contact.tag_ids.mapped("name")), {"vip", "new"})
        self.assertEqual(contact.owner_id.ghl_id, "user1")
        self.assertEqual(contact.date_updated_ms, 1735689600000)

    def test_what_does_not_fit_its_column_is_kept_and_told(self):
        payload = self.make_payload(
            2,
            email={"odd": True},
            phone=4711,
            dnd="maybe",
            dateAdded="0000-01-01T00:00:00.000Z",
            dateOfBirth=641779200000,
            tags=["good", 7, "good"],
            city="x" * 70_000,
        )
        result = self.merge(payload)
        contact = self.find(payload)
        self.assertFalse(contact.email)
        self.assertEqual(contact.phone, "4711")
        self.assertFalse(contact.date_added)
        self.assertEqual(contact.date_added_ms, -62167219200000)
        self.assertEqual(contact.date_of_birth, fields.Date.to_date("1990-05-04"))
        self.assertEqual(contact.tag_ids.mapped("name"), ["good"])
        for key in (
            "email",
            "phone",
            "dnd",
            "dateAdded",
            "dateOfBirth",
            "tags",
            "city",
        ):
            self.assertEqual(contact.extra[key], payload[key], key)
        self.assertEqual([i["severity"] for i in result.issues], ["altered"])

    def test_records_without_a_usable_id_are_set_aside_and_the_page_goes_on(self):
        good = self.make_payload(3)
        result = self.merge(
            good,
            {"firstName": "no id"},
            {"id": "  "},
            {"id": ["list"]},
            {"id": "x" * 501},
            "text",
            None,
        )
        self.assertEqual(result.created, 1)
        self.assertEqual([i["severity"] for i in result.issues], ["rejected"] * 6)

    def test_nul_and_broken_unicode_are_replaced_at_any_depth(self):
        payload = self.make_payload(
            4, firstName="A\x00da", customFields=[{"id": "f", "value": "\ud83d!"}]
        )
        result = self.merge(payload)
        contact = self.find(payload)
        self.assertEqual(contact.first_name, "A\ufffdda")
        self.assertEqual(contact.custom_fields, [{"id": "f", "value": "\ufffd!"}])
        self.assertEqual(len(result.issues), 1)

    def test_numbers_that_json_lacks_are_kept_as_text(self):
        payload = self.make_payload(5, score=float("nan"), other=float("inf"))
        self.merge(payload)
        self.assertEqual(self.find(payload).extra, {"score": "nan", "other": "inf"})

    def test_a_number_beyond_all_bounds_spoils_its_record_only(self):
        odd = self.make_payload(6, customFields=[{"id": "f", "value": 10**140_000}])
        good = self.make_payload(7)
        result = self.merge(odd, good)
        self.assertTrue(self.find(good))
        self.assertFalse(self.find(odd))
        self.assertEqual(result.issues[0]["severity"], "rejected")

    def test_a_text_that_postgresql_refuses_is_sent_again_in_other_words(self):
        text = '{"contacts": [{"id": "huge", "score": 1e200000}, {"id": "fine"}]}'
        batch = prepare_batch(
            json.loads(text)["contacts"],
            self.location.ghl_id,
            escapes=False,
            as_sent=text.encode(),
        )
        result = Merger(self.location).merge_batch(batch)
        self.assertEqual(result.created, 2)
        self.assertEqual(self.find({"id": "huge"}).extra, {"score": "inf"})

    def test_merging_twice_changes_nothing(self):
        payload = self.make_payload(8, tags=["a"])
        self.merge(payload)
        reordered = dict(reversed(payload.items()))
        result = self.merge(reordered)
        self.assertEqual((result.created, result.updated, result.unchanged), (0, 0, 1))

    def test_older_data_never_overwrites_newer(self):
        new = self.make_payload(
            9, firstName="New", dateUpdated="2025-03-01T00:00:00.000Z"
        )
        old = {**new, "firstName": "Old", "dateUpdated": "2025-02-01T00:00:00.000Z"}
        now = time.time()
        self.merge(new, at=now)
        self.merge(old, at=now + 1)
        self.assertEqual(self.find(new).first_name, "New")
        # Observed before, and edited no later: it is no news.
        self.merge({**new, "firstName": "Before"}, at=now - 5)
        self.assertEqual(self.find(new).first_name, "New")
        # Still so after the longest lag of an index: somebody put it back.
        self.merge(old, at=now + timedelta(minutes=11).total_seconds())
        self.assertEqual(self.find(new).first_name, "Old")

    def test_a_later_edit_counts_although_it_was_asked_for_earlier(self):
        # A replica that lags answered last; or this node's clock went back.
        old = self.make_payload(9, dateUpdated="2025-02-01T00:00:00.000Z")
        new = {**old, "firstName": "New", "dateUpdated": "2025-03-01T00:00:00.000Z"}
        now = time.time()
        self.merge(old, at=now)
        self.merge(new, at=now - 5)
        self.assertEqual(self.find(new).first_name, "New")
        self.assertAlmostEqual(
            self.find(new).observed_at.timestamp(), int(now), delta=1.1
        )

    def test_of_states_without_an_order_the_one_asked_for_later_counts(self):
        for number, dates in enumerate(
            ({"dateUpdated": "2025-01-01T00:00:00.000Z"}, {"dateUpdated": None})
        ):
            with self.subTest(dates):
                payload = self.make_payload(30 + number, **dates)
                pages = [
                    (
                        prepare_batch(
                            [{**payload, "city": city}], self.location.ghl_id
                        ),
                        timestamp,
                    )
                    for city, timestamp in (
                        ("New", 1_700_000_001),
                        ("Old", 1_700_000_000),
                    )
                ]
                Merger(self.location).merge_batches(pages)
                self.assertEqual(self.find(payload).city, "New")

    def test_a_date_in_years_to_come_keeps_no_edit_away(self):
        odd = self.make_payload(9, dateUpdated="+030000-01-01T00:00:00.000Z")
        edited = {**odd, "firstName": "New", "dateUpdated": "2025-02-01T00:00:00.000Z"}
        now = time.time()
        self.merge(odd, at=now)
        self.merge(edited, at=now + 1)
        self.assertEqual(self.find(odd).first_name, "New")

    def test_of_a_contact_that_comes_twice_the_later_edit_counts(self):
        new = self.make_payload(10, dateUpdated="2025-03-01T00:00:00.000Z", city="New")
        old = {**new, "dateUpdated": "2025-02-01T00:00:00.000Z", "city": "Old"}
        for number, page in enumerate([(new, old), (old, new)]):
            with self.subTest(number):
                self.merge(*({**p, "id": f"twice{number}"} for p in page))
                self.assertEqual(self.find({"id": f"twice{number}"}).city, "New")

    def test_tags_follow_the_payload(self):
        payload = self.make_payload(11, tags=["a", "b"])
        self.merge(payload)
        self.merge({**payload, "tags": ["b", "c"]})
        contact = self.find(payload)
        self.assertEqual(set(contact.tag_ids.mapped("name")), {"b", "c"})
        self.merge({**payload, "tags": []})
        self.assertFalse(contact.tag_ids)

    def test_thousands_of_tags_are_no_trouble(self):
        payload = self.make_payload(12, tags=[f"tag {n}" for n in range(5_000)])
        self.merge(payload)
        self.assertEqual(len(self.find(payload).tag_ids), 5_000)

    def test_no_personal_data_is_logged_when_postgresql_refuses(self):
        payload = self.make_payload(
            13,
            email="secret.person@example.com",
            customFields=[{"id": "f", "value": 10**140_000}],
        )
        with self.assertLogs(level="DEBUG") as logs:
            self.merge(payload)
        self.assertNotIn("secret.person", "".join(logs.output))

    def test_pages_merged_together_overlap(self):
        old = self.make_payload(1, firstName="Old")
        new = self.make_payload(
            1, firstName="New", dateUpdated="2025-01-02T00:00:00.000Z"
        )
        others = [self.make_payload(2), self.make_payload(3)]

        def page(*contacts):
            text = json.dumps({"contacts": contacts})
            return prepare_batch(
                json.loads(text)["contacts"],
                self.location.ghl_id,
                escapes=False,
                as_sent=text.encode(),
            )

        for pages in (
            [page(old, others[0]), page(new, others[1])],
            [page(new, others[0]), page(old, others[1])],
        ):
            with self.env.cr.savepoint() as savepoint:
                result = Merger(self.location).merge_batches(
                    [(batch, None) for batch in pages]
                )
                self.assertEqual(result.created, 3)
                self.assertEqual(result.unchanged, 1)
                self.assertEqual(len(result.seen_ids), 3)
                self.assertEqual(self.find(new).first_name, "New")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_pages_merged_together_keep_their_own_moments(self):
        pages = [
            (
                prepare_batch([self.make_payload(number)], self.location.ghl_id),
                timestamp,
            )
            for number, timestamp in ((1, 1_700_000_000.5), (2, 1_700_000_100))
        ]
        Merger(self.location).merge_batches(pages)
        for number, timestamp in (
            (1, "2023-11-14 22:13:20"),
            (2, "2023-11-14 22:15:00"),
        ):
            contact = self.find(self.make_payload(number))
            self.assertEqual(fields.Datetime.to_string(contact.observed_at), timestamp)

    def test_a_text_cannot_leave_its_quotes(self):
        names = [
            "$j$",
            "$j$; DROP TABLE ghl_contact; --",
            "%s %(json)s %%",
            "\\' \" $$",
        ]
        payloads = [
            self.make_payload(number, lastName=name, city=name)
            for number, name in enumerate(names)
        ]
        text = json.dumps({"contacts": payloads})
        batch = prepare_batch(
            payloads, self.location.ghl_id, escapes=False, as_sent=text.encode()
        )
        Merger(self.location).merge_batch(batch)
        for payload in payloads:
            self.assertEqual(self.find(payload).last_name, payload["lastName"])
            self.assertEqual(self.find(payload).city, payload["city"])

    def test_no_personal_data_is_logged_by_whatever_fails_next(self):
        """Odoo logs the last statement of a cursor whose connection is lost."""
        execute, statements = Merger._execute, []

        def look(records, queries):
            execute(records, queries)
            # Odoo's cursor would tell of this statement now.
            statements.append(records.env.cr.query or b"")

        with patch.object(Merger, "_execute", look):
            self.merge(self.make_payload(14, email="secret.person@example.com"))
        self.assertTrue(statements)
        self.assertNotIn(b"secret.person", b"".join(statements))
