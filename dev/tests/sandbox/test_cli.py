"""The command line and the start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ghl_sandbox.cli import location_spec, parse, sizes

DEV = Path(__file__).resolve().parents[2]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "ghl_sandbox", *arguments],
        cwd=DEV,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_sizes_and_specs():
    assert sizes("2431,187,11") == [2431, 187, 11]
    assert sizes("3x20,5") == [20, 20, 20, 5]
    spec = location_spec("name=North Gym:size=187:clean=1:bad=no_id,nul:installed=0")
    assert (spec.name, spec.size, spec.clean) == ("North Gym", 187, True)
    assert spec.bad == ["no_id", "nul"]
    assert spec.installed is False
    options = parse(["--latency", "300ms", "--limits", "25/10/10000", "--clean"])
    assert options.settings.latency == 0.3
    assert options.settings.limits.burst == 25
    assert options.locations[0].clean is True
    assert parse(["--limits", "off"]).settings.limits.enabled is False


@pytest.mark.parametrize(
    "arguments",
    [
        ["--location", "colour=red"],
        ["--limits", "many"],
        ["--dialect", "klingon"],
        ["--host", "0.0.0.0"],
        ["--fault", "{"],
        ["--anchor", "someday"],
        ["--webhook-url", "https://example.com"],
    ],
)
def test_nonsense_gets_a_sentence(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_dialects_are_listed():
    done = run("--list-dialects")
    assert done.returncode == 0
    assert "page-limit-100" in done.stdout


def test_start_options(start, tmp_path):
    ready = tmp_path / "ready.json"
    running = start(
        "--locations=30,2x5",
        "--dialect=deleted-400",
        '--fault={"fault":"status","status":500}',
        f"--ready-file={ready}",
        "--latency=1ms",
    )
    assert [row["size"] for row in running.locations] == [30, 5, 5]
    assert json.loads(ready.read_text()) == running.info
    assert ready.stat().st_mode & 0o077 == 0
    assert running.search().status_code == 500
    assert running.search().status_code == 200
    running.settings(dialects=[])
    running.control("POST", "/reset")
    assert running.search().status_code == 500
    assert running.control("GET", "/settings")["dialects"] == ["deleted-400"]
    taken = run(f"--port={running.info['port']}")
    assert taken.returncode == 3
    assert "cannot be used" in taken.stderr
    assert running.stop() == 0


def test_the_same_seed_gives_the_same_world(start):
    first = start("--locations=40", "--seed=9")
    second = start("--locations=40", "--seed=9")
    third = start("--locations=40", "--seed=10")
    assert first.truth() == second.truth() != third.truth()
    assert first.locations[0]["id"] == second.locations[0]["id"]
    assert first.locations[0]["pit"] != second.locations[0]["pit"]
