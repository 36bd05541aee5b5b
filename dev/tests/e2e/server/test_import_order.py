"""The order in which the addon's modules are imported decides nothing."""

import re
from pathlib import Path

from provision import paths
from stack import ports, template
from stack.postgres import Postgres
from suites import ODOO_RESULT

SCRIPT = Path(__file__).with_name("reversed_odoo.py")
# One of each kind: what a run does, what it writes, what it deletes, what people see.
TESTS = (
    *("TestMerge", "TestSyncSlice", "TestRefusals", "TestStatusApi"),
    "TestDeletions.test_every_tombstone_has_a_confirmation_of_its_own",
    "TestDeletions.test_living_contacts_are_not_archived_with_deleted_ones",
    "TestDeletions.test_denials_prove_nothing_while_everything_is_denied",
)


def test_the_addon_works_when_its_modules_are_imported_in_reverse(tmp_path):
    postgres = Postgres().start()
    database = "e2e_import_order"
    log = tmp_path / "odoo.log"
    try:
        template.create(postgres, database)
        status = template.run_odoo(
            postgres,
            [
                "server",
                f"--database={database}",
                f"--test-tags={','.join(f'/{paths.ADDON}:{name}' for name in TESTS)}",
                "--stop-after-init",
                "--max-cron-threads=0",
                "--http-interface=127.0.0.1",
                f"--http-port={ports.free()}",
            ],
            log,
            script=SCRIPT,
        )
    finally:
        template.drop(postgres, database)
        postgres.leave()
    told = log.read_text()
    moved = re.search(r"REVERSED (\d+) of (\d+) pieces", told)
    assert moved, told[-5000:]
    assert int(moved[1]) > int(moved[2]) / 2
    failures, errors, total = map(int, ODOO_RESULT.findall(told)[-1])
    assert status == 0 and failures + errors == 0, told[-5000:]
    assert total > 20, f"only {total} tests ran"
