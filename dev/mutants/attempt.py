"""Run tests on a changed module, in a child of this process.

The child starts with pytest and all libraries loaded, and finds the changed module in
place of the file: nothing is written, and an attempt begins within milliseconds.
"""

import gc
import importlib.abc
import importlib.util
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from provision import paths

ADDON = "ghl_contact_sync"
# Other plugins take seconds to load, and these tests need none of them.
PLUGINS = ("-p", "_hypothesis_pytestplugin", "-p", "pytest_timeout")
# Nobody reads why a test failed: half of an attempt's time would go into the words.
QUIET = ("-q", "--assert=plain", "--tb=no", "-p", "no:cacheprovider")
CONFIGURATION = ("-c", "dev/pytest.ini", *QUIET, *PLUGINS)
# A mutant may use this multiple of the processor's time that the tests take on
# unchanged code, and of the clock's again this multiple of that: other programs may be
# at work.
PATIENCE = 5
LEAST_SECONDS = 5
CLOCK = 6
# Stands for a test where functions ran before any.
IMPORT = ""


@dataclass
class Baseline:
    """The tests on unchanged code."""

    #: seconds, by test
    seconds: dict[str, float] = field(default_factory=dict)
    #: tests, by module and line of the function that they run
    tests: dict[tuple[str, int], set[str]] = field(default_factory=dict)


class ChangedModule(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module of the addon, with other code than its file has."""

    def __init__(self, path: Path, code: str) -> None:
        inside = path.relative_to(paths.ROOT).with_suffix("")
        self._name = ".".join((ADDON, *inside.parts))
        self._path, self._code = path, code

    def find_spec(self, name, path=None, target=None):  # noqa: ANN001, ANN201, ARG002
        """Take the place of the file."""
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def get_source(self, _name: str) -> str:
        """Return the changed code."""
        return self._code

    def exec_module(self, module) -> None:  # noqa: ANN001
        """Run the changed code as that module."""
        exec(compile(self._code, str(self._path), "exec"), module.__dict__)  # noqa: S102


class _Watch:
    """A plugin of pytest: how long each test takes, and which functions it runs."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = {str(path) for path in files}
        self.seconds: dict[str, float] = {}
        self.lines: dict[str, set[tuple[str, int]]] = {}
        self._now = self.lines.setdefault(IMPORT, set())
        if self._files:
            threading.settrace(self._trace)
            sys.settrace(self._trace)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):  # noqa: ANN001, ANN201
        """Watch one test, its fixtures included."""
        # pytest names tests from the folder of its configuration.
        name = f"{paths.DEV.name}/{item.nodeid}"
        self._now = self.lines.setdefault(name, set())
        began = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[name] = time.process_time() - began

    def _trace(self, frame, _event, _argument) -> None:  # noqa: ANN001
        code = frame.f_code
        if code.co_filename in self._files:
            self._now.add((code.co_filename, code.co_firstlineno))


def load_libraries(tests: list[str]) -> None:
    """Import what the tests import, except what stands in this checkout."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    with open(os.devnull, "w") as nothing, redirect_stdout(nothing):
        pytest.main([*CONFIGURATION, "--collect-only", *tests])
    inside = str(paths.ROOT)
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None) or ""
        if name == ADDON or (place.startswith(inside) and "/tests/" in place):
            del sys.modules[name]
        elif name.startswith(f"{ADDON}."):
            del sys.modules[name]
    gc.freeze()


def baseline(tests: list[str], files: list[Path], longest: float) -> Baseline | None:
    """Run the tests on unchanged code; None when they fail.

    :param longest: seconds; tests that take longer are left out, unless it is 0
    """
    timed = _in_child(lambda: _collect(tests, ()), 0)
    if timed is None or timed[0]:
        return None
    quick = {test: took for test, took in timed[1].items() if took <= longest}
    found = Baseline(seconds=quick if longest else timed[1])
    # Traced tests are slower, and some heed the clock: only what they ran counts.
    seen = _in_child(lambda: _collect(list(found.seconds), files), 0)
    for test, lines in (seen[2] if seen else {}).items():
        for path, line in lines:
            found.tests.setdefault((path, line), set()).add(test)
    return found


def _collect(tests: list[str], files: Iterable[Path]) -> list:
    watch = _Watch(files)
    code = pytest.main([*CONFIGURATION, *tests], plugins=[watch])
    return [int(code), watch.seconds, {k: list(v) for k, v in watch.lines.items()}]


class _Failure:
    """A plugin of pytest that keeps which test failed."""

    test = ""

    def pytest_runtest_logreport(self, report):  # noqa: ANN001, ANN201
        """Note a failure."""
        if report.failed:
            self.test = f"{paths.DEV.name}/{report.nodeid}"


def killer(path: Path, code: str, tests: list[str], seconds: float) -> str | None:
    """Return the test that notices, None when all pass.

    :return: empty where it is unknown: nothing could be imported, or nothing ended
    """

    def attempt() -> tuple[int, str]:
        sys.meta_path.insert(0, ChangedModule(path, code))
        failure = _Failure()
        code_of_end = pytest.main([*CONFIGURATION, "-x", *tests], plugins=[failure])
        return int(code_of_end), failure.test

    done = _in_child(attempt, max(LEAST_SECONDS, PATIENCE * seconds))
    if done is None:
        return ""
    return done[1] if done[0] else None


def _in_child(work: Callable[[], object], seconds: float):  # noqa: ANN202
    """Return what `work` returns in a child, None when it dies or takes too long.

    :param seconds: of the processor's time that it may take, 0 without a limit
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            os.close(reading)
            _be_quiet(seconds)
            with os.fdopen(writing, "w") as pipe:
                json.dump(work(), pipe)
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(writing)
    timer = threading.Timer(CLOCK * seconds, _end, [child]) if seconds else None
    if timer:
        timer.start()
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    if timer:
        timer.cancel()
    _end(child)
    os.waitpid(child, 0)
    return json.loads(told) if told else None


def _be_quiet(seconds: float) -> None:
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    if seconds:
        most = int(seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))


def _end(child: int) -> None:
    """End a child and what it has started."""
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
