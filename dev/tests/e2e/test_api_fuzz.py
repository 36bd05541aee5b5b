"""The JSON API against its own OpenAPI document: whatever comes in, never a 500.

FUZZ_CASES sets the number of cases in all (default 420), FUZZ_SEED repeats a run.
"""

import os
import random

import hypothesis
import pytest
import requests
import schemathesis
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CASES = int(os.environ.get("FUZZ_CASES", "420"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or random.SystemRandom().getrandbits(32)
ROUTES = 7
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
CHECKS = (
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.fixture(scope="module")
def fuzzed(make_stack):
    """A stack of its own, as the fuzzer orders and cancels syncs."""
    stack = make_stack("fuzz", [("Fuzzed Location", 40)])
    # Refusals for haste would hide what is looked for.
    stack.shell(
        "for name, value in (('order_rate_limit', '10000'), ('page_wait', '0')):\n"
        "    env['ir.config_parameter'].set_param('ghl_contact_sync.' + name, value)\n"
        "env.cr.commit()\n"
    )
    return stack


@pytest.fixture(scope="module")
def logged_before(fuzzed):
    """Return how long the log, which is kept over runs, was at first."""
    return len(_log(fuzzed))


@pytest.fixture(scope="module")
def schema(fuzzed, logged_before):
    """The document as the API serves it, to callers without credentials."""
    answer = requests.get(f"{fuzzed.url}/api/ghl/openapi.json", timeout=60)
    answer.raise_for_status()
    schema = schemathesis.openapi.from_dict(answer.json())
    schema.config.update(base_url=fuzzed.url)
    return schema


@pytest.fixture(scope="module")
def operations(schema):
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) == ROUTES
    return found


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("number", range(ROUTES))
def test_any_input_gets_an_answer_as_described(fuzzed, operations, number, mode):
    operation = operations[number]
    if not _takes_input(operation):
        mode = GenerationMode.POSITIVE
    known = fuzzed.locations[0].ghl_id
    session = requests.Session()
    statuses = set()

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=max(1, CASES // (ROUTES * len(MODES))),
        deadline=None,
        database=None,
        # Over HTTP, shrinking a case takes far longer than reading it.
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(
        case=operation.as_strategy(generation_mode=mode),
        real=hypothesis.strategies.booleans(),
    )
    def fuzz(case, real):
        if real:
            _aim(case, known)
        response = case.call(
            session=session,
            headers={"Authorization": f"Bearer {fuzzed.api_key}"},
            timeout=60,
        )
        statuses.add(response.status_code)
        assert response.status_code < 500, response.text
        assert "Traceback" not in response.text
        case.validate_response(response, checks=list(CHECKS))

    fuzz()
    assert statuses, f"nothing was sent; seed {SEED}"


def _takes_input(operation) -> bool:
    """Tell whether there is anything that could be wrong with a call."""
    raw = operation.definition.raw
    return bool(raw.get("parameters") or raw.get("requestBody"))


def _aim(case, location_id: str) -> None:
    """Let a case be about a location that exists, to get past the first check."""
    for part in (case.query, case.body):
        if isinstance(part, dict) and "location_id" in part:
            part["location_id"] = location_id


def test_odoo_logged_no_error(fuzzed, logged_before):
    """Runs last: nothing that the fuzzer sent ended in a traceback."""
    text = _log(fuzzed)[logged_before:]
    assert text
    assert "Exception during request handling" not in text


def _log(stack) -> str:
    return (stack.folder / "odoo.log").read_text(errors="replace")
