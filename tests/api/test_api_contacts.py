"""Pages of the mirror: shape, order, paging and filters."""

from odoo.tests.common import tagged

from ... import const
from ...engine.api.contacts import list_contacts
from ...engine.location.figures import coverage_of
from ...tools.openapi.parameters import SORT_KEYS
from .api_case import ApiCase


@tagged("post_install", "-at_install")
class TestApiContacts(ApiCase):
    def setUp(self):
        super().setUp()
        self.headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}

    def get_page(self, **params):
        """Return one page; the total is fresh, so that the vendor is not asked."""
        params = {"location_id": self.location.ghl_id, **params}
        response = self.url_open(
            const.ROUTE_CONTACTS, params=params, headers=self.headers
        )
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()

    def get_ids(self, **params):
        return [contact["id"] for contact in self.get_page(**params)["contacts"]]

    def mirror_all(self, payloads):
        contacts = self.mirror(payloads)
        self.set_total(len(contacts))

    def test_more_addresses_and_consents_are_told(self):
        self.location.country = "GB"
        payload = self.make_payload(
            1,
            additionalEmails=[{"email": "second@example.com"}, "third@example.com"],
            additionalPhones=[{"phone": "+442079460958"}],
            dndSettings={"SMS": {"status": "active", "message": "Stop"}},
            timezone="Europe/London",
        )
        lower = {"id": "lower", "firstNameLowerCase": "zoe", "lastNameLowerCase": "x"}
        self.mirror_all([payload, lower, self.make_payload(2)])
        [contact] = self.get_page(search="second@")["contacts"]
        self.assertEqual(
            contact["additional_emails"], ["second@example.com", "third@example.com"]
        )
        self.assertEqual(contact["additional_phones"], ["+442079460958"])
        self.assertEqual(contact["timezone"], "Europe/London")
        self.assertEqual(
            contact["dnd_settings"],
            [
                {
                    "channel": "SMS",
                    "blocked": True,
                    "text": "Do not contact",
                    "reason": "Stop",
                }
            ],
        )
        self.assertEqual(self.get_ids(search="020 7946 0958"), [payload["id"]])
        [contact] = self.get_page(search="ZOE")["contacts"]
        self.assertEqual(contact["name"], "zoe x")

    def test_pages_by_cursor(self):
        self.mirror_all([self.make_payload(number) for number in range(25)])
        params = {"sort": "last_name", "order": "asc"}
        everybody = self.get_ids(**params, limit=25)
        cursor, pages = None, []
        for number in (1, 2, 3):
            told = self.get_page(**params, cursor=cursor)
            pages += [contact["id"] for contact in told["contacts"]]
            self.assertEqual(told["page"], number)
            cursor = told["next_cursor"]
            # It stands in addresses and logs: names are nobody's business there.
            self.assertNotIn("Number", cursor or "")
            # The order is the cursor's.
            params = {}
        self.assertEqual(pages, everybody)
        self.assertIsNone(cursor)
        response = self.url_open(
            const.ROUTE_CONTACTS,
            params={"location_id": self.location.ghl_id, "cursor": "nonsense"},
            headers=self.headers,
        )
        self.assertEqual(response.status_code, 400)
        self.assertEqual(response.json()["code"], "bad_request")

    def test_counting_may_end_early(self):
        self.mirror_all([self.make_payload(number) for number in range(25)])
        for bound, count, exact in ((0, 25, True), (25, 25, True), (24, 24, False)):
            with self.subTest(bound=bound):
                found = []
                for page in (1, 2, 3):
                    told = self.get_page(
                        search="ada", sort="name", count_limit=bound, page=page
                    )
                    found += [contact["id"] for contact in told["contacts"]]
                    self.assertEqual(told["filtered_count"], count)
                    self.assertIs(told["filtered_count_exact"], exact)
                    self.assertIs(told["has_more"], page < 3)
                self.assertEqual(len(set(found)), 25)
        self.assertIs(self.get_page()["filtered_count_exact"], True)

    def test_search_folds_alike_on_both_sides(self):
        names = ["Ilse", "İstanbul", "Hauptstraße 100%", "ivan_x"]
        self.mirror_all(
            [{"id": name[:3], "contactName": name, "dateAdded": None} for name in names]
        )
        for query, found in (
            ("İ", ["İst"]),
            ("i̇stanbul", ["İst"]),
            ("HAUPTSTRASSE", ["Hau"]),
            ("100%", ["Hau"]),
            ("n_x", ["iva"]),
            ("l_e", []),
        ):
            with self.subTest(query=query):
                self.assertEqual(self.get_ids(search=query), found)

    def test_tags_whatever_their_case_and_blanks(self):
        self.mirror_all(
            [
                {"id": "one", "tags": ["Hot  Lead"]},
                {"id": "two", "tags": ["hot lead "]},
                {"id": "three", "tags": ["hotlead"]},
                {"id": "four", "tags": ["İzmir"]},
            ]
        )
        for tag in ("HOT LEAD", " hot lead", "Hot  Lead"):
            self.assertEqual(set(self.get_ids(tag=tag)), {"one", "two"}, tag)
        self.assertEqual(self.get_ids(tag="i̇zmir"), ["four"])
        self.assertEqual(self.get_ids(tag="izmir"), [])

    def test_contact_says_all_that_is_mirrored(self):
        self.env["ghl.custom.field"].create(
            {"location_id": self.location.id, "ghl_id": "field1", "name": "Shoe size"}
        )
        self.env["ghl.user"].create(
            {"location_id": self.location.id, "ghl_id": "owner1", "name": "Olga"}
        )
        payload = self.make_payload(
            7,
            tags=["vip", "lead"],
            assignedTo="owner1",
            companyName="Anvil & Söhne",
            address="1 Main St",
            city="Bonn",
            dnd=True,
            source="web",
            type="lead",
            dateAdded="2024-05-06T07:08:09.123Z",
            customFields=[{"id": "field1", "value": 44}],
        )
        self.mirror_all([payload])
        [contact] = self.get_page()["contacts"]
        expected = {
            "id": payload["id"],
            "name": "Ada Number 7",
            "email": payload["email"],
            "company_name": "Anvil & Söhne",
            "tags": ["lead", "vip"],
            "assigned_to": {"id": "owner1", "name": "Olga"},
            "dnd": True,
            "city": "Bonn",
            "source": "web",
            "type": "lead",
            "date_added": "2024-05-06T07:08:09.123Z",
            "custom_fields": {"Shoe size": 44},
        }
        self.assertEqual({key: contact[key] for key in expected}, expected)
        self.assertEqual(contact["address"]["address1"], "1 Main St")

    def test_years_that_no_datetime_holds(self):
        self.mirror_all([self.make_payload(1, dateAdded="30000-01-02T03:04:05.006Z")])
        [contact] = self.get_page()["contacts"]
        self.assertEqual(contact["date_added"], "+030000-01-02T03:04:05.006Z")

    def test_pages_show_each_contact_once(self):
        # Half of them share one moment: only the id tells them apart.
        payloads = [
            self.make_payload(number, dateAdded="2024-01-01T00:00:00.000Z")
            if number % 2
            else self.make_payload(number)
            for number in range(57)
        ]
        self.mirror_all(payloads)
        for sort in ("date_added", "type", "name"):
            for order in ("asc", "desc"):
                with self.subTest(sort=sort, order=order):
                    seen = []
                    for page in range(1, 7):
                        seen += self.get_ids(
                            page=page, limit=10, sort=sort, order=order
                        )
                    self.assertEqual(len(seen), 57)
                    self.assertEqual(set(seen), {one["id"] for one in payloads})

    def test_every_sort_is_accepted_and_orders(self):
        self.mirror_all(
            [
                self.make_payload(1, firstName="Ada", lastName="B", city="Aachen"),
                self.make_payload(2, firstName="Bob", lastName="A", city="Bonn"),
                {"id": "bare"},
            ]
        )
        for sort in SORT_KEYS:
            for order in ("asc", "desc"):
                self.assertEqual(len(self.get_ids(sort=sort, order=order)), 3, sort)
        first, second = "contact000001", "contact000002"
        self.assertEqual(
            self.get_ids(sort="city", order="asc"), [first, second, "bare"]
        )
        self.assertEqual(
            self.get_ids(sort="city", order="desc"), [second, first, "bare"]
        )

    def test_default_order_is_newest_first_and_undated_last(self):
        self.mirror_all(
            [
                {"id": "undated"},
                self.make_payload(1, dateAdded="2023-01-01T00:00:00.000Z"),
                self.make_payload(2, dateAdded="2024-01-01T00:00:00.000Z"),
            ]
        )
        self.assertEqual(self.get_ids(), ["contact000002", "contact000001", "undated"])

    def test_has_more_and_totals(self):
        self.set_setting("page_wait", "0")
        self.mirror([self.make_payload(number) for number in range(25)])
        self.set_total(2000)
        for page, limit, count, more in (
            (1, 10, 10, True),
            (3, 10, 5, True),
            (4, 10, 0, True),
            (200, 10, 0, False),
            (4, 500, 0, False),
        ):
            with self.subTest(page=page, limit=limit):
                found = self.get_page(page=page, limit=limit)
                self.assertEqual(len(found["contacts"]), count)
                self.assertEqual(found["has_more"], more)
                self.assertEqual(found["total_contacts"], 2000)
                self.assertEqual(found["contact_count"], 25)
                self.assertEqual(found["coverage"], 1.25)
                self.assertIsNone(found["filtered_count"])

    def test_coverage_is_not_rounded_up_to_complete(self):
        self.location.contact_count = 99_999
        self.set_total(100_000_0)
        self.location.contact_count = 999_999
        self.env.flush_all()
        self.assertEqual(coverage_of(self.location), 99.99)

    def test_filters(self):
        self.mirror_all(
            [
                self.make_payload(1, email="a_b@x.example", tags=["vip"]),
                self.make_payload(2, email="aXb@x.example", tags=["VIP lounge"]),
                self.make_payload(3, companyName="100% Cotton", assignedTo="owner1"),
                self.make_payload(4, phone="+14155550100", tags=["vip", "old"]),
            ]
        )
        one, two, three, four = (f"contact00000{number}" for number in range(1, 5))
        for filters, expected in (
            ({"search": "number"}, {one, two, three, four}),
            ({"search": "  NUMBER 2 "}, {two}),
            ({"search": "a_b"}, {one}),
            ({"search": "100%"}, {three}),
            ({"search": "%"}, {three}),
            ({"search": "\\"}, set()),
            ({"search": "(415) 555-0100"}, {four}),
            ({"search": "x.example"}, {one, two}),
            ({"search": "nobody"}, set()),
            ({"tag": "vip"}, {one, four}),
            ({"tag": "Vip"}, {one, four}),
            ({"tag": "VIP lounge"}, {two}),
            ({"tag": "v%"}, set()),
            ({"selected_user": "owner1"}, {three}),
            ({"selected_user": "owner2"}, set()),
            ({"tag": "vip", "search": "a_b"}, {one}),
        ):
            with self.subTest(filters=filters):
                page = self.get_page(**filters)
                self.assertEqual({one["id"] for one in page["contacts"]}, expected)
                self.assertEqual(page["filtered_count"], len(expected))
                self.assertEqual(page["total_contacts"], len(expected))
                self.assertIs(page["has_more"], False)

    def test_tombstones_are_not_shown(self):
        self.mirror_all([self.make_payload(number) for number in range(3)])
        self.env.cr.execute(
            "UPDATE ghl_contact SET active = FALSE WHERE ghl_id = 'contact000001'"
        )
        self.location.contact_count = 2
        self.set_total(2)
        self.assertEqual(set(self.get_ids()), {"contact000000", "contact000002"})

    def test_contacts_of_other_locations_are_not_shown(self):
        other = self.location.copy({"ghl_id": "other-location", "name": "Other"})
        self.mirror([self.make_payload(1)], location=other)
        self.mirror_all([self.make_payload(2)])
        self.assertEqual(self.get_ids(), ["contact000002"])
        self.assertEqual(self.get_ids(search="Number"), ["contact000002"])

    def test_number_of_queries_does_not_grow_with_the_page(self):
        payloads = [
            self.make_payload(number, tags=[f"tag{number}"], assignedTo=f"o{number}")
            # Both pages are full, and followed by another.
            for number in range(201)
        ]
        self.mirror_all(payloads)
        page = {"sort": "date_added", "order": "desc"}

        def count_queries(limit):
            location = self.location.with_user(self.user)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = list_contacts(location, 1, limit, **page)
            self.assertEqual(len(found["contacts"]), limit)
            return self.env.cr.sql_log_count - before

        count_queries(1)
        self.assertEqual(count_queries(2), count_queries(200))

    def test_locations(self):
        self.mirror([self.make_payload(1)])
        self.set_total(4)
        self.env["ghl.location"].create(
            {
                "name": "Second",
                "ghl_id": "second-location",
                "connection_id": self.connection.id,
            }
        )
        response = self.url_open(const.ROUTE_LOCATIONS, headers=self.headers)
        found = {one["location_id"]: one for one in response.json()["locations"]}
        state = found[self.location.ghl_id].pop("status")
        self.assertTrue(found[self.location.ghl_id].pop("next_sync_at"))
        self.assertEqual(state["counts"]["mirrored"], 1)
        self.assertEqual(
            found[self.location.ghl_id],
            {
                "location_id": self.location.ghl_id,
                "name": "Test Location",
                "contact_count": 1,
                "ghl_total": 4,
                "coverage": 25.0,
                "last_sync": None,
                "proven_complete_at": None,
                "content_as_of": None,
                "audit": {
                    "promised_days": 7,
                    "last_at": None,
                    "next_at": None,
                    "drifted": 0,
                    "drift": {},
                },
                "next_sync_kind": "full",
                "next_sync_reason": "All contacts are read for the first time.",
                "sync": None,
            },
        )
        second = found["second-location"]
        self.assertIsNone(second["ghl_total"])
        self.assertIsNone(second["coverage"])
