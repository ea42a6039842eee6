"""Academy below a path of a host: a server started with SCRIPT_NAME=/academy, and what people do on it."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from academy.demo.catalogue import PASSWORD
from e2e import pages
from e2e.conftest import Academy, watch
from e2e.server import environment_of, gunicorn

BASE = "/academy"
# Every address in a page that begins at the top of the host, but not below the path.
OUTSIDE = re.compile(
    rf"""\s(?:href|src|action|formaction|content|data-(?!key=)[\w-]+|hx-(?:get|post|push-url))=["'](/(?!/|{BASE[1:]}/)[^"']*)["']"""
)


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mails")


@pytest.fixture(scope="module")
def url(academy: Academy, mails: Path) -> Iterator[str]:
    """The address of a server below the path, with the demo of the other browser tests."""
    with gunicorn(environment_of(academy.dsn, SCRIPT_NAME=BASE, EMAIL_URL=f"filemail:///{mails}")) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def context(academy: Academy, url: str) -> Iterator[BrowserContext]:
    wrong: list[str] = []
    with academy.browser.new_context(base_url=url) as context:
        watch(context, wrong)
        yield context
    assert wrong == []


def sign_in(context: BrowserContext, user: str) -> Page:
    page = context.new_page()
    page.goto(f"{BASE}/")
    page.wait_for_url(f"**{BASE}/accounts/login/?next={BASE}/")
    page.locator("[name=username]").fill(user)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(re.compile(rf"{BASE}/(\?|$)"))
    return page


def test_cookies_are_for_the_path_alone(context: BrowserContext) -> None:
    page = sign_in(context, "coordinator")
    page.goto(f"{BASE}/accounts/profile/")
    page.locator("[name=theme][value=dark]").check(force=True)
    with page.expect_response(lambda response: response.request.method == "POST") as saved:
        page.locator(
            "form:has([name=theme]) button[type=submit], form:has([name=theme]) button:not([type])"
        ).first.click()
    # Also the cookie with the message, which the next page deletes.
    sent = [
        header["value"] for header in saved.value.headers_array() if header["name"].lower() == "set-cookie"
    ]
    assert any(cookie.startswith("messages=") for cookie in sent), sent
    assert [cookie for cookie in sent if f"Path={BASE}/;" not in f"{cookie};"] == []
    page.wait_for_load_state()
    cookies = {cookie["name"]: cookie["path"] for cookie in context.cookies()}
    assert {"sessionid", "csrftoken"} <= set(cookies)
    assert set(cookies.values()) == {f"{BASE}/"}, cookies


def test_no_page_leads_out_of_the_path(academy: Academy, context: BrowserContext) -> None:
    with academy.working():
        pages.prepare()
        visits = [visit for visit in pages.visits() if visit.user in (pages.USER, "")]
    sign_in(context, pages.USER)
    found, files = [], set()
    for visit in visits:
        answer = context.request.get(f"{BASE}{visit.path}")
        if answer.status == 405:
            continue
        text = answer.text()
        found += [f"{visit.path}: {address}" for address in OUTSIDE.findall(text)]
        files |= set(re.findall(rf'(?:href|src)="({BASE}/static/[^"#]+)', text))
        if visit.user == pages.USER:
            assert answer.status == visit.status, visit.path
    assert found == []
    assert len(files) > 10
    assert {path: context.request.get(path).status for path in files} == dict.fromkeys(files, 200)
    manifest = next(path for path in files if "manifest" in path)
    assert context.request.get(manifest).json()["start_url"] == "../"


def test_what_people_do_works(context: BrowserContext) -> None:
    page = sign_in(context, "coordinator")
    # The program is switched, with a script and from the palette.
    page.locator("[popovertarget=pop-program]:visible").first.click()
    with page.expect_navigation():  # sent by a script, so the click does not wait for it
        page.locator("#pop-program button:has-text('Football')").click()
    page.wait_for_url(re.compile(rf"{BASE}/(\?|$)"))
    expect(page.locator("[popovertarget=pop-program]:visible").first).to_contain_text("Football")
    # A list is searched by HTMX, and keeps its address.
    page.goto(f"{BASE}/students/")
    page.locator("#f-q").press_sequentially("an")
    page.wait_for_url(re.compile(rf"{BASE}/students/\?q=an"))
    # A student is added, changed, archived and brought back.
    page.goto(f"{BASE}/students/new/")
    page.locator("[name=first_name]").fill("Below")
    page.locator("[name=last_name]").fill("Apath")
    page.locator("[data-save]").click()
    page.wait_for_url(re.compile(rf"{BASE}/students/[0-9a-f-]{{36}}/(\?|$)"))
    path = re.sub(r"\?.*", "", page.url[page.url.index(BASE) :])
    here = re.compile(rf"{path}(\?|$)")
    page.locator(f"a[href^='{path}edit/']").first.click()
    page.locator("[name=city]").fill("Leeds")
    page.locator("[data-save]").click()
    page.wait_for_url(here)
    page.locator("[popovertarget=pop-object]").click()
    page.locator("a[href*='/archive/']").first.click()
    page.locator(
        "dialog[open] form[method=dialog] button[value=ok], dialog[open] button.danger"
    ).first.click()
    page.wait_for_url(f"**{BASE}/students/**")
    page.locator(".toast button:has-text('Undo')").click()
    page.wait_for_url(here)
    # The palette finds, and leads there.
    page.keyboard.press("Control+k")
    page.locator("#palette-input").press_sequentially("apath")
    page.locator("#palette-list a:has-text('Below Apath')").click()
    page.wait_for_url(here)
    # A course opens its lessons beside the tree.
    page.goto(f"{BASE}/courses/")
    page.locator("main tbody a").first.click()
    page.locator("a[href*='/lessons/']").first.click()
    page.wait_for_url(re.compile(rf"{BASE}/courses/[0-9a-f-]+/lessons/[0-9a-f-]+/"))


def test_the_administration_is_below_the_path_too(context: BrowserContext) -> None:
    page = sign_in(context, "super")
    for path in ("/admin/", "/admin/students/student/", "/admin/students/student/add/", "/admin/history/"):
        page.goto(f"{BASE}{path}")
        assert page.url.endswith(path), page.url
        links = page.locator("a[href^='/']").evaluate_all("links => links.map((a) => a.getAttribute('href'))")
        assert [link for link in links if not link.startswith(f"{BASE}/")] == [], path
    page.goto(f"{BASE}/programs/all/?next=/admin/")
    page.locator("[name=reason]").fill("A look around")
    page.locator("main form button.primary").click()
    page.wait_for_url(f"**{BASE}/admin/**")


def test_links_of_mails_lead_below_the_path(context: BrowserContext, mails: Path) -> None:
    page = context.new_page()
    page.goto(f"{BASE}/accounts/password/reset/")
    page.locator("[name=email]").fill("tutor@example.org")
    page.locator("form.card button.primary").click()
    page.wait_for_url(f"**{BASE}/accounts/password/reset/sent/")
    page.wait_for_timeout(500)
    admin = sign_in(context, pages.USER)
    admin.goto(f"{BASE}/staff/invite/")
    admin.locator("[name=email]").fill("below@example.org")
    admin.locator("main form button.primary").click()
    admin.wait_for_url(lambda there: "/invite/" not in there)
    texts: list[str] = []
    for _ in range(100):  # they are sent after the answers
        texts = [path.read_text() for path in mails.iterdir()]
        if len(texts) == 2:
            break
        page.wait_for_timeout(100)
    assert len(texts) == 2
    links = re.findall(r"https?://[^\s]+", "\n".join(texts))
    kinds = {
        re.sub(r"(reset|invitations)/.*", r"\1", link.partition(BASE)[2]) for link in links if BASE in link
    }
    assert {"/accounts/password/reset", "/invitations"} <= kinds, links
    assert [link for link in links if f"{BASE}/" not in link] == []
    # The link of the invitation opens it.
    guest = context.browser.new_context(base_url=page.url) if context.browser else None
    assert guest is not None
    opened = guest.new_page()
    opened.goto(next(link for link in links if "/invitations/" in link))
    expect(opened.locator("main")).to_contain_text("Swimming")
    assert opened.url.endswith(f"{BASE}/invitations/accept/"), opened.url
    guest.close()


def test_service_addresses_and_a_proxy_that_takes_the_path_off(url: str) -> None:
    def get(path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=10)
        with closing(connection):
            connection.request("GET", path)
            with connection.getresponse() as answer:
                return answer.status, answer.getheader("Location") or answer.read().decode()

    for path in ("/healthz", "/readyz", f"{BASE}/healthz", f"{BASE}/readyz"):
        assert get(path)[0] == 200, path
    assert get(BASE) == get(f"{BASE}/") == (302, f"{BASE}/accounts/login/?next={BASE}/")
    status, page = get("/accounts/login/")
    assert status == 200 and f'"{BASE}/static/' in page and OUTSIDE.findall(page) == []
    assert get("/academyx/")[0] in (302, 404)
