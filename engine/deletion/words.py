"""Sentences about deletions that are not decided."""

from typing import Any

from .store import NEEDS_GET, candidates_of


def undecided(location: Any) -> str | None:
    """Return in words what is undecided about deletions, None when nothing is."""
    return undecided_words(location.env, candidates_of(location).count_by_state())


def note_undecided(location: Any) -> None:
    """Take the proof of a location back while deletions are undecided."""
    words = undecided(location)
    if words and location.proof_state != "unknown":
        location.sudo().write({"proof_state": "not_proven", "proof_message": words})


def undecided_words(env: Any, counts: dict[str, int]) -> str | None:
    """Return why a location is not proven while candidates are undecided.

    :param counts: {state: how many}, as `CandidateStore.count_by_state` tells
    :return: None when nothing speaks against a proof
    """
    if not any(count for state, count in counts.items() if state != "hidden"):
        return None
    return describe(env, counts)


def describe(env: Any, counts: dict[str, int]) -> str | None:
    """Return what is known of a location's candidates, in sentences."""
    waiting = sum(counts.get(state, 0) for state in (*NEEDS_GET, "unseen"))
    sentences = []
    if counts.get("in_review"):
        sentences.append(
            env._(
                "%s contacts that GoHighLevel no longer has wait for a decision: "
                "choose “Review Deletions”.",
                counts["in_review"],
            )
        )
    if waiting:
        sentences.append(
            env._(
                "%s contacts that GoHighLevel no longer lists are asked for one by "
                "one; none is deleted before GoHighLevel denies it.",
                waiting,
            )
        )
    if counts.get("confirmed_deleted"):
        sentences.append(
            env._(
                "%s contacts that GoHighLevel no longer has are about to be archived.",
                counts["confirmed_deleted"],
            )
        )
    if counts.get("unconfirmed"):
        sentences.append(
            env._(
                "%s contacts were not listed when GoHighLevel was asked, which does "
                "not say clearly that they are gone; they stay, and are looked at "
                "again soon.",
                counts["unconfirmed"],
            )
        )
    if counts.get("kept"):
        sentences.append(
            env._(
                "%s contacts that GoHighLevel no longer has are kept, as a person "
                "decided.",
                counts["kept"],
            )
        )
    if counts.get("hidden"):
        sentences.append(
            env._(
                "%s contacts exist at GoHighLevel, which did not list them; they were "
                "left as they are.",
                counts["hidden"],
            )
        )
    return " ".join(sentences) or None
