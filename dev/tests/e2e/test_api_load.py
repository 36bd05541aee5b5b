"""The JSON API under load: many at once, raw clients, and everybody else meanwhile."""

import collections
import concurrent.futures
import http.client
import re
import socket
import threading
import time

import pytest
import requests

from bench import webhook_rig as rig

CONTACTS = "/api/location-contacts-optimized"
ORDER = "/api/sync-location-contacts"
# The pool that Odoo has by default, and one that a handful of callers could empty.
POOLS = (64, 12)
# A line of Odoo's log: the process that has answered.
ANSWERED = re.compile(r"^\S+ \S+ (\d+) INFO .*GET /web/login ", re.MULTILINE)


@pytest.fixture(scope="module", params=POOLS)
def loaded(make_stack, request):
    """A threaded server with one small location, on a pool of a certain size."""
    stack = make_stack(
        f"load{request.param}",
        [("Busy Location", 60)],
        mirrored=(60,),
        odoo_arguments=(f"--db_maxconn={request.param}",),
    )
    rig.set_settings(stack, order_rate_limit="10000")
    return stack


def at_once(number, call):
    """Call a function so often in parallel; return what it returned."""
    with concurrent.futures.ThreadPoolExecutor(number) as pool:
        return list(pool.map(call, range(number)))


def check_json(answer):
    """An answer of the API, whatever it says: JSON, and when to come back."""
    assert answer.headers["Content-Type"].startswith("application/json"), answer.text
    body = answer.json()
    assert body["success"] is (answer.status_code < 400)
    if answer.status_code in (429, 503):
        assert int(answer.headers["Retry-After"]) >= 1
    return answer.status_code


def by_key(stack, method="GET", path=CONTACTS, key=None):
    about = {"location_id": stack.locations[0].ghl_id}
    about = {"params": about} if method == "GET" else {"json": about}
    return requests.request(
        method,
        stack.url + path,
        headers={"Authorization": f"Bearer {key or stack.api_key}"},
        timeout=60,
        **about,
    )


@pytest.mark.parametrize(
    ("number", "method", "path", "good"),
    [(100, "POST", ORDER, 202), (200, "GET", CONTACTS, 200)],
)
def test_flood_is_answered_in_json(loaded, number, method, path, good):
    answers = at_once(number, lambda _n: by_key(loaded, method, path))
    statuses = collections.Counter(map(check_json, answers))
    assert set(statuses) <= {good, 429, 503}, statuses
    assert statuses[good] >= 20, statuses


def test_flood_of_one_leaves_room_for_others(loaded):
    """The login page, the page itself, and another caller's calls, during a flood."""
    page = loaded.session()
    over = threading.Event()

    def flood(_n):
        statuses = collections.Counter()
        while not over.is_set():
            statuses[check_json(by_key(loaded))] += 1
        return statuses

    with concurrent.futures.ThreadPoolExecutor(80) as pool:
        floods = [pool.submit(flood, number) for number in range(80)]
        try:
            time.sleep(1)
            for _look in range(15):
                login = requests.get(f"{loaded.url}/web/login", timeout=60)
                assert login.status_code == 200
                answer = page.get(
                    loaded.url + CONTACTS,
                    params={"location_id": loaded.locations[0].ghl_id},
                    timeout=60,
                )
                assert answer.status_code == 200, answer.text
        finally:
            over.set()
        statuses = sum((one.result() for one in floods), collections.Counter())
    assert set(statuses) <= {200, 429, 503}, statuses


def test_many_wrong_keys_are_answered_in_json(loaded):
    answers = at_once(80, lambda number: by_key(loaded, key=f"{number:040d}"))
    assert set(map(check_json, answers)) <= {401, 429, 503}


# All that are not printed, but for the end of a line, which ends the request line.
@pytest.mark.parametrize("number", [*set(range(0x21)) - {0x0A}, 0x7F, 0x85, 0xA0])
def test_raw_control_character_is_answered(loaded, number):
    host, port = loaded.url.removeprefix("http://").split(":")
    query = b"location_id=x&search=a" + bytes([number]) + b"b"
    with socket.create_connection((host, int(port)), timeout=20) as client:
        request = b"GET " + CONTACTS.encode() + b"?" + query + b" HTTP/1.1\r\n"
        client.sendall(request + b"Host: localhost\r\n\r\n")
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert answer.status == 400
        assert answer.headers["Content-Type"].startswith("application/json")
        assert b'"success"' in answer.read()


@pytest.fixture(scope="module")
def prefork(make_stack):
    """Two worker processes, and a vendor that takes its time; nothing mirrored yet."""
    stack = make_stack(
        "prefork",
        [("Slow Location", 40)],
        workers=2,
        sandbox_arguments=("--latency", "30"),
    )
    rig.set_settings(stack, page_wait="15")
    return stack


def warm_up(stack, look):
    """Look until both processes have answered, and so have loaded everything."""
    start = stack.odoo.log.stat().st_size
    deadline = time.monotonic() + 60
    processes = collections.Counter()
    while len(processes) < 2 or min(processes.values()) < 2:
        assert time.monotonic() < deadline, processes
        at_once(2, lambda _n: look())
        log = stack.odoo.log.read_bytes()[start:].decode(errors="replace")
        processes = collections.Counter(ANSWERED.findall(log))


def test_waiting_readers_leave_the_workers_to_others(prefork):
    """Readers of a page that nobody has brought yet, again and again."""
    over = threading.Event()

    def read(_n):
        while not over.is_set():
            assert check_json(by_key(prefork)) == 200

    def look():
        started = time.monotonic()
        answer = requests.get(f"{prefork.url}/web/login", timeout=60)
        assert answer.status_code == 200
        return time.monotonic() - started

    warm_up(prefork, look)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, number) for number in range(4)]
        try:
            looks = []
            for _look in range(30):
                looks.append(look())
                time.sleep(0.3)
        finally:
            over.set()
        for reader in readers:
            reader.result()
    # They would wait for seconds if each reader held a process.
    assert max(looks) < 2.5, looks
