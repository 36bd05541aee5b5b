"""Which kind of run closes what was measured, as far as the day's quota allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ghl_contact_sync.tools.plan.kind_for_order import REASONS, Situation, choose

CALM = Situation(
    ever_full=True,
    mirrored=10_000,
    total=10_000,
    total_after_delta=0.0,
    verify_age=3_600.0,
    contents_age=3_600.0,
    contents_after=7 * 86_400.0,
    costs={"full": 40, "verify": 30, "delta": 2},
    budget=100_000,
)


@pytest.mark.parametrize(
    ("change", "kind", "reason"),
    [
        ({}, "delta", "nothing_known"),
        ({"ever_full": False}, "full", "first"),
        ({"mirrored": 7_000}, "full", "much_lacks"),
        ({"drift": 900}, "full", "much_drift"),
        ({"mirrored": 9_990}, "verify", "counts_differ"),
        ({"mirrored": 10_003}, "verify", "counts_differ"),
        ({"mirrored": 9_990, "known_gap": 10}, "delta", "nothing_known"),
        ({"mirrored": 9_990, "total_after_delta": 900.0}, "delta", "few_lack"),
        ({"mirrored": 9_990, "total_after_delta": None}, "delta", "few_lack"),
        ({"drift": 3}, "verify", "drift"),
        ({"verify_age": 90_000.0}, "verify", "verify_due"),
        ({"verify_age": None}, "verify", "verify_due"),
        ({"contents_age": 8 * 86_400.0}, "audit", "contents_due"),
        ({"total": None}, "delta", "nothing_known"),
    ],
)
def test_the_kind_follows_what_was_measured(change, kind, reason):
    choice = choose(replace(CALM, **change))
    assert (choice.kind, choice.reason, choice.by_quota) == (kind, reason, False)


@pytest.mark.parametrize(
    ("budget", "kind"), [(40, "full"), (39, "verify"), (29, "delta"), (0, "delta")]
)
def test_what_the_quota_does_not_allow_is_replaced_by_less(budget, kind):
    choice = choose(replace(CALM, mirrored=5_000, budget=budget))
    assert choice.kind == kind
    assert choice.reason == "much_lacks"
    assert choice.by_quota is (kind != "full")


def test_a_first_fill_has_no_lesser_kind():
    assert choose(replace(CALM, ever_full=False, budget=0)).kind == "full"


def test_an_unknown_quota_forbids_nothing():
    assert choose(replace(CALM, mirrored=5_000, budget=None)).kind == "full"


def test_every_reason_has_words_with_its_figures():
    figures = dict.fromkeys(["lacking", "total", "gap", "drift", "hours", "days"], 1)
    for text in REASONS.values():
        assert "%" not in text % figures
    told = choose(replace(CALM, mirrored=7_000, budget=0)).sentence()
    assert "3000 of 10000" in told
    assert "left today" in told
