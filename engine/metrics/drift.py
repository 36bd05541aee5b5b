"""Drift: what a proof found to differ, and repaired."""

from typing import Any


def count_repaired(run: Any, contacts: int) -> None:
    """Count contacts that a run has written or archived, if its proof did so."""
    if contacts and run.phase == "prove":
        run.contacts_repaired += contacts
