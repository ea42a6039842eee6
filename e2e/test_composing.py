"""Input methods: nothing is asked, chosen or sent before the word is committed."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Request, expect

from e2e.conftest import Open

ADMIN = "music-admin"


def watch(page: Page) -> list[str]:
    """The requests of the page from now on, but for its files."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/static/" not in request.url:
            asked.append(f"{request.method} {request.url}")

    page.on("request", note)
    return asked


def compose(page: Page, *steps: str) -> None:
    """What an input method shows, one step after the other, in the field that has the focus."""
    protocol = page.context.new_cdp_session(page)
    for text in steps:
        protocol.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        )
        page.wait_for_timeout(60)


def commit(page: Page, text: str) -> None:
    page.context.new_cdp_session(page).send("Input.insertText", {"text": text})


ENTER_OF_SAFARI = """(element) => {
  element.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: element.value }));
  const key = { key: "Enter", code: "Enter", keyCode: 229, which: 229, bubbles: true, cancelable: true };
  element.dispatchEvent(new KeyboardEvent("keydown", key));
}"""


def test_a_list_is_searched_when_the_word_is_committed(open_as: Open) -> None:
    for path in ("/students/", "/staff/"):
        page = open_as(ADMIN, path)
        page.locator("#f-q").focus()
        asked = watch(page)
        compose(page, "k", "か", "かn", "かに")
        page.wait_for_timeout(600)
        assert asked == []
        commit(page, "蟹")
        expect(page).to_have_url(re.compile(r"q=%E8%9F%B9"))
        assert len(asked) == 1


def test_the_palette_asks_and_chooses_nothing_while_composing(open_as: Open) -> None:
    page = open_as(ADMIN, "/courses/")
    page.keyboard.press("Control+k")
    field = page.locator("#palette-input")
    expect(field).to_be_focused()
    page.wait_for_timeout(300)
    asked = watch(page)
    compose(page, "s", "st", "stu")
    page.wait_for_timeout(300)
    assert asked == []
    commit(page, "stu")
    option = page.locator("#palette [role=option][aria-selected=true]")
    expect(option).to_be_visible()
    field.evaluate(
        "(element) => element.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true, data: '' }))"
    )
    field.evaluate(ENTER_OF_SAFARI)
    page.wait_for_timeout(300)
    expect(page).to_have_url(re.compile(r"/courses/(\?in=.*)?$"))
    expect(page.locator("#palette")).to_be_visible()


def test_keys_that_belong_to_the_input_method_press_nothing(open_as: Open) -> None:
    page = open_as(ADMIN, "/students/new/")
    asked = watch(page)
    field = page.locator("[name=first_name]")
    for key in ("Enter", "Escape", "n", "/"):
        field.evaluate(
            """(element, key) => element.dispatchEvent(new KeyboardEvent("keydown",
              { key, keyCode: 229, ctrlKey: key === "Enter", bubbles: true, cancelable: true }))""",
            key,
        )
    page.wait_for_timeout(300)
    assert asked == []
    expect(page).to_have_url(re.compile(r"/students/new/(\?in=.*)?$"))


def test_what_is_composed_is_kept_as_a_draft_and_guarded_once_committed(open_as: Open) -> None:
    page = open_as(ADMIN, "/students/new/")
    page.locator("[name=first_name]").focus()
    asked = watch(page)
    compose(page, "ㅁ", "미", "민")
    page.wait_for_timeout(1_800)
    assert asked == []
    expect(page.locator("[data-dirty]")).to_be_hidden()
    with page.expect_request("**/desk/drafts/") as kept:
        commit(page, "민준")
        expect(page.locator("[data-dirty]")).to_be_visible()
    assert "first_name=%EB%AF%BC%EC%A4%80" in (kept.value.post_data or "")


def test_on_android_latin_words_are_searched_while_they_are_typed(open_as: Open) -> None:
    """Its keyboards compose every word; other scripts wait there too."""
    agent = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/124.0 Mobile Safari/537.36"
    page = open_as(ADMIN, "/students/", user_agent=agent)
    page.locator("#f-q").focus()
    compose(page, "a", "an", "ana")
    expect(page).to_have_url(re.compile(r"q=ana(&|$)"))
    page = open_as(ADMIN, "/students/", user_agent=agent)
    page.locator("#f-q").focus()
    asked = watch(page)
    compose(page, "か", "かに")
    page.wait_for_timeout(600)
    assert asked == []
