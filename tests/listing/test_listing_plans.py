"""Lists of a large mirror are read by indexes, whatever is asked for."""

from unittest.mock import patch

from odoo.tests.common import HttpCase, new_test_user, tagged
from odoo.tools import SQL

from ... import const
from ...engine.quality.store import mark_of
from ...tools.openapi.parameters import SORT_KEYS
from ...tools.quality.figures import FIGURES
from ...tools.quality.findings import CODES
from .large_mirror import LargeMirror

SIZE = 30_000


class Plans:
    """Notes how PostgreSQL reads contacts for whatever is executed while entered."""

    def __init__(self, cr):
        self.cr = cr
        self.whole: list[str] = []
        self.seen = 0

    def __enter__(self):
        execute = type(self.cr).execute

        def watched(cursor, query, *args, **kw):
            self._look(query, args)
            return execute(cursor, query, *args, **kw)

        self._patch = patch.object(type(self.cr), "execute", watched)
        self._patch.start()
        return self

    def __exit__(self, *_error):
        self._patch.stop()

    def _look(self, query, args):
        if isinstance(query, SQL):
            query, args = query.code, [query.params]
        if "ghl_contact" not in query or not query.lstrip().upper().startswith(
            ("SELECT", "WITH", "UPDATE", "DELETE")
        ):
            return
        raw = self.cr._obj
        raw.execute("EXPLAIN (FORMAT JSON) " + query, *(args or [None]))
        (found,) = raw.fetchone()
        self.seen += 1
        if _reads_all(found[0]["Plan"]):
            self.whole.append(" ".join(query.split())[:300])


def _reads_all(plan) -> bool:
    return (
        plan["Node Type"].endswith("Seq Scan")
        and plan.get("Relation Name") == "ghl_contact"
    ) or any(map(_reads_all, plan.get("Plans", ())))


@tagged("post_install", "-at_install")
class TestPlans(LargeMirror, HttpCase):
    """No call of the API, and no list of Odoo's, reads the whole table."""

    def setUp(self):
        super().setUp()
        self.headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}
        other = self.location.copy({"ghl_id": "another location"})
        self.fill(other, SIZE // 2)
        self.fill(self.location, SIZE)
        self.tag = self.env["ghl.tag"].create(
            {"location_id": self.location.id, "name": "Common"}
        )
        self.env.cr.execute(
            "INSERT INTO ghl_contact_ghl_tag_rel (ghl_contact_id, ghl_tag_id, added_ms)"
            "SELECT id, %s, date_added_ms FROM ghl_contact "
            " WHERE location_id = %s AND id %% 2 = 0",
            [self.tag.id, self.location.id],
        )
        self.find_quality()
        self.analyze()
        self.count_orders()
        self.env.flush_all()

    def find_quality(self):
        """Have each contact one of the findings, as the quality check leaves them."""
        marks = sorted(mark_of(self.location.id, code) for code in CODES.values())
        self.env.cr.execute(
            """
            INSERT INTO ghl_contact_quality (
                contact_id, location_id, content_hash, basis, findings, emails, phones)
            SELECT id, location_id, 'x', 'x', (%(marks)s::int8[])[
                       1 + id %% %(count)s:1 + id %% %(count)s], '{}', '{}'
              FROM ghl_contact WHERE location_id = %(location)s
            """,
            {"marks": marks, "count": len(marks), "location": self.location.id},
        )
        self.env.cr.execute("ANALYZE ghl_contact_quality")

    def hide_some(self, user):
        """Add a rule by which a user sees fewer contacts."""
        group = self.env["res.groups"].create({"name": "Sees less"})
        user.group_ids += group
        self.env["ir.rule"].create(
            {
                "name": "Not those of one city",
                "model_id": self.env["ir.model"]._get_id("ghl.contact"),
                "groups": [(4, group.id)],
                "domain_force": "[('city', '!=', 'City3')]",
            }
        )
        self.env.flush_all()

    def ask(self, route, user=None, **params):
        """Call the API for the location; its answer must be a good one."""
        headers = self.headers
        if user:
            headers = {"Authorization": f"Bearer {self.make_key(user)}"}
        params = {"location_id": self.location.ghl_id, **params}
        answer = self.url_open(route, params=params, headers=headers)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer

    def send(self, route, user, **body):
        """Post to the API for the location."""
        return self.url_open(
            route,
            json={"location_id": self.location.ghl_id, **body},
            headers={"Authorization": f"Bearer {self.make_key(user)}"},
        )

    def assertByIndexes(self, plans):
        self.assertGreater(plans.seen, 0)
        self.assertEqual(plans.whole, [])

    def test_calls_of_the_api(self):
        calls = [
            {"sort": sort, "order": order, "page": page}
            for sort in SORT_KEYS
            for order in ("asc", "desc")
            for page in (1, SIZE // 20, SIZE // 10)
        ]
        searches = ("a", "q", "zq", "n", "mai", "name 12", "mail12345@", "nobody", "@e")
        filters = [{"search": text} for text in searches]
        filters += [{"tag": "common"}, {"tag": "nothing"}, {"selected_user": "owner3"}]
        calls += [
            {**wanted, "sort": sort, "count_limit": bound}
            for wanted in filters
            for sort in ("date_added", "name")
            for bound in (0, 1_000, 10_000)
        ]
        calls.append({"search": "mail", "tag": "common", "selected_user": "owner2"})
        calls.append({"cursor": self.list()["next_cursor"]})
        with Plans(self.env.cr) as plans:
            for params in calls:
                self.ask(const.ROUTE_CONTACTS, **params)
            for route in (
                const.ROUTE_LOCATIONS,
                const.ROUTE_STATUS,
                const.ROUTE_ANALYTICS,
                const.ROUTE_DELETIONS,
                const.ROUTE_QUALITY,
                const.ROUTE_CHANGES,
            ):
                self.ask(route)
            for route in (const.ROUTE_FLEET, const.ROUTE_METRICS):
                answer = self.url_open(route, headers=self.headers)
                self.assertEqual(answer.status_code, 200, answer.text)
        self.assertByIndexes(plans)

    def test_figures_of_the_quality(self):
        with Plans(self.env.cr) as plans:
            for figure in FIGURES:
                for sort in ("date_added", "name"):
                    self.ask(const.ROUTE_CONTACTS, quality=figure, sort=sort)
                self.ask(const.ROUTE_CONTACTS, quality=figure, search="mail", page=3)
        self.assertByIndexes(plans)

    def test_calls_by_a_user_who_sees_less(self):
        self.hide_some(self.user)
        with Plans(self.env.cr) as plans:
            for params in (
                {},
                {"page": SIZE // 20},
                {"page": SIZE // 10, "sort": "name"},
                {"search": "a"},
                {"search": "mail12345@"},
                {"search": "nobody", "sort": "email"},
                {"tag": "common", "count_limit": 0},
                {"selected_user": "owner3"},
                {"quality": "no_name"},
            ):
                self.ask(const.ROUTE_CONTACTS, **params)
            for route in (
                const.ROUTE_LOCATIONS,
                const.ROUTE_STATUS,
                const.ROUTE_ANALYTICS,
                const.ROUTE_QUALITY,
                const.ROUTE_DELETIONS,
                const.ROUTE_CHANGES,
            ):
                self.ask(route)
        self.assertByIndexes(plans)

    def test_calls_for_one_contact_and_orders(self):
        contacts = self.env["ghl.contact"].search(
            [("location_id", "=", self.location.id)], limit=2
        )
        one, other = contacts.mapped("ghl_id")
        groups = "ghl_contact_sync.group_manager,base.group_partner_manager"
        boss = new_test_user(self.env, "ghl_boss", groups + ",base.group_system")
        with Plans(self.env.cr) as plans:
            self.ask(const.ROUTE_CHANGES, contact_id=one)
            for search in ({}, {"search": "Name 12"}):
                self.ask(const.ROUTE_PARTNER, boss, contact_id=one, **search)
            erased = self.send(
                const.ROUTE_ERASE, boss, contact_id=other, confirm="erase"
            )
            self.assertEqual(erased.status_code, 200, erased.text)
            for kind in ("auto", "full"):
                ordered = self.send(const.ROUTE_SYNC, boss, kind=kind)
                self.assertLess(ordered.status_code, 300, ordered.text)
                self.send(const.ROUTE_CANCEL, boss)
        self.assertByIndexes(plans)

    def test_review_of_deletions(self):
        run = self.env["ghl.sync.run"].create(
            {"location_id": self.location.id, "kind": "full", "origin": "button"}
        )
        review = self.env["ghl.deletion.review"].create(
            {"location_id": self.location.id, "run_id": run.id}
        )
        self.env.cr.execute(
            """
            INSERT INTO ghl_deletion_candidate (
                location_id, run_id, review_id, contact_id, ghl_id, origin, state)
            SELECT location_id, %s, %s, id, ghl_id, 'run', 'in_review'
              FROM ghl_contact WHERE location_id = %s AND id %% 20 = 0
            """,
            [run.id, review.id, self.location.id],
        )
        self.env.cr.execute("ANALYZE ghl_deletion_candidate")
        self.env.cr.execute("SELECT min(ghl_id) FROM ghl_deletion_candidate")
        [(ghl_id,)] = self.env.cr.fetchall()
        with Plans(self.env.cr) as plans:
            for search in ("", "mail12", "name 7", ghl_id):
                answer = self.url_open(
                    const.ROUTE_DELETIONS,
                    params={"location_id": self.location.ghl_id, "search": search},
                    headers=self.headers,
                )
                self.assertEqual(answer.status_code, 200, answer.text)
                self.assertTrue(answer.json()["contacts"], search)
        self.assertByIndexes(plans)

    def test_lists_of_odoo(self):
        fields = {"display_name": {}, "email": {}, "tag_ids": {}, "date_added": {}}
        for user in (self.user, self.env.ref("base.user_admin")):
            contacts = self.env["ghl.contact"].with_user(user)
            with Plans(self.env.cr) as plans:
                for domain in (
                    [],
                    [("location_id", "=", self.location.id)],
                    [("display_name", "ilike", "mail123")],
                    [("display_name", "ilike", "q")],
                    [("display_name", "ilike", "name 12")],
                ):
                    for limit in (80, 40):
                        contacts.web_search_read(
                            domain, fields, limit=limit, count_limit=10_001
                        )
                contacts.name_search("mail12345")
            self.assertByIndexes(plans)
