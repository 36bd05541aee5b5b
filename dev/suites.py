"""The test suites: how each is run, and how its result is read.

A result is read from what the runner wrote for machines, never from its exit status
alone; a runner that broke down, or ran nothing, counts as one failure.
"""

import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from xml.etree import ElementTree

import frontend
from provision import paths
from provision.shell import Problem
from stack import configuration, ports, template
from stack.postgres import Postgres

# What is not finished by then hangs: a busy machine takes its time.
MINUTES = 90
ODOO_RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
ODOO_FAILURE = re.compile(r" (?:FAIL|ERROR): ((?:Subtest )?\w+\.\w+.*|setUpClass .*)")
_running: set[subprocess.Popen] = set()


@dataclasses.dataclass
class Result:
    """The outcome of one suite."""

    passed: int
    failed: int
    seconds: float = 0
    remark: str = ""
    # Names of the tests that failed, as far as the runner tells them.
    names: list[str] = dataclasses.field(default_factory=list)


def run(name: str, log: Path, live: bool) -> Result:
    """Run one suite.

    :param Path log: takes what the runner prints.
    :param bool live: show it at once as well.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    report = log.with_suffix(".report")
    report.unlink(missing_ok=True)
    began = time.monotonic()
    with log.open("w") as output:
        runner = Runner(output, live)
        try:
            result = SUITES[name](runner, report)
        except Problem as problem:
            result = Result(0, 1, remark=str(problem))
    if runner.cut_short:
        result.failed += 1
        result.remark = f"Not finished after {MINUTES} minutes. {result.remark}"
    if not result.passed and not result.failed:
        result = Result(0, 1, remark="No test ran.")
    result.seconds = time.monotonic() - began
    return result


def interrupt() -> None:
    """End the runners that still run."""
    for process in list(_running):
        _end(process, signal.SIGINT)


class Runner:
    """Runs a test runner with its output in a log, and shown if wanted."""

    def __init__(self, output, live: bool):
        """:param output: open text file. :param bool live: copy it to stdout."""
        self.output, self.live = output, live
        self.cut_short = False

    def __call__(self, command: list, cwd=None, env=None) -> int:
        """Run to the end, or to the time limit; return the exit status."""
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd or paths.ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if self.live else self.output,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        _running.add(process)
        try:
            return self._wait(process)
        finally:
            _end(process, signal.SIGKILL)
            _running.discard(process)

    def _wait(self, process: subprocess.Popen) -> int:
        # First in order, so that what the runner started is stopped as well.
        limits = ((MINUTES * 60, signal.SIGINT), (MINUTES * 60 + 60, signal.SIGKILL))
        timers = [
            threading.Timer(seconds, self._cut_short, (process, sign))
            for seconds, sign in limits
        ]
        for timer in timers:
            timer.daemon = True
            timer.start()
        try:
            if self.live:
                for line in process.stdout:
                    sys.stdout.write(line)
                    sys.stdout.flush()
                    self.output.write(line)
            return process.wait()
        finally:
            for timer in timers:
                timer.cancel()

    def _cut_short(self, process: subprocess.Popen, sign: signal.Signals) -> None:
        self.cut_short = True
        _end(process, sign)


def _end(process: subprocess.Popen, sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, sign)


# === THE SUITES === #


def _pytest(runner: Runner, report: Path, *folders: str) -> Result:
    command = [sys.executable, "-m", "pytest", "-c", paths.DEV / "pytest.ini"]
    command += ["-q", f"--junit-xml={report}"]
    command += [paths.DEV / "tests" / folder for folder in folders]
    if os.environ.get("TESTS"):
        command += ["-k", os.environ["TESTS"]]
    status = runner(command)
    if not report.is_file():
        return Result(0, 1, remark=f"pytest broke down with status {status}.")
    suite = ElementTree.parse(report).getroot().find("testsuite")
    total, skipped = int(suite.get("tests")), int(suite.get("skipped"))
    failed = int(suite.get("failures")) + int(suite.get("errors"))
    passed = max(0, total - skipped - failed)
    broke_down = status not in (0, 1, 5) and not runner.cut_short
    if broke_down or (status == 1 and not failed):
        failed += 1
    names = [
        f"{case.get('classname')}.{case.get('name')}"
        for case in suite.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    ]
    return Result(passed, failed, remark=_skipped(skipped), names=names)


def _tools(runner: Runner, report: Path) -> Result:
    return _pytest(runner, report, "tools", "sandbox")


def _e2e(runner: Runner, report: Path) -> Result:
    return _pytest(runner, report, "e2e")


def _odoo(runner: Runner, report: Path) -> Result:
    postgres = Postgres().start()
    database = "test_odoo"
    data = paths.state() / "test" / "odoo"
    try:
        template.create_beside(postgres, database, data)
        file = configuration.write(data)
        command = configuration.command(
            "server",
            f"--database={database}",
            f"--init={paths.ADDON}",
            "--test-enable",
            # Tests that need modules beside the addon are not among the standard ones.
            f"--test-tags=*/{paths.ADDON}{os.environ.get('TESTS', '')}",
            "--stop-after-init",
            "--max-cron-threads=0",
            "--http-interface=127.0.0.1",
            f"--http-port={ports.free()}",
        )
        status = runner(command, env=configuration.environment(postgres, file))
        runner.output.flush()
        return _odoo_result(Path(runner.output.name), status)
    finally:
        template.drop(postgres, database, data)
        postgres.leave()


def _odoo_result(log: Path, status: int) -> Result:
    text = log.read_text(errors="replace")
    found = ODOO_RESULT.findall(text)
    if not found:
        return Result(0, 1, remark=f"Odoo ended with {status} and without a result.")
    failures, errors, total = map(int, found[-1])
    failed = failures + errors
    if status and not failed:
        return Result(total, 1, remark=f"Odoo ended with {status}.")
    names = ODOO_FAILURE.findall(text)
    return Result(max(0, total - failed), failed, names=names)


def _frontend(runner: Runner, report: Path) -> Result:
    frontend.install()
    command = frontend.tool("vitest", "run", "--reporter=default", "--reporter=json")
    status = runner([*command, f"--outputFile.json={report}"], cwd=frontend.FOLDER)
    try:
        facts = json.loads(report.read_text())
    except (OSError, ValueError):
        return Result(0, 1, remark=f"vitest broke down with status {status}.")
    passed, failed = facts["numPassedTests"], facts["numFailedTests"]
    # A file that cannot even be loaded, or an error outside of any test.
    if status and not failed:
        failed = max(1, facts["numFailedTestSuites"])
    names = [
        test["fullName"]
        for file in facts["testResults"]
        for test in file["assertionResults"]
        if test["status"] == "failed"
    ]
    remark = _skipped(facts["numPendingTests"])
    return Result(passed, failed, remark=remark, names=names)


def _skipped(number: int) -> str:
    return f"{number} skipped." if number else ""


SUITES = {"tools": _tools, "odoo": _odoo, "frontend": _frontend, "e2e": _e2e}
