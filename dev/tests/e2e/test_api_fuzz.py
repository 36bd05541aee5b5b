"""The JSON API against its own OpenAPI document: whatever comes in, never a 500.

FUZZ_CASES sets the number of cases in all (default 420), FUZZ_SEED draws others; so
does DRAW=new, each time.
Three quarters are made from the document, valid and invalid ones, by callers of every
kind; the rest are other methods, headers and bodies, webhooks, and the pages.
"""

import collections
import json
import os
import random
import time

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import strategies
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bench import webhook_rig as rig

CASES = int(os.environ.get("FUZZ_CASES", "420"))
DRAWN = random.SystemRandom().getrandbits(32) if os.environ.get("DRAW") == "new" else 1
SEED = int(os.environ.get("FUZZ_SEED", "0")) or DRAWN
ROUTES = 18
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Most cases come from somebody who gets in: only they reach the code behind.
CALLERS = ("key", "key", "key", "page", "page", "session", "nobody", "wrong key")
REFUSED = {"session", "nobody", "wrong key"}
METHODS = "GET POST PUT PATCH DELETE HEAD OPTIONS PROPFIND X".split()
PAGES = ("/ghl/oauth/callback", "/ghl/analytics")
# Not in JSON, if it is granted.
METRICS = "/api/ghl/metrics"
NASTY = strategies.sampled_from(
    ["\x00", "\ufffe", "\U0010ffff", "'; --", "%", "\\", "9" * 400, "\u0661", "null"]
)
TEXTS = strategies.one_of(strategies.text(max_size=40), NASTY)
VALUES = strategies.recursive(
    strategies.one_of(
        strategies.none(), strategies.booleans(), strategies.integers(), TEXTS
    ),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=6,
)


def generated(share: float, **strategies_of):
    """Run a function with generated arguments, for a share of all cases."""

    def decorate(function):
        settings = hypothesis.settings(
            max_examples=max(2, int(CASES * share)),
            deadline=None,
            database=None,
            # Over HTTP, shrinking a case takes far longer than reading it.
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        return hypothesis.seed(SEED)(
            settings(hypothesis.given(**strategies_of)(function))
        )

    return decorate


@pytest.fixture(scope="module")
def fuzzed(make_stack):
    """A stack of its own, as the fuzzer orders and cancels syncs."""
    stack = make_stack("fuzz", [("Fuzzed Location", 40)])
    rig.set_settings(
        stack,
        # Refusals for haste would hide what is looked for.
        order_rate_limit="10000",
        page_wait="0",
        webhook_public_keys="\n".join(stack.sandbox.facts["webhookKeys"].values()),
        webhook_app_ids=stack.sandbox.facts["app"]["appId"],
    )
    return stack


@pytest.fixture(scope="module")
def logged_before(fuzzed):
    """Return how long the log, which is kept over runs, was at first."""
    return len(_log(fuzzed))


@pytest.fixture(scope="module")
def callers(fuzzed):
    """Return {caller: (HTTP session, headers)}."""

    def bearer(key):
        return requests.Session(), {"Authorization": f"Bearer {key}"}

    unproven = fuzzed.session()
    unproven.headers.pop("Sec-Fetch-Site")
    return {
        "key": bearer(fuzzed.api_key),
        "wrong key": bearer("0" * 40),
        "page": (fuzzed.session(), {}),
        # A session alone may read, and order nothing.
        "session": (unproven, {}),
        "nobody": (requests.Session(), {}),
    }


@pytest.fixture(scope="module")
def tally():
    """Count the answers: (route, caller, status) and how often."""
    return collections.Counter()


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
def test_any_input_gets_an_answer_as_described(
    fuzzed, operations, callers, tally, number, mode
):
    operation = operations[number]
    if not _takes_input(operation):
        mode = GenerationMode.POSITIVE
    known = fuzzed.locations[0].ghl_id

    @generated(
        0.75 / (ROUTES * len(MODES)),
        case=operation.as_strategy(generation_mode=mode),
        real=strategies.booleans(),
        caller=strategies.sampled_from(CALLERS),
    )
    def fuzz(case, real, caller):
        if real:
            _aim(case, known)
        session, headers = callers[caller]
        response = case.call(session=session, headers=headers, timeout=60)
        tally[operation.path, caller, response.status_code] += 1
        _assert_sound(response)
        case.validate_response(response, checks=CHECKS)

    fuzz()


def _takes_input(operation) -> bool:
    """Tell whether there is anything that could be wrong with a call."""
    raw = operation.definition.raw
    return bool(raw.get("parameters") or raw.get("requestBody"))


def _aim(case, location_id: str) -> None:
    """Let a case be about a location that exists, to get past the first check."""
    for part in (case.query, case.body):
        if isinstance(part, dict) and "location_id" in part:
            part["location_id"] = location_id


def _assert_sound(response) -> None:
    assert response.status_code < 500, response.text
    assert "Traceback" not in response.text


def test_cases_were_of_every_kind(tally, operations):
    """The fuzz is no better than what it reaches."""
    assert {key[1] for key in tally} == set(CALLERS)
    assert {200, 400, 401, 404} <= {key[2] for key in tally}
    # A few cases for each operation need not reach all of it.
    if CASES < 5000:
        return
    assert {202, 403} <= {key[2] for key in tally}
    for operation in operations:
        seen = {key[1:] for key in tally if key[0] == operation.path}
        assert {caller for caller, _status in seen} == set(CALLERS), operation.path
        statuses = {status for caller, status in seen if caller in ("key", "page")}
        assert statuses & {200, 202}, operation.path
        if _takes_input(operation):
            assert {400, 404} <= statuses, operation.path
        if operation.path == "/api/ghl/openapi.json":
            continue
        for caller, status in seen:
            reads = operation.method == "get" and caller == "session"
            if caller in REFUSED and not reads:
                assert status in (401, 403), (operation.path, caller)


@pytest.mark.timeout(3600)
def test_any_method_headers_and_body(fuzzed, operations, callers):
    header = strategies.text(
        strategies.characters(min_codepoint=32, max_codepoint=255), max_size=60
    ).map(lambda text: text.strip().encode("latin-1"))

    @generated(
        0.15,
        path=strategies.sampled_from([operation.path for operation in operations]),
        # No NUL: Odoo itself answers any address with one by 500.
        suffix=strategies.sampled_from(["", "", "", "/", "/x%ff", "?a&location_id"]),
        method=strategies.sampled_from(METHODS),
        caller=strategies.sampled_from(CALLERS),
        kind=strategies.one_of(
            strategies.sampled_from(
                [b"application/json", b"multipart/form-data; boundary=x", b"text/xml"]
            ),
            header,
        ),
        more=strategies.dictionaries(
            strategies.sampled_from(
                "Origin Sec-Fetch-Site Authorization Accept-Language Cookie "
                "X-Forwarded-For Content-Encoding If-None-Match Range".split()
            ),
            header,
            max_size=3,
        ),
        body=strategies.one_of(
            strategies.binary(max_size=200),
            VALUES.map(lambda value: json.dumps(value).encode()),
            strategies.just(b"[" * 50_000),
            strategies.just(b" " * 70_000),
        ),
        chunked=strategies.integers(0, 9).map(lambda number: number == 0),
    )
    def fuzz(path, suffix, method, caller, kind, more, body, chunked):
        session, headers = callers[caller]
        response = session.request(
            method,
            fuzzed.url + path + suffix,
            headers={"Content-Type": kind, **headers, **more},
            data=iter([body]) if chunked else body,
            timeout=60,
            allow_redirects=False,
        )
        _assert_sound(response)
        if suffix or method == "HEAD" or response.status_code == 204:
            return
        # Nothing of Odoo's own pages.
        if path == METRICS and response.status_code == 200:
            assert response.headers["Content-Type"].startswith(
                "application/openmetrics-text"
            )
            return
        answer = response.json()
        if response.status_code == 405:
            assert answer["code"] == "method_not_allowed"
            assert method not in response.headers["Allow"].split(", ")

    fuzz()


@pytest.mark.timeout(3600)
def test_any_webhook(fuzzed):
    """A signed body may hold anything, too: it is stored, or refused for good."""
    real = fuzzed.locations[0].ghl_id
    app = fuzzed.sandbox.facts["app"]["appId"]
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())

    def either(*values):
        return strategies.one_of(strategies.sampled_from(values), VALUES)

    event = strategies.fixed_dictionaries(
        {},
        optional={
            "type": either("ContactUpdate", "ContactDelete", "LocationUpdate"),
            "locationId": either(real),
            "companyId": VALUES,
            "id": VALUES,
            "timestamp": either(now, now, "9999-99-99", "0001-01-01T00:00:00Z"),
            "dateUpdated": either(now),
            "webhookId": VALUES,
            "appId": either(app),
        },
    )
    signer = requests.Session()
    statuses = set()

    @generated(
        0.07,
        body=strategies.one_of(event, event, event, VALUES, strategies.binary()),
        signed=strategies.integers(0, 3).map(bool),
    )
    def fuzz(body, signed):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if signed:
            address = f"{fuzzed.sandbox.url}/_sandbox/webhooks/sign"
            headers |= signer.post(address, data=body, timeout=60).json()
        response = signer.post(
            fuzzed.url + rig.ROUTE, data=body, headers=headers, timeout=60
        )
        statuses.add(response.status_code)
        # 429 would say that it may pass: then the vendor would send it for ever.
        assert response.status_code in (200, 400, 401), response.status_code
        assert signed or response.status_code == 401
        assert not response.content

    fuzz()
    assert {400, 401} <= statuses


@pytest.mark.timeout(3600)
def test_any_query_of_the_pages(fuzzed, callers):
    @generated(
        0.03,
        path=strategies.sampled_from(PAGES),
        query=strategies.dictionaries(
            strategies.sampled_from(["code", "state", "error", "location_id", "x"]),
            TEXTS,
        ),
        caller=strategies.sampled_from(["page", "nobody"]),
    )
    def fuzz(path, query, caller):
        session, headers = callers[caller]
        response = session.get(
            fuzzed.url + path,
            params=query,
            headers=headers,
            timeout=60,
            allow_redirects=False,
        )
        _assert_sound(response)

    fuzz()


def test_odoo_logged_no_error(fuzzed, logged_before):
    """Runs last: nothing that the fuzzer sent ended in a traceback."""
    text = _log(fuzzed)[logged_before:]
    assert text
    for mark in ("Exception during request handling", "Traceback (most recent"):
        at = text.find(mark)
        assert at < 0, text[max(0, at - 500) : at + 3000]


def _log(stack) -> str:
    return (stack.folder / "odoo.log").read_text(errors="replace")
