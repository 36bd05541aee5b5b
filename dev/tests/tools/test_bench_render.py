"""The page of benchmarks says just what was measured, and judges it by that."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import render, report
from bench.cases.fills import FirstFill
from bench.cases.timeline import timeline
from bench.order import CASES, from_environment
from bench.results import Results, Sample
from bench.targets import TARGETS, judged
from provision.shell import Problem


@pytest.fixture
def results():
    """Three runs of two contestants."""
    made = Results(
        {"runs": 3, "scale": 1.0, "version.odoo": "19.0", "version.dlt": "9"}
    )
    for seconds in (10.0, 12.0, 30.0):
        cpu = {"client": 2.0, "database": 1.0, "sandbox": None}
        figures = {"requests": 210, "exact": True}
        made.add("first_fill", "ours", Sample(120_000, seconds, cpu, figures))
        made.add("first_fill", "floor", Sample(120_000, seconds / 2))
    return made


def test_medians_count_and_extremes_are_kept(results):
    flat = results.flat()
    assert flat["first_fill.ours.rate"] == 10_000
    assert flat["first_fill.ours.rate_least"] == 4_000
    assert flat["first_fill.ours.rate_most"] == 12_000
    assert flat["first_fill.ours.client_cpu_us_per_contact"] == pytest.approx(16.7)
    assert "first_fill.ours.sandbox_cpu_us_per_contact" not in flat


def test_all_keys_are_flat(results):
    flat = results.flat()
    flat |= judged(flat)
    assert all(isinstance(v, str | int | float | bool) for v in flat.values())


@pytest.mark.parametrize(
    ("ours", "floor", "passed"), [(600.0, 1000.0, True), (599.0, 1000.0, False)]
)
def test_a_ratio_is_judged_as_measured(ours, floor, passed):
    flat = {"first_fill.ours.rate": ours, "first_fill.floor.rate": floor}
    assert judged(flat)["first_fill.target.times_floor.passed"] is passed


@pytest.mark.parametrize(("scans", "passed"), [(0, True), (1, False)])
def test_a_bound_from_above_is_judged_as_measured(scans, passed):
    flat = {"delta.ours.table_scans": scans}
    assert judged(flat)["delta.target.scans.passed"] is passed


def test_a_difference_is_judged_as_measured():
    flat = {"million.ours.memory_peak_mb": 300.0, "million.ours.memory_idle_mb": 140.0}
    assert judged(flat)["million.target.memory.measured"] == 160
    assert judged(flat)["million.target.memory.passed"] is False


@pytest.mark.parametrize(("times", "passed"), [(2.0, True), (2.1, False)])
def test_many_locations_are_judged_by_how_they_grow_with_the_workers(times, passed):
    flat = {"many_1.ours.over_ideal": 3.0, "many_2.ours.over_ideal": 2.0}
    flat["many_4.ours.over_ideal"] = times
    assert judged(flat)["many_2.target.growth.passed"] is True
    assert judged(flat)["many_4.target.growth.passed"] is passed


def test_one_wrong_mirror_of_three_fails_the_case(results):
    results.samples["first_fill", "ours"][1].figures["exact"] = False
    flat = results.flat()
    assert judged(flat)["first_fill.target.exact.passed"] is False


def test_what_was_not_measured_is_not_judged():
    assert judged({}) == {}


def test_the_page_shows_rates_verdicts_and_what_is_missing(results):
    flat = results.flat()
    text = render.page({**flat, **judged(flat)})
    row = next(line for line in text.splitlines() if "| this addon |" in line)
    assert "10,000" in row
    assert "4,000–12,000" in row
    assert re.search(r"the floor's \| 0\.50 × \| ≥ 0\.60 × \| \*\*missed\*\*", text)
    assert "Odoo 19.0" in text
    assert f"Not measured in this run: {render.TITLES['unchanged']}" in text


def test_a_trial_says_that_it_is_one(results):
    assert "scale 0.1" in render.page({**results.flat(), "scale": 0.1})


def test_the_bench_begins_by_its_own_program():
    """Whatever is imported first."""
    command = [sys.executable, "-c", "import bench.__main__"]
    folder = Path(render.__file__).parents[1]
    subprocess.run(command, cwd=folder, check=True)


def test_every_case_has_a_title_and_a_target():
    assert set(render.TITLES) == set(CASES)
    assert {target.case for target in TARGETS} == set(CASES)


def test_nothing_measured_is_a_problem(monkeypatch, tmp_path):
    monkeypatch.setattr(report, "file", lambda: tmp_path / "latest.json")
    with pytest.raises(Problem, match="make bench"):
        render.write()


def test_the_order_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("ONLY", "fifty, delta")
    monkeypatch.setenv("SCALE", "0.1")
    order = from_environment()
    assert order.cases == ("delta", "fifty")
    assert order.size(100_000) == 10_000


@pytest.mark.parametrize(
    ("name", "value"), [("ONLY", "nonsense"), ("SCALE", "0"), ("RUNS", "many")]
)
def test_an_order_that_makes_no_sense_is_refused(monkeypatch, name, value):
    monkeypatch.delenv("ONLY", raising=False)
    monkeypatch.setenv(name, value)
    with pytest.raises(Problem, match=name):
        from_environment()


@pytest.mark.parametrize(
    ("size", "latency", "burst", "seconds"),
    [
        (2_431, 1.0, 100, 2.0),
        (2_431, 0.2, 100, 0.4),
        (50_000, 1.0, 100, 2.4),
        (200_000, 1.0, 100, 32.4),
        (2_431, 1.0, 25, 2.0),
        (20_000, 1.0, 25, 9.6),
    ],
)
def test_what_a_perfect_client_needs(size, latency, burst, seconds):
    fill = FirstFill("any", size, latency, 1.0, burst=burst)
    assert fill.ideal(size) == pytest.approx(seconds)


def test_requests_are_told_in_order_one_by_one_or_by_the_second():
    search = {"cursor": True, "filters": 0, "limit": 500, "sent": 500, "total": 900}
    log = [
        {
            "time": 100.0 + number,
            "ms": 500.0,
            "method": "POST",
            "path": "/contacts/search",
            "status": 429 if number == 2 else 200,
            "search": None if number == 1 else search,
        }
        for number in (1, 0, 2)
    ]
    lines = timeline(log, 10)
    assert lines[0].startswith("  0.00 –   0.50 s  search cursor 500 of 900")
    assert lines[1].endswith("POST search")
    assert lines[2].endswith("429")
    assert timeline(log, 2)[2] == (
        "second   2: 1 requests, 1 pages, 500 contacts, 1 refused"
    )
    assert timeline([], 2) == []


def test_pieces_of_a_bench_stand_beside_each_other(results, monkeypatch, tmp_path):
    monkeypatch.setattr(report, "file", lambda: tmp_path / "latest.json")
    report.save(results.flat() | {"measured_at": "2026-01-01T00:00:00Z"})
    later = Results(results.facts | {"measured_at": "2026-01-02T00:00:00Z"})
    later.add("unchanged", "ours", Sample(120_000, 6.0))
    whole = report.save(later.flat())
    assert whole["first_fill.ours.rate"] == 10_000
    assert whole["unchanged.target.times_first_fill.passed"] is True
    assert "2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z" in render.page(whole)


def test_pieces_of_another_addon_are_forgotten(results, monkeypatch, tmp_path):
    monkeypatch.setattr(report, "file", lambda: tmp_path / "latest.json")
    report.save(results.flat() | {"measured_at": "2026-01-01T00:00:00Z"})
    facts = {"measured_at": "2026-01-02T00:00:00Z", "version.addon": "2"}
    later = Results(results.facts | facts)
    later.add("unchanged", "ours", Sample(120_000, 6.0))
    assert not report.is_measured(report.save(later.flat()), "first_fill")


def test_first_fills_are_told_beside_what_is_possible():
    made = Results()
    figures = {"ideal": 2.0, "over_ideal": 2.2, "first_seconds": 1.4}
    made.add("new_small_1s", "ours", Sample(2_431, 4.4, {}, figures))
    row = "| 2,431, new connection, 1 s | 1.40 |  | 4.40 | 2 | 2.20 |  |  |  |"
    assert row in render.page(made.flat())


@pytest.mark.parametrize(
    ("size", "seconds"), [(2_431, 2.0), (48_000, 2.0), (50_000, 12.0), (200_000, 42.0)]
)
def test_what_a_perfect_client_needs_within_any_ten_seconds(size, seconds):
    assert FirstFill("any", size, 1.0, 1.0).floor(size) == pytest.approx(seconds)


def test_the_program_can_be_started():
    """In a process of its own: other tests have imported parts of it already."""
    done = subprocess.run(
        [sys.executable, "-c", "import bench.__main__"],
        cwd=Path(render.__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
