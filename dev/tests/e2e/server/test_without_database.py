"""A server that has never reached PostgreSQL: what it tells GoHighLevel."""

import subprocess
import time
from contextlib import contextmanager

import requests

from stack import configuration, ports

ROUTE = "/api/ghl/webhook"
START_SECONDS = 60


class NoPostgres:
    """A port on which no PostgreSQL listens."""

    def environment(self):
        return {"PGHOST": "127.0.0.1", "PGPORT": "1"}


@contextmanager
def odoo(folder, *arguments):
    """Yield the address of an Odoo that cannot reach any database."""
    port, gevent_port = ports.free(), ports.free()
    command = configuration.command(
        *("--http-port", str(port), "--gevent-port", str(gevent_port)),
        *("--db_host", "127.0.0.1", "--db_port", "1"),
        *("--max-cron-threads", "0", "--log-level", "critical"),
        *arguments,
    )
    variables = configuration.environment(NoPostgres(), configuration.write(folder))
    process = subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def first_answer(url):
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return requests.post(url + ROUTE, data=b"{}", timeout=10)
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.3)


def test_addon_loaded_with_the_server_asks_for_another_delivery(tmp_path):
    with odoo(tmp_path, "--load", "base,web,ghl_contact_sync") as url:
        answer = first_answer(url)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]
    assert answer.headers["X-GHL-Contact-Sync"] == "1"


def test_without_the_addon_only_the_proxy_can_tell(tmp_path):
    """As docs/webhooks.md says: 404, without the header of ours."""
    with odoo(tmp_path) as url:
        answer = first_answer(url)
    assert answer.status_code == 404
    assert "X-GHL-Contact-Sync" not in answer.headers
