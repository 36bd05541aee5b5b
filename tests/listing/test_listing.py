"""Pages of a large mirror: what they hold while it is written."""

import random
from unittest.mock import patch

from odoo.tests.common import tagged
from odoo.tools import SQL

from ...engine.listing import positions, ranking, read_in_order
from ...engine.listing.cursor import BadCursor
from ...tools.openapi.parameters import SORT_KEYS
from .large_mirror import LargeMirror


@tagged("post_install", "-at_install")
class TestDeepPages(LargeMirror):
    """A page deep in a list is just what passing over all before it would show."""

    def setUp(self):
        super().setUp()
        for module, name, value in (
            (positions, "NEAR", 0),
            (ranking, "STEP", 50),
            (read_in_order, "MOST_TRIED", 200),
        ):
            self.startPatcher(patch.object(module, name, value))
        self.fill(self.location, 2_000)
        self.count_orders()

    def expected(self, sort, order, limit=10):
        """Return all GHL ids in order, as one plain query finds them."""
        column = f"{sort}_ms" if sort.startswith("date_") else sort
        last = "FIRST" if sort.startswith("date_") and order == "asc" else "LAST"
        self.env.cr.execute(
            SQL(
                "SELECT ghl_id FROM ghl_contact WHERE location_id = %s AND active "
                "ORDER BY %s %s NULLS %s, id %s",
                self.location.id,
                SQL.identifier(column),
                SQL(order),
                SQL(last),
                SQL(order),
            )
        )
        return [ghl_id for (ghl_id,) in self.env.cr.fetchall()]

    def assertPages(self):
        rng = random.Random("pages")
        for sort in SORT_KEYS:
            for order in ("asc", "desc"):
                everybody = self.expected(sort, order)
                last = -(-len(everybody) // 10)
                for page in {
                    1,
                    2,
                    last - 1,
                    last,
                    last + 1,
                    *rng.sample(range(last), 9),
                }:
                    page = max(page, 1)
                    with self.subTest(sort=sort, order=order, page=page):
                        self.assertEqual(
                            self.ids(sort=sort, order=order, page=page),
                            everybody[page * 10 - 10 : page * 10],
                        )

    def test_all_orders(self):
        self.assertPages()

    def test_after_contacts_came_went_and_changed(self):
        cr = self.env.cr
        self.fill(self.location, 60, since=500_000)
        cr.execute("DELETE FROM ghl_contact WHERE id %% 37 = 0", [])
        cr.execute("UPDATE ghl_contact SET active = FALSE WHERE id %% 41 = 0", [])
        cr.execute("UPDATE ghl_contact SET active = TRUE WHERE id %% 82 = 0", [])
        cr.execute(
            """
            UPDATE ghl_contact SET name = 'Name 5', company_name = NULL, email = NULL,
                   date_added_ms = CASE WHEN id %% 2 = 0 THEN 1.4e12 END
             WHERE id %% 29 = 0
            """,
            [],
        )
        cr.execute("SELECT count(*) FROM ghl_contact_shift")
        self.assertGreater(cr.fetchone()[0], 100)
        self.assertPages()

    def test_filters_find_what_looking_at_each_would(self):
        """Few or many, short or long, by whatever index."""
        self.env.cr.execute("SELECT ghl_id, search_text, assigned_to FROM ghl_contact")
        rows = self.env.cr.fetchall()
        for search, owner in (
            *((text, None) for text in ("m", "q", "19", "l1", "@e", "e 5", "name 12")),
            *((text, "owner3") for text in ("a", "qq", "mail", None)),
        ):
            found = {
                ghl_id
                for ghl_id, text, assigned in rows
                if (search or "") in text and owner in (None, assigned)
            }
            for sort, bound in (("date_added", 0), ("name", 20), ("company_name", 3)):
                given = {"search": search, "selected_user": owner, "sort": sort}
                with self.subTest(**given, bound=bound):
                    everybody = [
                        ghl_id
                        for ghl_id in self.expected(sort, "desc")
                        if ghl_id in found
                    ]
                    for page in (1, 3):
                        told = self.list(**given, page=page, count_limit=bound)
                        ids = [contact["id"] for contact in told["contacts"]]
                        self.assertEqual(ids, everybody[page * 10 - 10 : page * 10])
                        exact = not bound or len(found) <= bound
                        count = len(found) if exact else bound
                        self.assertEqual(told["filtered_count"], count)
                        self.assertIs(told["filtered_count_exact"], exact)

    def test_the_contacts_of_a_tag(self):
        """Many, and all of them old: along the dates that stand beside the tag."""
        tag = self.env["ghl.tag"].create(
            {"location_id": self.location.id, "name": "First import"}
        )
        self.env.cr.execute(
            """
            INSERT INTO ghl_contact_ghl_tag_rel (ghl_contact_id, ghl_tag_id, added_ms)
            SELECT id, %s, date_added_ms FROM ghl_contact
             WHERE date_added_ms < 1.5e12 + 4e8 OR date_added_ms IS NULL
            RETURNING (SELECT ghl_id FROM ghl_contact WHERE id = ghl_contact_id)
            """,
            [tag.id],
        )
        tagged = {ghl_id for (ghl_id,) in self.env.cr.fetchall()}
        self.env.cr.execute(
            "UPDATE ghl_contact SET active = FALSE WHERE ghl_id = %s", [min(tagged)]
        )
        for order in ("asc", "desc"):
            everybody = [
                ghl_id
                for ghl_id in self.expected("date_added", order)
                if ghl_id in tagged
            ]
            self.assertEqual(len(everybody), len(tagged) - 1)
            for bound in (0, 100):
                for page in (1, 2, len(everybody) // 10 + 1):
                    with self.subTest(order=order, bound=bound, page=page):
                        self.assertEqual(
                            self.ids(
                                tag="first IMPORT",
                                order=order,
                                page=page,
                                count_limit=bound,
                            ),
                            everybody[page * 10 - 10 : page * 10],
                        )

    def test_the_dates_beside_tags_are_those_of_the_contacts(self):
        def dates():
            self.env.cr.execute(
                """
                SELECT c.ghl_id, r.added_ms, c.date_added_ms
                  FROM ghl_contact_ghl_tag_rel r
                  JOIN ghl_contact c ON c.id = r.ghl_contact_id ORDER BY r.added_ms
                """
            )
            return self.env.cr.fetchall()

        payloads = [self.make_payload(n, tags=["a", "b"]) for n in range(3)]
        payloads.append({"id": "undated", "tags": ["a"]})
        self.mirror(payloads)
        self.assertEqual(len(dates()), 7)
        # A date that was corrected, a tag that is new, one that is gone.
        changed = {"dateUpdated": "2026-01-01T00:00:00.000Z"}
        payloads[0] |= changed | {"dateAdded": "2020-01-01T00:00:00.000Z"}
        payloads[1] |= changed | {"tags": ["b", "c"]}
        self.mirror(payloads)
        self.assertEqual(len(dates()), 7)
        for _ghl_id, beside, added in dates():
            self.assertEqual(beside, added)
        self.assertEqual(dates()[0][1], 1_577_836_800_000)

    def test_too_many_shifts_void_what_was_counted(self):
        self.env.cr.execute(
            "INSERT INTO ghl_contact_shift (location_id, delta, contact_id) "
            "SELECT %s, 0, 1 FROM generate_series(1, %s)",
            [self.location.id, ranking.MOST],
        )
        self.fill(self.location, 1, since=900_000)
        self.env.cr.execute("SELECT count(*) FROM ghl_contact_mark")
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.assertPages()
        ranking.drop_counted_shifts(self.env.cr)
        self.env.cr.execute("SELECT count(*) FROM ghl_contact_shift")
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_what_another_server_has_counted_is_not_believed(self):
        """A dump that is restored elsewhere: transactions are numbered anew there."""
        cr = self.env.cr
        cr.execute(
            "UPDATE ghl_contact_ranking SET counted = '1:9000000000000:'::pg_snapshot"
        )
        self.fill(self.location, 60, since=500_000)
        self.assertPages()
        self.assertTrue(ranking.is_restored(cr))
        ranking.forget_restored(cr)
        self.assertFalse(ranking.is_restored(cr))
        cr.execute("SELECT count(*) FROM ghl_contact_ranking")
        self.assertEqual(cr.fetchone()[0], 0)
        self.assertPages()

    def test_a_statement_that_writes_many_leaves_no_shifts(self):
        self.fill(self.location, ranking.MOST + 1, since=900_000)
        self.env.cr.execute("DELETE FROM ghl_contact WHERE ghl_id > 'c900000'")
        for table in ("mark", "shift"):
            self.env.cr.execute(f"SELECT count(*) FROM ghl_contact_{table}")
            self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_nothing_is_known_of_an_emptied_table(self):
        self.env.cr.execute("TRUNCATE ghl_contact CASCADE")
        self.fill(self.location, 100)
        self.env.cr.execute("SELECT count(*) FROM ghl_contact_ranking")
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.assertPages()

    def test_small_locations_leave_no_shifts(self):
        other = self.location.copy({"ghl_id": "another location"})
        self.fill(other, 100)
        self.env.cr.execute(
            "DELETE FROM ghl_contact WHERE location_id = %s", [other.id]
        )
        self.env.cr.execute("SELECT count(*) FROM ghl_contact_shift")
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_reading_along_while_others_write(self):
        """By cursors nothing is lost and nothing is doubled."""
        for given in (
            {},
            {"order": "asc"},
            {"sort": "name", "order": "asc"},
            {"sort": "company_name", "order": "desc"},
            {"search": "mail1"},
            {"search": "mail1", "count_limit": 50, "sort": "name"},
            {"selected_user": "owner3", "count_limit": 5},
        ):
            with self.subTest(given=given), self.env.cr.savepoint() as savepoint:
                before = self.expected("date_added", "desc")
                seen, cursor, page = [], None, 0
                while True:
                    found = self.list(**given, cursor=cursor, limit=70)
                    page += 1
                    self.assertEqual(found["page"], page)
                    seen += [contact["id"] for contact in found["contacts"]]
                    cursor = found["next_cursor"]
                    self.assertIs(found["has_more"], cursor is not None)
                    if not cursor:
                        break
                    # Newcomers everywhere, and one that was shown goes.
                    self.fill(self.location, 15, since=100_000 + page * 100)
                    self.env.cr.execute(
                        "DELETE FROM ghl_contact WHERE ghl_id = %s", [seen[-1]]
                    )
                self.assertEqual(len(seen), len(set(seen)))
                if not {"search", "selected_user"} & set(given):
                    self.assertFalse(set(before) - set(seen))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_cursors_are_refused_elsewhere(self):
        cursor = self.list()["next_cursor"]
        other = self.location.copy({"ghl_id": "another location"})
        for location, text in ((other, cursor), (self.location, cursor[:-3] + "abc")):
            with self.assertRaises(BadCursor):
                self.list(location, cursor=text)
