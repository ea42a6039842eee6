"""What every request must be: of a stated size, not too large, in UTF-8; else refused with a page, unread."""

from __future__ import annotations

import time
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import Client, RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import Role
from programs.models import Program
from programs.testing import ClientFor
from web.requests import in_utf_8

pytestmark = pytest.mark.django_db  # Django asks for its connection before each request
LOGIN = "/accounts/login/"
FORM = "application/x-www-form-urlencoded"
OTHER_CHARSETS = [
    "utf8",
    "punycode",
    "hex",
    "zlib",
    "utf-16",
    "utf-7",
    "idna",
    "latin-1",
    "no-such",
    "",
    '"rot13"',
]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


def send(body: str | bytes, kind: str, path: str = LOGIN, method: str = "POST", **environ: Any) -> Answer:
    """What the WSGI application answers. The test client would read the request before it does."""
    data = body.encode() if isinstance(body, str) else body
    path, _, query = path.partition("?")
    sent = {
        **RequestFactory()._base_environ(PATH_INFO=path, REQUEST_METHOD=method, QUERY_STRING=query),
        "wsgi.input": BytesIO(data),
        "CONTENT_LENGTH": str(len(data)),
        "CONTENT_TYPE": kind,
        **environ,
    }
    begun: list[Any] = []
    response = in_utf_8(get_wsgi_application())(sent, lambda *start: begun.extend(start))
    text = b"".join(response).decode()
    return Answer(int(begun[0].split()[0]), dict(begun[1]), text)


def refused(response: Answer, status: int) -> None:
    assert response.status == status
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<h1" in response.text and "Traceback" not in response.text


@pytest.mark.parametrize("charset", OTHER_CHARSETS)
@pytest.mark.parametrize("kind", [FORM, MULTIPART_CONTENT, "text/plain"])
def test_a_request_in_another_charset_is_refused(kind: str, charset: str) -> None:
    body = encode_multipart(BOUNDARY, {"username": "x" * 300_000, "password": "x"})
    began = time.process_time()
    refused(send(body, f"{kind}; charset={charset}"), 415)
    refused(send("", f"{kind}; charset={charset}", f"{LOGIN}?next=%C3%A9", "GET"), 415)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("charset", ["punycode", "utf-16"])
def test_signed_in_too(client_for: ClientFor, program: Program, charset: str) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    for path in ("/students/new/", "/desk/drafts/", "/accounts/preferences/", "/admin/", "/nowhere/"):
        refused(send("a=b", f"{FORM}; charset={charset}", path, HTTP_COOKIE=cookie), 415)


@pytest.mark.parametrize(
    "header",
    [
        'Content-Disposition: form-data; name="username"\r\nContent-Type: text/plain; charset=punycode',
        "Content-Disposition: form-data; name*=hex''6162",
        "Content-Disposition: form-data; name*0*=zlib''%78; name*1=x",
        "content-disposition: form-data; name=username; filename*=utf-16''x",
        'Content-Disposition: form-data;\r\n name="username";\r\n charset="utf-7"',
    ],
)
def test_a_part_in_another_charset_is_refused(header: str) -> None:
    body = f"--{BOUNDARY}\r\n{header}\r\n\r\nabc\r\n--{BOUNDARY}--\r\n"
    refused(send(body, MULTIPART_CONTENT), 415)


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
@pytest.mark.parametrize("kind", [FORM, MULTIPART_CONTENT])
def test_utf_8_is_taken(client: Client, kind: str, charset: str) -> None:
    values = {"username": "ünknown", "password": "Content-Type: text/plain; charset=punycode"}
    body = "username=%C3%BCnknown&password=x" if kind == FORM else encode_multipart(BOUNDARY, values)
    response = client.generic("POST", LOGIN, body, f"{kind}; charset={charset}")
    assert response.status_code == 200
    assert "ünknown" in response.text


def test_what_is_too_large_is_a_413_with_a_page() -> None:
    response = send("x" * 2_600_000, FORM, HTTP_ACCEPT_LANGUAGE="de")
    refused(response, 413)
    assert "Auf einmal können höchstens 2,5 MB gesendet werden" in response.text


def test_what_does_not_state_its_size_is_a_411() -> None:
    refused(send("a=b", FORM, HTTP_TRANSFER_ENCODING="chunked"), 411)
    refused(send("a=b", FORM, CONTENT_LENGTH="1 000"), 400)
    refused(send("a=b", FORM, CONTENT_LENGTH="9" * 5000), 400)
