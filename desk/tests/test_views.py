"""Saved views: kept, shared, opened by default, and only one's own changed."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Role
from crud.testing import dom, text_of
from desk.factories import SavedViewFactory
from desk.models import SavedView
from desk.services import tidy
from programs.factories import AssignmentFactory
from programs.scope import use_program

PAGE = "students:student-list"
SAVE = "/desk/views/save/"


@pytest.fixture
def mine(client_for, program) -> Any:
    return client_for("program_coordinator", program)


def kept(program: Any) -> list[tuple[str, str, list[str], bool]]:
    with use_program(program):
        return list(
            SavedView.objects.order_by("name").values_list("name", "query", "shared_with", "is_default")
        )


def save(client: Any, name: str, query: str = "status=active", **more: Any) -> Any:
    return client.post(SAVE, {"page": PAGE, "query": query, "name": name, **more})


def view_of(client: Any, program: Any, **fields: Any) -> SavedView:
    with use_program(program):
        return SavedViewFactory(user=client.user, **fields)


def menu(client: Any, url: str = "/students/", **extra: Any) -> str:
    response = client.get(url, **extra)
    assert response.status_code == 200, response.status_code
    page = dom(response)
    (dialog,) = page.select("#pop-views")
    for entry in (*dialog.select("[data-view-save], [data-view-save] ~ *"),):
        entry.decompose()  # what every menu of views offers
    return f"{page.select_one('button:has(+ #pop-views)')}{dialog}"


def test_a_view_is_saved_and_is_its_address(mine, program):
    response = save(mine, "Active ones", "status=active&q=an&page=3")
    assert (response.status_code, response.url) == (302, "/students/?q=an&status=active")
    assert kept(program) == [("Active ones", "q=an&status=active", [], False)]
    shown = menu(mine)
    assert 'href="/students/?q=an&amp;status=active"' in shown and "Active ones" in shown
    # In whatever order the address is written, it is this view.
    here = menu(mine, "/students/?status=active&q=an")
    assert 'aria-current="true"' in here and ">Views<" not in here
    assert 'aria-current="true"' not in menu(mine, "/students/?status=active")


def test_the_form_carries_the_list_as_it_is(mine):
    page = mine.get("/students/?status=active&q=an").text
    link = dom(page).select_one('a.menu-item[href^="/desk/views/save/"]')["href"]
    assert link == f"/desk/views/save/?page={PAGE}&query=q%3Dan%26status%3Dactive"
    form = mine.get(link)
    assert form.status_code == 200
    assert 'name="query" value="q=an&amp;status=active"' in form.text


def test_one_of_the_same_name_is_replaced(mine, program):
    save(mine, "Mine", "status=active")
    save(mine, "Mine", "status=inactive", is_default="on")
    assert kept(program) == [("Mine", "status=inactive", [], True)]


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\0b"], ids=["nothing", "spaces", "too long", "NUL"])
def test_a_view_needs_a_name(mine, program, name):
    response = save(mine, name)
    assert response.status_code == 422
    assert text_of(dom(response).title).startswith("Error: ")
    assert kept(program) == []


def test_names_are_escaped(mine, program):
    save(mine, "<script>alert(1)</script>")
    for url in ("/students/", f"/desk/views/?page={PAGE}"):
        page = mine.get(url).text
        assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    "page", ["", "x", "students:student-detail", "admin:index", "students:none-list", "-list"]
)
def test_a_list_that_is_none_is_a_404(mine, page):
    for response in (mine.get(SAVE, {"page": page}), mine.post(SAVE, {"page": page, "name": "x"})):
        assert response.status_code == 404
    assert mine.get("/desk/views/", {"page": page}).status_code == 404


@pytest.mark.parametrize("query", ["q=" + "x" * 3000, "q=" + "ü" * 1500], ids=["long", "long when quoted"])
def test_an_address_too_long_to_keep_is_refused(mine, program, query):
    assert save(mine, "Long", query).status_code == 400
    assert kept(program) == []


def test_a_view_is_shared_with_a_role_and_only_with_it(mine, tutor, client_for, program):
    save(mine, "For tutors", shared_with="tutor")
    save(mine, "For admins", shared_with="program_admin")
    save(mine, "Private")
    assert "For tutors" in menu(tutor) and "Shared by" in menu(tutor)
    assert "For admins" not in menu(tutor) and "Private" not in menu(tutor)
    assert "For admins" in menu(client_for("program_admin", program))
    # The list opens with it: a view is an address.
    assert tutor.get("/students/?status=active").status_code == 200


def test_a_view_is_shared_with_several_roles(mine, tutor, client_for, program):
    save(mine, "For both", shared_with=["tutor", "program_admin"])
    save(mine, "For nobody")
    assert kept(program) == [
        ("For both", "status=active", ["tutor", "program_admin"], False),
        ("For nobody", "status=active", [], False),
    ]
    for other in (tutor, client_for("program_admin", program)):
        assert "For both" in menu(other) and "For nobody" not in menu(other)
    assert "For both" not in menu(client_for("program_coordinator", program))
    assert "Shared with: Program admin, Tutor" in mine.get("/desk/views/", {"page": PAGE}).text


@pytest.mark.parametrize(
    "query",
    [
        "missing=contact",
        "archived=1",
        "age_from=x",
        "status=gone",
        "colour=red",
        "sort=secret",
        "q=" + "x" * 101,
    ],
)
def test_a_view_that_its_reader_may_not_run_is_not_offered(mine, tutor, program, query):
    """A tutor may not ask who lacks a contact, and has no archive; the others nobody can ask."""
    view = view_of(mine, program, name="Out of reach", query=query, shared_with=["tutor"])
    view_of(tutor, program, name="Mine", query=query, is_default=True)
    assert tutor.get("/students/").status_code == 200
    assert "Out of reach" not in menu(tutor) and "Mine" not in menu(tutor)
    page = tutor.get("/desk/views/", {"page": PAGE}).text
    assert "Out of reach" not in page
    assert "can’t be opened any more" in page  # one's own, to be deleted
    may = query in ("missing=contact", "archived=1")
    assert ("Out of reach" in menu(mine)) is may
    assert view.name in mine.get("/desk/views/", {"page": PAGE}).text


def test_who_may_not_share_can_not(tutor, mine, program):
    form = tutor.get(SAVE, {"page": PAGE})
    assert "shared_with" not in form_names(form)
    save(tutor, "Mine alone", shared_with="tutor")
    assert kept(program) == [("Mine alone", "status=active", [], False)]
    assert "shared_with" in form_names(mine.get(SAVE, {"page": PAGE}))
    assert save(mine, "Wrong", shared_with=Role.SUPER_ADMIN).status_code == 422


def form_names(response: Any) -> set[str]:
    return {name for name in ("shared_with", "is_default", "name") if f'name="{name}"' in response.text}


def test_the_default_opens_from_elsewhere_alone(mine, program):
    view_of(mine, program, query="status=inactive", is_default=True)
    for referer in ("http://testserver/", "http://testserver/facilities/", ""):
        response = mine.get("/students/", headers={"Referer": referer} if referer else {})
        assert (response.status_code, response.headers.get("Location")) == (
            302,
            "/students/?status=inactive",
        )
    # From the list itself, and with any filter, the address means what it says.
    assert mine.get("/students/", headers={"Referer": "http://testserver/students/?q=a"}).status_code == 200
    assert mine.get("/students/?status=active").status_code == 200
    assert mine.get("/students/", headers={"HX-Request": "true"}).status_code == 200
    assert mine.get("/facilities/").status_code == 200


@pytest.mark.parametrize("query", ["archived=1", "status=gone", "colour=red"])
def test_a_default_that_the_list_no_longer_answers_does_not_lock_it(tutor, program, query):
    """A tutor has no tab of archived rows: a view kept before the role changed leads nowhere."""
    view_of(tutor, program, query=query, is_default=True)
    assert tutor.get("/students/").status_code == 200


def test_a_default_that_others_share_does_not_open(mine, tutor, program):
    view_of(mine, program, query="status=inactive", is_default=True, shared_with=["tutor"])
    assert tutor.get("/students/").status_code == 200


def test_there_is_one_default(mine, program):
    save(mine, "First", is_default="on")
    save(mine, "Second", "status=inactive", is_default="on")
    assert [(name, default) for name, _, _, default in kept(program)] == [("First", False), ("Second", True)]


@pytest.mark.parametrize(
    ("do", "left"), [("default", [("V", True)]), ("plain", [("V", False)]), ("delete", [])]
)
def test_one_changes_the_own_ones(mine, program, do, left):
    view = view_of(mine, program, name="V", is_default=do == "plain")
    response = mine.post(f"/desk/views/{view.pk}/", {"do": do})
    assert (response.status_code, response.url) == (302, f"/desk/views/?page={PAGE}")
    assert [(name, default) for name, _, _, default in kept(program)] == left


def test_an_unknown_change_is_a_400(mine, program):
    view = view_of(mine, program)
    assert mine.post(f"/desk/views/{view.pk}/", {"do": "share"}).status_code == 400


def test_what_others_share_can_be_opened_and_not_changed(mine, tutor, program):
    view = view_of(mine, program, name="Theirs", shared_with=["tutor"])
    page = tutor.get("/desk/views/", {"page": PAGE}).text
    assert "Theirs" in page and f"/desk/views/{view.pk}/" not in page
    assert f"/desk/views/{view.pk}/" in mine.get("/desk/views/", {"page": PAGE}).text
    for do in ("delete", "default", "plain"):
        assert tutor.post(f"/desk/views/{view.pk}/", {"do": do}).status_code == 404
    assert [name for name, *_ in kept(program)] == ["Theirs"]


def test_the_same_name_of_somebody_else_is_another_view(mine, tutor, program):
    save(mine, "Same", "status=active", shared_with="tutor")
    save(tutor, "Same", "status=inactive")
    assert [(name, query) for name, query, *_ in sorted(kept(program), key=lambda v: v[1])] == [
        ("Same", "status=active"),
        ("Same", "status=inactive"),
    ]


def test_views_of_another_program_are_never_there(mine, program, other_program):
    AssignmentFactory(user=mine.user, program=other_program)
    foreign = view_of(mine, other_program, name="Elsewhere", query="status=inactive", is_default=True)
    assert mine.get("/students/").status_code == 200  # its default is none of ours
    assert "Elsewhere" not in menu(mine)
    assert "Elsewhere" not in mine.get("/desk/views/", {"page": PAGE}).text
    assert mine.post(f"/desk/views/{foreign.pk}/", {"do": "delete"}).status_code == 404
    assert [name for name, *_ in kept(other_program)] == ["Elsewhere"]
    save(mine, "Elsewhere")
    assert len(kept(program)) == len(kept(other_program)) == 1


def test_the_menu_costs_one_query(mine, program, django_assert_max_num_queries):
    for number in range(5):
        view_of(mine, program, name=f"V{number}")
    mine.get("/students/")
    with django_assert_max_num_queries(12):
        menu(mine)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("?b=2&a=1", "a=1&b=2"),
        ("a=1&page=7", "a=1"),
        ("a=&b=2", "b=2"),
        ("t=x&t=a", "t=a&t=x"),
        ("q=a+b%26c", "q=a+b%26c"),
    ],
)
def test_two_addresses_of_the_same_list_are_the_same_text(query, expected):
    assert tidy(query) == expected
