"""What the rig of the faults reads off Odoo's log."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from faults.rig import Rig


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("", 0),
        ("Exception in thread odoo.service.cron.cron1:\nTraceback\n", 1),
        # Both write at once, a piece after the other.
        (
            "Exception in thread odoo.service.cron.cron0:\n            "
            "Exception in thread  odoo.service.cron.cron1 :\n Traceback",
            2,
        ),
        ("Exception in thread Exception in thread odoo.service.cron.cron1:\n", 1),
    ],
)
def test_cron_threads_that_have_ended_are_counted(tmp_path, text, ended):
    log = tmp_path / "odoo.log"
    log.write_text(f"odoo.service.cron.cron0 of the server before\n{text}")
    rig = Rig.__new__(Rig)
    rig.stack = SimpleNamespace(odoo=SimpleNamespace(log=log))
    rig._log_start = log.read_text().index("\n")
    assert rig._ended_threads() == ended
