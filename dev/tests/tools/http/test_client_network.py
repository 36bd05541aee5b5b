"""Certificates and proxies: trusted only as far as the machine's owner says."""

from __future__ import annotations

import http.server
import json
import shutil
import ssl
import subprocess
import threading

import pytest
from vendor_server import page

from ghl_contact_sync.tools.errors import GhlTransportError
from ghl_contact_sync.tools.ghl.client import GhlClient
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor


class Vendor(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self):
        type(self).connections += 1
        super().setup()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(page(1)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [*command, "-keyout", key, "-out", cert], check=True, capture_output=True
    )
    return cert, key


@pytest.fixture
def secure_url(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Vendor.connections = 0
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def make(url):
    return GhlClient(token="secret-token", base_url=url, governor=RateGovernor())


def test_an_unknown_certificate_is_refused_at_once(secure_url):
    with pytest.raises(GhlTransportError) as caught:
        make(secure_url).count()
    assert caught.value.code == "tls_failed"
    assert caught.value.retryable is False


def test_a_bundle_of_ones_own_is_respected(secure_url, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    client = make(secure_url)
    assert [client.count(), client.count()] == [1, 1]
    assert Vendor.connections == 1
    client.close()


def test_a_proxy_of_the_environment_is_used(server, monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server.url)
    server.script(lambda exchange: exchange.send(page(1)))
    assert make("http://127.0.0.1:9/base").count() == 1
    assert server.seen[0].path == "http://127.0.0.1:9/base/contacts/search"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(GhlTransportError):
        GhlClient(
            token="secret-token",
            base_url="http://127.0.0.1:9",
            governor=RateGovernor(),
            retry_sleep=lambda seconds: None,
        ).count()
