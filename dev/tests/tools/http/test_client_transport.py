"""The client against a vendor, a network and proxies that misbehave."""

from __future__ import annotations

import gzip
import json
import threading
import time

import pytest
from vendor_server import page, refusal

from ghl_contact_sync.tools.errors import (
    GhlEdgeError,
    GhlPayloadError,
    GhlRequestError,
    GhlServerError,
    GhlStopped,
    GhlTransportError,
)
from ghl_contact_sync.tools.ghl.client import GhlClient, Timeouts
from ghl_contact_sync.tools.http.retry import RetryPolicy
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor

SORT = [{"field": "dateAdded", "direction": "asc"}]
ONCE = RetryPolicy(attempts=1)
BODY = json.dumps(page(1, 2)).encode()
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def good(exchange):
    exchange.send(page(1, 2))


def truncated(exchange):
    exchange.send(body=BODY[:-20], length=len(BODY))
    exchange.hang_up()


def cut_chunk(exchange):
    exchange.raw(CHUNKED + b"%x\r\n" % len(BODY) + BODY[:-20])
    exchange.hang_up()


def cut_between_chunks(exchange):
    exchange.raw(CHUNKED + b"%x\r\n%s\r\n" % (len(BODY), BODY))
    exchange.hang_up()


def cut_gzip(exchange):
    exchange.send(body=gzip.compress(BODY)[:-9], headers={"Content-Encoding": "gzip"})


def damaged_gzip(exchange):
    exchange.send(body=b"no gzip", headers={"Content-Encoding": "gzip"})


def nothing(exchange):
    exchange.hang_up()


def reset(exchange):
    exchange.reset()


def reset_in_body(exchange):
    exchange.send(body=BODY[:30], length=len(BODY))
    exchange.reset()


def no_http(exchange):
    exchange.raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    exchange.hang_up()


@pytest.mark.parametrize(
    "fault",
    [
        truncated,
        cut_chunk,
        cut_between_chunks,
        cut_gzip,
        damaged_gzip,
        nothing,
        reset,
        reset_in_body,
        no_http,
    ],
    ids=lambda fault: fault.__name__,
)
def test_a_broken_exchange_is_told_and_repeated(server, make_client, fault):
    server.script(fault)
    with pytest.raises(GhlTransportError) as caught:
        make_client(retry_policy=ONCE).search(sort=SORT, page_limit=2)
    assert caught.value.retryable
    retries = []
    server.script(fault, fault, good)
    client = make_client(on_retry=retries.append)
    assert len(client.search(sort=SORT, page_limit=2).contacts) == 2
    assert len(retries) == 2


def html(exchange):
    exchange.send(body=b"<html>oops</html>", headers={"Content-Type": "text/html"})


def cut_json(exchange):
    exchange.send(body=BODY[:-20])


def empty(exchange):
    exchange.send(body=b"")


def no_list(exchange):
    exchange.send({"contacts": None, "total": 3})


def an_array(exchange):
    exchange.send([1, 2])


@pytest.mark.parametrize(
    "fault",
    [html, cut_json, empty, no_list, an_array],
    ids=lambda fault: fault.__name__,
)
def test_an_unusable_answer_is_told_and_repeated(server, make_client, fault):
    server.script(fault)
    with pytest.raises(GhlPayloadError):
        make_client(retry_policy=ONCE).search(sort=SORT, page_limit=2)
    server.script(fault, good)
    assert make_client().search(sort=SORT, page_limit=2).total == 2


def test_json_is_read_whatever_it_is_called(server, make_client):
    server.script(
        lambda exchange: exchange.send(page(1), headers={"Content-Type": "text/html"})
    )
    assert make_client().search(sort=SORT, page_limit=2).total == 1


def test_compressed_and_chunked_answers_are_read(server, make_client):
    packed = gzip.compress(BODY)
    server.script(
        lambda exchange: exchange.send(
            body=packed, headers={"Content-Encoding": "gzip"}
        ),
        lambda exchange: exchange.raw(
            CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
        ),
    )
    client = make_client()
    for _round in range(2):
        assert len(client.search(sort=SORT, page_limit=2).contacts) == 2
    assert server.connections == 1


def test_the_end_of_the_connection_may_be_the_end_of_the_answer(server, make_client):
    def until_close(exchange):
        exchange.raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BODY)
        exchange.hang_up()

    server.script(until_close)
    client = make_client()
    for _round in range(2):
        assert len(client.search(sort=SORT, page_limit=2).contacts) == 2


@pytest.mark.parametrize("where", ["before", "headers", "body"])
def test_a_server_that_drips_is_left_at_the_deadline(server, make_client, where):
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
    start = {"before": 0, "headers": 5, "body": whole.index(BODY) + 2}[where]

    def drip(exchange):
        exchange.raw(whole[:start])
        for byte in whole[start:]:
            # Each byte comes long before the read timeout.
            if exchange.closing.wait(0.05):
                return
            exchange.raw(bytes([byte]))

    server.script(drip)
    limits = Timeouts(connect=5, read=10, total=0.4)
    client = make_client(retry_policy=ONCE, timeouts=limits)
    with pytest.raises(GhlTransportError) as caught:
        client.search(sort=SORT, page_limit=2)
    assert caught.value.code == "timeout"


def test_a_server_that_hangs_is_left_at_the_read_timeout(server, make_client):
    server.script(lambda exchange: exchange.hang())
    limits = Timeouts(connect=5, read=0.2, total=10)
    client = make_client(retry_policy=ONCE, timeouts=limits)
    with pytest.raises(GhlTransportError) as caught:
        client.search(sort=SORT, page_limit=2)
    assert caught.value.code == "timeout"


def test_the_deadline_of_one_call_does_not_reach_into_the_next(server, make_client):
    server.script(good)
    client = make_client(timeouts=Timeouts(connect=5, read=20, total=1.5))
    client.search(sort=SORT, page_limit=2)
    time.sleep(1.6)
    assert client.search(sort=SORT, page_limit=2).total == 2
    assert server.connections == 1


def test_nobody_listens(server, make_client):
    client = make_client(retry_policy=ONCE)
    server.close()
    with pytest.raises(GhlTransportError) as caught:
        client.search(sort=SORT, page_limit=2)
    assert caught.value.code == "refused"


def test_the_address_does_not_exist():
    client = GhlClient(
        token="secret-token",
        base_url="http://nowhere.localhost:1",
        governor=RateGovernor(),
        retry_policy=ONCE,
    )
    with pytest.raises(GhlTransportError) as caught:
        client.count()
    # Some resolvers map every name below localhost to this machine.
    assert caught.value.code in ("unresolved", "refused")


@pytest.mark.parametrize(
    "answer",
    [
        lambda exchange: exchange.send(body=b" " * 5000),
        lambda exchange: exchange.send(body=b"", length=10**12),
        lambda exchange: exchange.raw(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 5000),
        lambda exchange: exchange.send(
            body=gzip.compress(b" " * 10**7), headers={"Content-Encoding": "gzip"}
        ),
    ],
    ids=["told", "lied", "open end", "packed"],
)
def test_a_huge_answer_is_not_taken_in(server, make_client, answer):
    server.script(answer)
    with pytest.raises(GhlPayloadError) as caught:
        make_client(max_response_bytes=4000).request("GET", "/x")
    assert caught.value.code == "too_large"
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(server, make_client, status):
    target = f"{server.url}/elsewhere"
    server.script(
        lambda exchange: exchange.send({}, status, headers={"Location": target})
    )
    with pytest.raises(GhlEdgeError, match="check the API address"):
        make_client(retry_policy=RetryPolicy(attempts=2)).search(
            sort=SORT, page_limit=2
        )
    assert [exchange.path for exchange in server.seen] == ["/contacts/search"] * 2


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520, 599])
def test_server_errors_pass(server, make_client, status):
    told = refusal(status, "down")
    server.script(lambda exchange: exchange.send(told, status), good)
    assert make_client().search(sort=SORT, page_limit=2).total == 2


def test_a_server_error_that_stays_is_raised_with_status_and_trace(server, make_client):
    told = {"message": "down", "traceId": "t-9"}
    server.script(lambda exchange: exchange.send(told, 503))
    with pytest.raises(GhlServerError) as caught:
        make_client(retry_policy=RetryPolicy(attempts=3)).count()
    assert (caught.value.status, caught.value.request_id) == (503, "t-9")
    assert len(server.seen) == 3


def test_each_thread_keeps_one_connection(server, make_client):
    server.script(good)
    client = make_client(governor=RateGovernor())
    together = threading.Barrier(4)

    def work():
        together.wait(20)
        for _round in range(5):
            client.search(sort=SORT, page_limit=2)

    threads = [threading.Thread(target=work) for _one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(server.seen) == 20
    assert server.connections == 4


def test_nothing_is_sent_after_a_stop(server, make_client):
    stop = threading.Event()
    client = make_client(stop=stop)
    stop.set()
    with pytest.raises(GhlStopped):
        client.count()
    assert server.seen == []


def test_a_netrc_file_does_not_replace_the_token(
    server, make_client, tmp_path, monkeypatch
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.script(good)
    make_client().count()
    assert server.seen[0].token == "secret-token"


def test_cookies_are_not_kept(server, make_client):
    server.script(
        lambda exchange: exchange.send(page(1), headers={"Set-Cookie": "a=b; Path=/"})
    )
    client = make_client()
    client.count()
    client.count()
    assert "cookie" not in server.seen[1].headers


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://user:pass@example.com",
        "ftp://127.0.0.1",
        "example.com",
        "",
    ],
)
def test_the_token_goes_only_where_it_is_safe(server, url):
    with pytest.raises(GhlRequestError) as caught:
        GhlClient(token="secret-token", base_url=url, governor=RateGovernor())
    assert caught.value.code == "bad_address"


@pytest.mark.parametrize("path", ["//evil.test/x", "http://evil.test", "x", "/\\evil"])
def test_a_path_cannot_lead_to_another_host(server, make_client, path):
    with pytest.raises(GhlRequestError):
        make_client().request("GET", path)
    assert server.seen == []
