"""The tables of phases agree."""

from odoo.tests.common import BaseCase, tagged

from ... import const
from ...engine import runner


@tagged("post_install", "-at_install", "ghl_engine")
class TestPhases(BaseCase):
    def test_each_kind_of_run_has_its_phases(self):
        self.assertEqual(set(const.RUN_KIND_PHASES), set(dict(const.RUN_KINDS)))
        for phases in const.RUN_KIND_PHASES.values():
            self.assertLessEqual(set(phases), set(runner._PHASES))

    def test_each_phase_is_used_and_has_a_label(self):
        used = {phase for some in const.RUN_KIND_PHASES.values() for phase in some}
        self.assertEqual(set(runner._PHASES), used)
        self.assertEqual(set(dict(const.RUN_PHASES)) - {"queued", "done"}, used)
