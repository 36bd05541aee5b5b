"""What contacts share is found in one pass, whatever the statistics say."""

from odoo.tests.common import tagged

from ...engine.quality import check as checking
from ...engine.quality.store import mark_of
from ...tools.quality.findings import SHARED
from ..common import GhlCommon

SIZE = 16_000
SHARERS = 4_000


@tagged("post_install", "-at_install")
class TestQualityCost(GhlCommon):
    def test_old_statistics_make_nothing_slow(self):
        cr = self.env.cr
        # Analysed when nothing was in it.
        cr.execute(
            "UPDATE pg_class SET reltuples = 0, relpages = 1"
            " WHERE relname IN ('ghl_contact', 'ghl_contact_quality')"
        )
        cr.execute(
            """
            WITH made AS (
                INSERT INTO ghl_contact (location_id, ghl_id, active)
                SELECT %(location)s, 'shared-' || n, TRUE
                  FROM generate_series(1, %(size)s) n
                RETURNING id)
            INSERT INTO ghl_contact_quality (
                   contact_id, location_id, content_hash, basis, emails)
            SELECT id, %(location)s, '-', '-',
                   -- The first few have theirs in common, two by two.
                   ARRAY[CASE WHEN place > %(sharers)s THEN place
                              ELSE place / 2 * 2 + 1000000 END]
              FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
                      FROM made) AS m
            """,
            {"location": self.location.id, "size": SIZE, "sharers": SHARERS - 1},
        )
        self.location.quality_unmarked = True
        self.env.flush_all()
        # Each with each would take minutes.
        cr.execute("SET LOCAL statement_timeout = '30s'")
        mark = mark_of(self.location.id, SHARED["email"])
        for _again in range(2):
            checking._mark_shared(self.location, "emails", mark)
            cr.execute(
                "SELECT count(*), max(cardinality(findings)) FROM ghl_contact_quality"
                " WHERE findings @> ARRAY[%s]::int8[]",
                [mark],
            )
            self.assertEqual(cr.fetchone(), (SHARERS, 1))
        cr.execute(
            "UPDATE ghl_contact_quality SET emails = '{}' WHERE location_id = %s",
            [self.location.id],
        )
        checking._mark_shared(self.location, "emails", mark)
        cr.execute(
            "SELECT count(*) FROM ghl_contact_quality WHERE cardinality(findings) > 0"
        )
        self.assertEqual(cr.fetchone()[0], 0)
