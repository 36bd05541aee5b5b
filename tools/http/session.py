"""HTTP sessions whose exchanges end at a deadline, however slowly an answer drips.

The timeouts of `requests` limit the gap between two pieces only. Here every read from
the socket, headers included, gets no more than what is left of the whole exchange's
time. It is done with urllib3's own extension points (connection and pool classes), so
that it holds for https and proxies too.
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

BUFFER = 1 << 16
USER_AGENT = "ghl_contact_sync"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for the whole of it.

    Short enough for a second attempt within the time of one call, see `RetryPolicy`.
    """

    connect: float = 10.0
    read: float = 25.0
    total: float = 45.0


class _Exchange(threading.local):
    """Facts about this thread's exchange that are needed further down the stack."""

    deadline: float | None = None
    timeouts: Timeouts | None = None
    sent: Callable[[], None] | None = None

    def request_left(self) -> None:
        if self.sent is not None:
            self.sent()


_exchange = _Exchange()


@contextmanager
def limits(
    timeouts: Timeouts, sent: Callable[[], None] | None = None
) -> Iterator[None]:
    """Bound whatever this thread exchanges within the block.

    :param sent: called when the request has left, before its answer is read
    """
    _exchange.deadline = time.monotonic() + timeouts.total
    _exchange.timeouts = timeouts
    _exchange.sent = sent
    try:
        yield
    finally:
        _exchange.deadline = _exchange.timeouts = _exchange.sent = None


class _DeadlineReader(io.RawIOBase):
    """A socket's reading end that gives up at the exchange's deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = _exchange.deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the whole answer took too long")
            limit = self._sock.gettimeout()
            if limit is None or left < limit:
                self._sock.settimeout(left)
        # typeshed knows no readinto on RawIOBase that takes any buffer.
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:  # pylint: disable=missing-return
        # Releases the socket, which "Connection: close" leaves to its last reader.
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kw: Any) -> None:
        super().__init__(sock, *args, **kw)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_DeadlineReader(raw, sock), BUFFER)


class _HTTPConnection(urllib3.connection.HTTPConnection):
    response_class = _DeadlineResponse

    def getresponse(self) -> Any:
        _exchange.request_left()
        return super().getresponse()


class _HTTPSConnection(urllib3.connection.HTTPSConnection):
    response_class = _DeadlineResponse

    def getresponse(self) -> Any:
        _exchange.request_left()
        return super().getresponse()


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kw: Any) -> None:
        # pylint: disable=missing-return
        super().init_poolmanager(*args, **kw)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kw: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kw)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def send(self, request: Any, *args: Any, **kw: Any) -> requests.Response:
        timeouts = _exchange.timeouts
        if timeouts is not None:
            kw["timeout"] = (timeouts.connect, timeouts.read)
        return super().send(request, *args, **kw)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        # Redirects are never followed, but `requests` would still look where the next
        # one leads, and read the whole body without a bound for it.
        return None


def new_session(base_url: str) -> requests.Session:
    """Return a session for one thread that talks to `base_url` only.

    The environment is read here rather than per request: ``~/.netrc`` must not replace
    the bearer token, while proxies and an own CA bundle are to be respected.
    """
    session = _Session()
    session.trust_env = False
    session.proxies.update(get_environ_proxies(base_url))
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    session.verify = bundle or True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"})
    # Repeating is the retry policy's business alone.
    adapter = _Adapter(pool_connections=1, pool_maxsize=1, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
