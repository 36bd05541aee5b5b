"""Pauses: a run waits until a passing trouble is over, and goes on by itself."""

from __future__ import annotations

import json
import random
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from odoo import fields

from .activity import waiting_facts
from .checkpoint import load_checkpoint, save_checkpoint
from .crons.wake import wake_at

# A passing trouble (network, 5xx) parks the run; after that many pauses in a row with
# no progress it is given up. The waits double: 15 s … 16 min, about an hour in all.
MAX_ATTEMPTS = 9
FIRST_PAUSE = 15
MAX_PAUSE = 960
# Longest pause that GoHighLevel may ask for with `Retry-After`.
MAX_RETRY_AFTER = 3_600


def pause(
    run: Any, error: str, code: str, retry_after: float = 0, status: int | None = None
) -> None:
    """Let a `ghl.sync.run` go on by itself later, unless that has led nowhere before.

    :param error: a sentence for a person
    :param code: a slug for programs
    :param retry_after: seconds that GoHighLevel asked for at least
    :param status: what it answered, to be shown while the run waits
    """
    checkpoint = load_checkpoint(run)
    progress = _progress_fingerprint(run)
    if checkpoint.progress_at_pause not in (None, progress):
        run.attempt = 0
    if run.attempt >= MAX_ATTEMPTS:
        run._finish("failed", error, code)
        return
    seconds = min(MAX_PAUSE, FIRST_PAUSE * 2**run.attempt)
    seconds *= random.uniform(0.9, 1.1)
    seconds = max(seconds, min(retry_after, MAX_RETRY_AFTER))
    run.attempt += 1
    save_checkpoint(run, replace(checkpoint, progress_at_pause=progress))
    wait_until(
        run, fields.Datetime.now() + timedelta(seconds=seconds), error, code, status
    )


def wait_until(
    run: Any, timestamp: datetime, error: str, code: str, status: int | None = None
) -> None:
    """Have a `ghl.sync.run` wait, in words, and be woken afterwards.

    :param timestamp: when it goes on (UTC)
    """
    # Triggers have whole seconds: never wake a moment too early.
    timestamp = timestamp.replace(microsecond=0) + timedelta(seconds=1)
    run.write(
        {
            "state": "waiting",
            "activity": waiting_facts(run, code, status, MAX_ATTEMPTS + 1),
            "resume_at": timestamp,
            "error": error,
            "error_code": code,
            "heartbeat_at": fields.Datetime.now(),
        }
    )
    wake_at(run.location_id, timestamp)


def _progress_fingerprint(run: Any) -> int:
    """Return a number that is another one whenever the run has made progress.

    Pages that are stored reset `attempt` themselves.
    """
    checkpoint = replace(load_checkpoint(run), progress_at_pause=None)
    done = (run.contacts_created, run.contacts_updated, run.contacts_deleted)
    verdicts = run.env["ghl.deletion.candidate"]._read_group(
        [("run_id", "=", run.id)], ["state"], ["__count"]
    )
    progress = [run.phase, checkpoint.to_json(), done, sorted(verdicts)]
    return zlib.crc32(json.dumps(progress, sort_keys=True).encode())
