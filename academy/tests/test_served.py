"""The application as it is deployed, with nothing in front and behind nginx with `deploy/nginx.conf`.

A slow client stops no page of it; behind nginx one signs in, posts forms and is told what is too large.
"""

from __future__ import annotations

import datetime
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts.factories import PASSWORD
from bench.slow_clients import SlowClients, anybody, ask
from crud.testing import dom
from e2e.server import STATIC_ROOT, gunicorn
from programs.testing import runtime_url, scratch_database
from tools.ports import unused_port

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent.parent
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
LOGIN, PROFILE = "/accounts/login/", "/accounts/profile/"
OVER_TLS = {"X-Forwarded-Proto": "https"}  # as a proxy on this machine says it

PREPARE = f"""
import django; django.setup()
from environ import Env
from academy.run import collect_static
from accounts.models import User
collect_static(Env())
User.objects.create_user("grace", "grace@example.org", {PASSWORD!r}, full_name="Grace Hopper", role="tutor")
"""


@pytest.fixture(scope="module")
def scratch(django_db_setup: None) -> Iterator[str]:
    with scratch_database() as name:
        yield name


@pytest.fixture(scope="module")
def served(scratch: str) -> Iterator[int]:
    """The port of one process with four threads, which is told by its proxy that browsers come over TLS."""
    environment = {
        **os.environ,
        "DATABASE_URL": runtime_url(scratch),
        "WEB_CONCURRENCY": "1",
        "DEBUG": "0",
        "HTTPS": "on",
        "STATIC_ROOT": STATIC_ROOT,
        "LOG_LEVEL": "critical",
        "SECRET_KEY": os.urandom(40).hex(),
    }
    subprocess.run(
        [sys.executable, "-c", PREPARE], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    with gunicorn(environment) as port:
        yield port


# ---- slow clients


def pages_are_answered(port: int, tls: bool) -> None:
    """Ask for a page and for /healthz while many clients are slow, all at once."""
    slow = (("silent", 64), ("headers", 8), ("body", 16), ("reader", 2))
    with ExitStack() as stack:
        clients = [stack.enter_context(SlowClients(kind, number, port, LOGIN, tls)) for kind, number in slow]
        answers = []
        for path in (LOGIN, "/healthz") * 3:
            for each in clients:
                each.dribble()
            answers.append(ask(port, path, 5, tls, {} if tls else OVER_TLS)[0])
    assert answers == [200] * 6


@contextmanager
def connected(port: int, tls: bool) -> Iterator[socket.socket]:
    plain = socket.create_connection(("127.0.0.1", port), timeout=20)
    with anybody().wrap_socket(plain) if tls else plain as client:
        yield client


def too_large(port: int, tls: bool) -> bytes:
    """The answer to a post of 50 MB by a client that sends all of it before it reads."""
    head = [f"POST {LOGIN} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", "Content-Length: 50000000"]
    head += [] if tls else [f"{name}: {value}" for name, value in OVER_TLS.items()]
    with connected(port, tls) as client:
        client.sendall("\r\n".join(head).encode() + b"\r\n\r\n")
        for _ in range(50):
            client.sendall(b"x" * 1_000_000)
        received = bytearray()
        while part := client.recv(65536):
            received += part
    return bytes(received)


def test_no_slow_client_stops_a_page_or_healthz(served: int) -> None:
    pages_are_answered(served, tls=False)


def test_a_post_of_50_mb_gets_the_page_that_says_so(served: int) -> None:
    received = too_large(served, tls=False)
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"<h1" in received


# ---- behind nginx


@dataclass(frozen=True)
class Proxy:
    plain_port: int
    port: int
    folder: Path

    def logged(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


@pytest.fixture(scope="module")
def proxy(served: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """nginx with the file that operators are given; only names, ports and folders are others."""
    if NGINX is None:
        pytest.skip("nginx is not on this machine: apt install nginx-light")
    made = Proxy(unused_port(), unused_port(), tmp_path_factory.mktemp("nginx"))
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{made.plain_port};",
        "listen 443 ": f"listen 127.0.0.1:{made.port} ",
        "server 127.0.0.1:8000 ": f"server 127.0.0.1:{served} ",
        "academy.example.org": "127.0.0.1",
        "/etc/ssl/": f"{made.folder}/",
        "/var/log/nginx/": f"{made.folder}/",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (made.folder / "academy.conf").write_text(text)
    (made.folder / "nginx.conf").write_text(around(made.folder))
    write_certificate(made.folder)
    process = subprocess.Popen([NGINX, "-e", f"{made.folder}/start.log", "-c", f"{made.folder}/nginx.conf"])
    try:
        end = time.monotonic() + 10
        while ask(made.port, "/healthz", 1, tls=True)[0] != 200:
            assert process.poll() is None, made.logged()
            assert time.monotonic() < end
            time.sleep(0.05)
        yield made
    finally:
        process.terminate()
        process.wait(10)


def around(folder: Path) -> str:
    """What Debian's nginx.conf has around a site, in a folder of its own."""
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""
        {user}
        daemon off;
        pid {folder}/nginx.pid;
        error_log {folder}/all.log;
        events {{ worker_connections 768; }}
        http {{
            access_log {folder}/access.log;
            gzip on;
            {temporary}
            include {folder}/academy.conf;
        }}
        """


def write_certificate(folder: Path) -> None:
    """academy.pem and academy.key: a certificate that nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "academy.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "academy.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


class OnAnotherMachine(urllib.request.HTTPSHandler):
    """Opens addresses from 127.0.0.2, which nobody trusts."""

    def https_open(self, request: urllib.request.Request) -> Any:
        connection = partial(http.client.HTTPSConnection, context=anybody(), source_address=("127.0.0.2", 0))
        return self.do_open(connection, request)  # type: ignore[arg-type]


class Browser:
    """Keeps cookies, follows redirects, and sends the token of the page that it has read with what it posts.

    It says of itself that it comes from another address than it does.
    """

    def __init__(self, proxy: Proxy) -> None:
        self.origin, self.cookies = f"https://127.0.0.1:{proxy.port}", CookieJar()
        self.opener = urllib.request.build_opener(
            OnAnotherMachine(), urllib.request.HTTPCookieProcessor(self.cookies)
        )

    def get(self, path: str) -> str:
        request = urllib.request.Request(self.origin + path, headers={"X-Forwarded-For": "203.0.113.9"})
        with self.opener.open(request) as answer:
            text = answer.read().decode()
        found = dom(text).select_one('[name="csrfmiddlewaretoken"]')
        self.token = str(found["value"]) if found else ""
        return text

    def post(self, path: str, data: dict[str, str]) -> tuple[str, str]:
        """The address where the redirects end, and its page."""
        sent = urllib.parse.urlencode({**data, "csrfmiddlewaretoken": self.token}).encode()
        request = urllib.request.Request(
            self.origin + path, sent, {"Origin": self.origin, "X-Forwarded-For": "203.0.113.9"}
        )
        with self.opener.open(request) as answer:
            return answer.url.removeprefix(self.origin), answer.read().decode()


def test_behind_nginx_one_signs_in_and_posts_a_form(scratch: str, proxy: Proxy) -> None:
    browser = Browser(proxy)
    browser.get(LOGIN)
    address, _ = browser.post(f"{LOGIN}?next={PROFILE}", {"username": "grace", "password": PASSWORD})
    assert address == PROFILE
    assert {cookie.name for cookie in browser.cookies if cookie.secure} >= {"__Host-sessionid"}
    assert '<html lang="en' in browser.get(PROFILE)
    address, page = browser.post(PROFILE, {"language": "de"})
    assert address == PROFILE
    assert '<html lang="de"' in page
    with psycopg.connect(runtime_url(scratch)) as connection:
        addresses = connection.execute("SELECT host(ip) FROM usersessions_usersession").fetchall()
    assert addresses == [("127.0.0.2",)]


def test_behind_nginx_no_slow_client_stops_a_page_or_healthz(proxy: Proxy) -> None:
    pages_are_answered(proxy.port, tls=True)


def test_behind_nginx_a_post_of_50_mb_gets_the_page_of_academy(proxy: Proxy) -> None:
    received = too_large(proxy.port, tls=True)
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"2.5 MB" in received


def test_nginx_leads_to_tls_and_logs_no_link(proxy: Proxy) -> None:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    path = "/accounts/password/reset/1-secret-of-a-link/"
    with pytest.raises(urllib.error.HTTPError) as plain:
        urllib.request.build_opener(Stay).open(f"http://127.0.0.1:{proxy.plain_port}{path}")
    plain.value.close()
    assert (plain.value.code, plain.value.headers["Location"]) == (308, f"https://127.0.0.1{path}")
    with connected(proxy.port, tls=True) as client:  # larger than nginx takes: an error that it would log
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99000000000\r\n\r\n"
        client.sendall(head.encode())
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")
    assert ask(proxy.port, path, 5, tls=True)[0] in (200, 404)
    assert "secret-of-a-link" not in proxy.logged()
