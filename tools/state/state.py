"""The state of a location as a value: words, colour, actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .figures import UNKNOWN, Figures
from .notes import Note

TONES = ("success", "info", "warning", "danger", "neutral")


@dataclass(frozen=True, slots=True)
class State:
    """The state of a location, as a person is shown it.

    :param str code: slug, of `CODES`
    :param str tone: success, info, warning, danger or neutral
    :param str label: one to three words
    :param str title: one sentence
    :param str | None detail: further sentences
    :param since: since when, or as of when
    :param tuple actions: codes of `tools.actions`, the most helpful first
    :param float | None progress: the one figure of a progress bar, in per cent
    :param resume_at: when it goes on, or is tried again, by itself
    """

    code: str
    tone: str
    label: str
    title: str
    detail: str | None = None
    since: datetime | None = None
    actions: tuple[str, ...] = ()
    run_id: int | None = None
    progress: float | None = None
    resume_at: datetime | None = None
    notes: tuple[Note, ...] = ()
    figures: Figures = field(default=UNKNOWN, repr=False)
