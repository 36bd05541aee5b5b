"""Questions settled beside the reading of a sweep: the small lists, and calibration."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from ...tools.errors import GhlAuthError, GhlError
from ...tools.log_line import log_line
from ...tools.sync.allowed_cuts import cuts_for
from ...tools.sync.reader import Sweep
from ..checkpoint import load_checkpoint
from ..connection.page_limit import page_limit
from ..rate_limit import get_governor
from ..run_calibration import is_unknown, settle
from ..slice.slice import SliceOver, SyncSlice
from ..slice.vendor_calls import Answers
from .opening import SLOTS_TO_CALIBRATE, PendingCalibration
from .reference_lists import reference_calls, store_lists

_logger = logging.getLogger(__name__)


class BesideReading:
    """Takes answers as they come, and tells the sweep what they allow.

    :param windows: how many pages are about to be asked for at once
    """

    def __init__(self, run_slice: SyncSlice, windows: int) -> None:
        self._run: Any = run_slice.run
        self._slice = run_slice
        prefetched = run_slice.prefetched
        due = load_checkpoint(self._run).references_due
        self._references: Answers | None = prefetched.pop("references", None)
        if due and self._references is None:
            # The slice that had asked ended before they came.
            self._references = run_slice.submit_all(reference_calls())
        pending = prefetched.pop("calibration", None)
        self._calibration: PendingCalibration | None = (
            pending if isinstance(pending, PendingCalibration) else None
        )
        if self._calibration is not None and self._has_room(windows):
            self._calibration.ask()

    def look(self, sweep: Sweep) -> None:
        """Take what has come; called while pages are on their way.

        :raise SliceOver: the account reads otherwise than was taken for likely
        """
        if self._references is not None and self._references.is_ready:
            self._store_references()
        calibration = self._calibration
        if calibration is None:
            return
        if not calibration.is_asked and self._has_room(sweep.in_flight):
            calibration.ask()
        if calibration.is_answered:
            self._settle()
            sweep.cuts = cuts_for(self._slice.client.capabilities)
            sweep.page_limit = self._slice.page_limit

    def finish(self) -> None:
        """Wait for what is still on its way, when all pages are read.

        :raise SliceOver: the account reads otherwise than was taken for likely
        """
        if self._references is not None:
            self._store_references()
        calibration = self._calibration
        if calibration is None:
            return
        if calibration.is_asked or self._has_room(0):
            self._settle()
            return
        # A small limit is used up.
        self._leave_open(calibration)

    def _leave_open(self, calibration: PendingCalibration) -> None:
        """Leave what is not known yet to the next run; the proof does without it.

        What another run has found out meanwhile stays.
        """
        self._calibration = None
        if not is_unknown(self._run.location_id.connection_id):
            return
        caps = replace(calibration.likely, complete=False)
        self._slice.defer(lambda: settle(self._run, caps, calibration.likely))

    def _has_room(self, in_flight: int) -> bool:
        """Tell whether calibration would not keep pages from being asked for."""
        left = get_governor(self._run.location_id).room()
        return left - in_flight >= SLOTS_TO_CALIBRATE

    def _store_references(self) -> None:
        assert self._references is not None
        answers, self._references = self._references(), None
        calls = reference_calls()
        refused = [n for n, one in answers.items() if isinstance(one, GhlAuthError)]
        if refused:
            # The token was renewed meanwhile.
            answers |= self._slice.gather({name: calls[name] for name in refused})
        self._slice.defer(lambda: store_lists(self._run, answers))

    def _settle(self) -> None:
        assert self._calibration is not None
        calibration, self._calibration = self._calibration, None
        try:
            caps = calibration.finish()
        except GhlError as err:
            # The sweep meets the same trouble, and handles it.
            _logger.info(log_line("run_not_calibrated", run=self._run.id, error=err))
            self._leave_open(calibration)
            return
        reads_on = self._slice.save(lambda: settle(self._run, caps, calibration.likely))
        self._slice.client.set_capabilities(caps)
        self._slice.page_limit = page_limit(self._run.location_id)
        if not reads_on:
            raise SliceOver
