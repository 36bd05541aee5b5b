"""Facts about a location at one moment: the input of its one state.

Unknown is `None`, never 0: nobody may take what was never asked for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# A moment further ahead than this was written by a clock that was wrong.
CLOCK_SLACK = timedelta(minutes=5)
# A sync that has to follow another one begins within that time.
FOLLOWS = timedelta(minutes=1)
ACTIVE = ("queued", "running", "waiting")


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run of a location.

    :param str state: as `ghl.sync.run.state`
    :param bool stalled: active, and no worker has touched it for a minute
    :param int repaired: contacts that differed, as its proof found
    :param progress_at: when a worker last noted how far it is
    :param str | None activity: what it waits for at this moment, in words
    :param str | None review: of a run that the delete brake stopped: what became of its
        question, as `ghl.deletion.review.state`
    """

    id: int
    kind: str = "full"
    state: str = "done"
    phase: str = "done"
    code: str | None = None
    error: str | None = None
    seen: int = 0
    expected: int | None = None
    bad_records: int = 0
    repaired: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress_at: datetime | None = None
    resume_at: datetime | None = None
    stalled: bool = False
    cancel_requested: bool = False
    proof: str = "unknown"
    proof_message: str | None = None
    activity: str | None = None
    review: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the state of one location follows from.

    :param str connection_state: as `ghl.connection.state`
    :param bool has_credential: the connection holds something to call with
    :param bool database_moved: this database is a copy, or moved and not confirmed
    :param str | None trouble_code: why this location alone is refused
    :param int | None mirrored: contacts in the mirror; `None` before anything was read
    :param total_at: when GoHighLevel told `total`
    :param mirror_changed_at: when the mirror's number last changed
    :param int total_ttl: seconds for which a total counts as fresh
    :param str proof: unknown, proven or not_proven
    :param contents_at: since when each contact's contents are known to have been read
    :param int | None promised_days: within which every contact is read again
    :param int drifted: contacts that differed without a new date when last read
    :param read_at: when changes were last read
    :param free_since: when what had kept reads away was last seen to be over
    :param active: the run that is queued, running or waiting
    :param last: the last run that ended
    :param check: the last full sync or verify that ended
    :param int delta_minutes: the longest that the schedule lets pass between two reads
    :param int quiet_minutes: of the time since changes were last read, how much lay in
        quiet hours in which nothing is read
    :param str cron: ok, missing, off or late (overdue)
    :param bool no_workers: no cron at all is called
    :param tuple crons_off: names of the crons that are switched off and by which
        troubles of every location are noticed
    :param int | None review: contacts whose deletion waits for a person
    :param bool kept: a person keeps contacts that GoHighLevel no longer has
    """

    now: datetime
    archived: bool = False
    installed: bool = True
    connection_archived: bool = False
    connection_name: str = ""
    connection_kind: str = "pit"
    connection_state: str = "connected"
    connection_message: str | None = None
    connection_since: datetime | None = None
    connection_probe_at: datetime | None = None
    has_credential: bool = True
    database_moved: bool = False
    moved_message: str | None = None
    trouble_code: str | None = None
    trouble_message: str | None = None
    trouble_at: datetime | None = None
    trouble_probe_at: datetime | None = None
    mirrored: int | None = None
    total: int | None = None
    total_at: datetime | None = None
    mirror_changed_at: datetime | None = None
    total_ttl: int = 300
    proof: str = "unknown"
    proof_message: str | None = None
    proven_at: datetime | None = None
    full_at: datetime | None = None
    contents_at: datetime | None = None
    promised_days: int | None = None
    drifted: int = 0
    read_at: datetime | None = None
    free_since: datetime | None = None
    active: RunFacts | None = None
    last: RunFacts | None = None
    check: RunFacts | None = None
    scheduled: bool = True
    delta_minutes: int = 15
    quiet_minutes: int = 0
    cron: str = "ok"
    no_workers: bool = False
    crons_off: tuple[str, ...] = ()
    review: int | None = None
    review_run: int | None = None
    kept: bool = False
    webhook: str = "none"
    webhook_message: str | None = None
    webhook_refused: str | None = None
    webhook_refusals: int = 0

    def past(self, timestamp: datetime | None) -> datetime | None:
        """Return a moment that can have been; one in the future is unknown."""
        if timestamp is None or timestamp > self.now + CLOCK_SLACK:
            return None
        return timestamp

    @property
    def is_proven(self) -> bool:
        """Tell whether both sides were counted and found equal, at a known moment."""
        return self.proof == "proven" and self.past(self.proven_at) is not None

    @property
    def has_old_contents(self) -> bool:
        """Tell whether some contact was not read again within the promised time."""
        if self.promised_days is None or not self.mirrored or not self.full_at:
            return False
        read = self.past(self.contents_at)
        return read is None or self.now - read > timedelta(days=self.promised_days)

    @property
    def cron_trouble(self) -> str | None:
        """Return why nobody works off what is due: missing, off or late.

        Odoo plans a cron anew only once it has nothing left to do: it is overdue while
        a long sync, and what follows it, is worked on slice after slice.
        """
        if self.cron == "late" and self._is_worked_on and not self.no_workers:
            return None
        return None if self.cron == "ok" else self.cron

    @property
    def _is_worked_on(self) -> bool:
        run = self.active
        if not run or run.stalled or run.state == "waiting":
            return False
        # An order proves no worker, unless it follows a sync that has just ended.
        worked = self.past(self.last.progress_at) if self.last else None
        followed = worked is not None and self.now - worked < FOLLOWS
        return run.state == "running" or followed

    @property
    def check_failed(self) -> bool:
        """Tell whether the last run that was to compare both sides failed."""
        return self.check is not None and self.check.state == "failed"

    @property
    def last_failed(self) -> bool:
        """Tell whether the last run failed."""
        return self.last is not None and self.last.state == "failed"
