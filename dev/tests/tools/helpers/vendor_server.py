"""A socket server whose every byte a test decides: what a well-behaved HTTP library
would never send has to be sendable here."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[["Exchange"], None]


@dataclass
class Exchange:
    """One request as it arrived, and the ways to answer it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    sock: socket.socket
    closing: threading.Event
    keep: bool = True

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    def send(
        self,
        value: Any = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        length: int | None = None,
    ) -> None:
        """Send a whole answer in one piece."""
        if body is None:
            body = json.dumps(value).encode()
        fields = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body) if length is None else length),
            **(headers or {}),
        }
        head = f"HTTP/1.1 {status} X\r\n"
        head += "".join(f"{key}: {val}\r\n" for key, val in fields.items() if val)
        self.sock.sendall(head.encode() + b"\r\n" + body)

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.sock.sendall(data)

    def hang_up(self) -> None:
        """Close the connection after what was sent."""
        self.keep = False

    def reset(self) -> None:
        """Tear the connection down with a TCP reset."""
        linger = struct.pack("ii", 1, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.keep = False

    def hang(self) -> None:
        """Say nothing until the server is closed."""
        self.closing.wait(30)
        self.keep = False


@dataclass
class VendorServer:
    """Answers by `answer`; remembers what it was asked."""

    answer: Answer = lambda exchange: exchange.send({})
    seen: list[Exchange] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._sock = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        if self._closing.is_set():
            return
        self._closing.set()
        # Closing alone would not wake the thread that is in accept().
        self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def script(self, *answers: Answer) -> None:
        """Answer the next requests one by one; the last answer stays."""
        left = list(answers)
        lock = threading.Lock()

        def answer(exchange: Exchange) -> None:
            with lock:
                chosen = left.pop(0) if len(left) > 1 else left[0]
            chosen(exchange)

        self.answer = answer

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                sock, _peer = self._sock.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, sock.makefile("rb") as stream:
            try:
                while exchange := self._read(sock, stream):
                    with self._lock:
                        self.seen.append(exchange)
                    self.answer(exchange)
                    if not exchange.keep:
                        return
            except OSError:
                return

    def _read(self, sock: socket.socket, stream: Any) -> Exchange | None:
        line = stream.readline().decode("latin-1").split()
        if len(line) < 3:
            return None
        headers = {}
        while (text := stream.readline().decode("latin-1").strip()) != "":
            key, _, value = text.partition(":")
            headers[key.strip().lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
        return Exchange(line[0], line[1], headers, body, sock, self._closing)


def contact(number: int, **more: Any) -> dict[str, Any]:
    """Return a search hit."""
    ghl_id = f"c{number:019d}"
    return {"id": ghl_id, "searchAfter": [1_700_000_000_000 + number, ghl_id], **more}


def page(*numbers: int, total: int | None = None) -> dict[str, Any]:
    """Return the body of a search answer."""
    return {
        "contacts": [contact(number) for number in numbers],
        "total": len(numbers) if total is None else total,
        "traceId": "trace-1",
    }


def refusal(status: int, message: Any, **more: Any) -> dict[str, Any]:
    """Return the body of an error in the vendor's own shape."""
    return {"statusCode": status, "message": message, **more}
