"""The field of a foreign key: a select of few rows, else a search."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.forms import modelform_factory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import crud
from courses.factories import CourseFactory, CurriculumFactory
from courses.models import Course, Curriculum
from crud.forms.row_picker import MAX_OPTIONS, RowField
from crud.lists.matches import MAX_MATCHES
from crud.testing import dom, form_data, row_names, texts_of
from programs.models import Program
from programs.scope import use_program
from programs.testing import PageClient
from students.factories import StudentFactory

pytestmark = pytest.mark.urls("crud.tests.picker_urls")

HTMX = {"HX-Request": "true"}
NEW = "/plans/new/"
CHOICES = "/courses/choices/"


def make_courses(program: Program, count: int, name: str = "Course") -> list[Course]:
    with use_program(program):
        return Course.objects.bulk_create(Course(name=f"{name} {n:04}", level=n % 5) for n in range(count))


@pytest.fixture
def many(program: Program) -> list[Course]:
    return make_courses(program, 2_000)


@pytest.fixture
def plan(program: Program, many: list[Course]) -> Curriculum:
    with use_program(program):
        return CurriculumFactory(name="The plan", course=many[7])


def edit(plan: Curriculum) -> str:
    return f"/plans/{plan.pk}/edit/"


def stored(plan: Curriculum) -> str:
    with use_program(plan.program):
        return Curriculum.objects.select_related("course").get(pk=plan.pk).course.name


def picker_of(page: Any, name: str = "course") -> dict[str, str]:
    """What the inputs of a row picker hold."""
    values = form_data(page)
    return {part: values[f"{name}{part}"] for part in ("", "-text", "-chosen")}


# ---- what a page holds


def test_a_page_holds_none_of_2000_rows(admin: PageClient, many: list[Course]) -> None:
    page = admin.get(NEW)
    assert page.status_code == 200
    assert "Course 0" not in page.text
    assert not dom(page).select("[name=course] option")
    assert picker_of(page) == {"": "", "-text": "", "-chosen": ""}
    assert dom(page).select("script[src$='js/picker.js'][defer]")
    control = dom(page).select_one("#id_course")
    assert control is not None
    assert (control["role"], control["aria-expanded"], control["aria-controls"], control["hx-get"]) == (
        "combobox",
        "false",
        "id_course-list",
        CHOICES,
    )
    assert texts_of(page, "label[for=id_course]") == ["Course"]


def test_the_form_of_a_row_holds_the_chosen_one_alone(
    admin: PageClient, many: list[Course], plan: Curriculum
) -> None:
    page = admin.get(edit(plan))
    assert picker_of(page) == {"": str(many[7].pk), "-text": "Course 0007", "-chosen": "Course 0007"}
    others = [course for course in many if course.name in page.text or str(course.pk) in page.text]
    assert others == [many[7]]


def test_up_to_50_rows_are_a_select(admin: PageClient, program: Program) -> None:
    courses = make_courses(program, MAX_OPTIONS)
    page = admin.get(NEW)
    options = texts_of(page, "select[name=course] option")
    assert sorted(options) == ["Choose…", *(course.name for course in courses)]
    assert not dom(page).select("main [role=combobox], script[src$='js/picker.js']")
    make_courses(program, 1, "One more")
    assert dom(admin.get(NEW)).select("#id_course[role=combobox]")


def test_a_select_tells_rows_of_one_name_apart(admin: PageClient, program: Program) -> None:
    with use_program(program):
        CourseFactory(name="Stroke", level=1)
        CourseFactory(name="Stroke", level=2)
    assert sorted(texts_of(admin.get(NEW), "select[name=course] option")) == [
        "Choose…",
        "Stroke · Level 1",
        "Stroke · Level 2",
    ]


def test_the_number_of_queries_does_not_grow(admin: PageClient, program: Program) -> None:
    counts = []
    admin.get(NEW)
    for number in (60, 600):
        make_courses(program, number, f"Of {number}")
        with CaptureQueriesContext(connection) as sent:
            admin.get(NEW)
        reads = [query["sql"] for query in sent if 'FROM "courses"' in query["sql"]]
        assert len(reads) == 2  # one for each of the two fields
        assert all(f"LIMIT {MAX_OPTIONS + 1}" in sql for sql in reads)
        counts.append(len(sent))
    assert counts[0] == counts[1]


# ---- the search


def found(client: PageClient, text: str, **more: str) -> list[str]:
    answer = client.get(CHOICES, {"q": text, **more}, headers=HTMX)
    assert answer.status_code == 200
    return [str(option["data-label"]) for option in dom(answer).select("[role=option]")]


def test_the_search_is_that_of_the_list(admin: PageClient, program: Program, many: list[Course]) -> None:
    with use_program(program):
        accents = CourseFactory(name="Élan für Käthe", level=3)
    assert found(admin, "kathe elan") == [accents.name]
    assert found(admin, "Course 1999") == ["Course 1999"]
    assert found(admin, "course 00") == row_names(admin.get("/courses/?q=course+00"))[:MAX_MATCHES]
    answer = admin.get(CHOICES, {"q": "elan"}, headers=HTMX)
    assert texts_of(answer, "[role=option] small") == ["Level 3"]


def test_at_most_20_rows_come_and_the_rest_is_told(admin: PageClient, many: list[Course]) -> None:
    answer = admin.get(CHOICES, {"q": "course"}, headers=HTMX)
    assert len(dom(answer).select("[role=option]")) == MAX_MATCHES
    assert texts_of(answer, "p") == ["There are more. Type more of the name to find them."]
    assert dom(answer).select("[role=listbox][data-said='20 results']")
    assert len(found(admin, "")) == MAX_MATCHES
    assert len(answer.content) < 6_000
    nothing = admin.get(CHOICES, {"q": "zzz"}, headers=HTMX)
    assert texts_of(nothing, "p") == ["Nothing found for “zzz”"]


def test_rows_of_another_program_are_never_found(
    admin: PageClient, program: Program, other_program: Program, many: list[Course]
) -> None:
    (foreign,) = make_courses(other_program, 1, "Foreign")
    for text in ("foreign", foreign.name, str(foreign.pk)):
        assert found(admin, text) == []
    answers = {}
    for key, name in ((foreign.pk, foreign.name), (uuid.UUID(int=7), "Nowhere")):
        page = admin.post(NEW, {**form_data(admin.get(NEW)), "name": "P", "course": str(key)})
        typed = admin.post(NEW, {**form_data(admin.get(NEW)), "name": "P", "course-text": name})
        assert page.status_code == typed.status_code == 422
        answers[name] = [
            *(
                text.replace(name, "…")
                for text in texts_of(page, ".errorlist") + texts_of(typed, ".errorlist")
            ),
        ]
        assert len(typed.context["form"].errors["course"]) == 1
    assert answers[foreign.name] == answers["Nowhere"]


def test_archived_rows_are_not_found(admin: PageClient, program: Program, many: list[Course]) -> None:
    with use_program(program):
        Course.objects.filter(pk=many[3].pk).update(deleted_at=timezone.now())
    assert found(admin, "Course 0003") == []


def test_only_who_may_view_the_rows_may_search(program: Program, client_for: Any, monkeypatch: Any) -> None:
    make_courses(program, 60)
    client = client_for("tutor", program)
    assert client.get(CHOICES, headers=HTMX).status_code == 200
    monkeypatch.setitem(
        __import__("accounts.roles", fromlist=["RIGHTS"]).RIGHTS["tutor"], "courses.course", frozenset()
    )
    assert client.get(CHOICES, headers=HTMX).status_code == 403


def test_without_the_right_to_view_a_form_offers_nothing(program: Program, rf: Any) -> None:
    courses = make_courses(program, 60)
    request = rf.get("/")
    request.user, request.program = AnonymousUser(), program
    posted = {"name": "P", "course": str(courses[0].pk)}
    with use_program(program):
        for data in (posted, {**posted, "course": "", "course-text": courses[0].name}):
            form = crud.modelform(Curriculum, ["name", "course"])(data, request=request)
            assert set(form.errors) == {"course"}
            assert courses[0].name not in str(form["course"]).replace(f'"{courses[0].name}"', "")


def test_the_choices_may_be_limited(admin: PageClient, many: list[Course], monkeypatch: Any) -> None:
    remote: Any = Curriculum._meta.get_field("course").remote_field
    monkeypatch.setattr(remote, "limit_choices_to", {"level": 4})
    name = "courses.curriculum.course"
    assert found(admin, "course 000", **{"for": name}) == ["Course 0004", "Course 0009"]
    for unknown in (
        "",
        "x",
        "courses.curriculum.name",
        "courses.course.name",
        "a.b.c",
        "students.student.course",
    ):
        assert admin.get(CHOICES, {"q": "c", "for": unknown}, headers=HTMX).status_code == 404


@pytest.mark.parametrize("text", ["\0", "a\0b", "x" * 5_000, "%", "' OR 1=1", "🏊" * 30, " ", "ﷺ" * 200])
def test_a_search_that_makes_no_sense_finds_nothing(admin: PageClient, many: list[Course], text: str) -> None:
    assert admin.get(CHOICES, {"q": text}, headers=HTMX).status_code == 200
    assert admin.get(CHOICES, {"q": text}).status_code == 302
    page = form_data(admin.get(NEW))
    for button in ({}, {"search_rows": "course"}):
        answer = admin.post(NEW, {**page, "name": "P", "course-text": text, **button})
        assert answer.status_code == (200 if button else 422)


def test_as_a_page_the_search_is_the_list(admin: PageClient, many: list[Course]) -> None:
    assert admin.get(CHOICES, {"q": "course 0007"}).url.startswith("/courses/?q=course+0007")


# ---- saving


def test_the_chosen_row_is_saved(admin: PageClient, many: list[Course], plan: Curriculum) -> None:
    chosen = {"course": str(many[9].pk), "course-text": "Course 0009", "course-chosen": "Course 0009"}
    assert admin.post(edit(plan), {**form_data(admin.get(edit(plan))), **chosen}).status_code == 302
    assert stored(plan) == "Course 0009"


def test_an_unchanged_form_changes_nothing(admin: PageClient, plan: Curriculum) -> None:
    before = plan.updated_at
    assert admin.post(edit(plan), form_data(admin.get(edit(plan)))).status_code == 302
    with use_program(plan.program):
        assert Curriculum.objects.get(pk=plan.pk).updated_at == before


def test_a_name_that_one_row_has_is_taken(admin: PageClient, program: Program, plan: Curriculum) -> None:
    with use_program(program):
        for level in (1, 2):
            CourseFactory(name="Twice", level=level)
        CourseFactory(name="Course", level=4)  # many begin like this
    form = form_data(admin.get(edit(plan)))
    assert admin.post(edit(plan), {**form, "course-text": "cOURSE 1234 "}).status_code == 302
    assert stored(plan) == "Course 1234"
    form = form_data(admin.get(edit(plan)))
    assert admin.post(edit(plan), {**form, "course-text": "Course"}).status_code == 302
    assert stored(plan) == "Course"
    form = form_data(admin.get(edit(plan)))
    for text, message in (
        ("Twice", "Choose one of the matches for “Twice”."),
        ("Cours", "Choose one of the matches for “Cours”."),
        ("zzz", "Nothing found for “zzz”."),
        ("  ", "This field is required."),
    ):
        answer = admin.post(edit(plan), {**form, "course-text": text})
        assert answer.status_code == 422
        assert texts_of(answer, ".field .errorlist") == [message]
        assert answer.context["form"].errors == {"course": [message]}
        assert dom(answer).select(".alert a[href='#id_course']")
        assert picker_of(answer)["-text"] == text
        assert dom(answer).select_one("#id_course")["aria-invalid"] == "true"  # type: ignore[index]
    assert stored(plan) == "Course"


def test_an_optional_field_is_cleared_by_its_text(admin: PageClient, many: list[Course]) -> None:
    page = {**form_data(admin.get(NEW)), "name": ""}
    chosen = {"course": str(many[0].pk), "course-text": "Course 0000", "course-chosen": "Course 0000"}
    later = {"later": str(many[1].pk), "later-text": "", "later-chosen": "Course 0001"}
    form = admin.post(NEW, {**page, **chosen, **later}).context["form"]
    assert set(form.errors) == {"name"}
    assert (form.cleaned_data["course"].pk, form.cleaned_data["later"]) == (many[0].pk, None)
    assert texts_of(admin.get(NEW), "label[for=id_later]") == ["Course after it Optional"]


def test_an_archived_row_stays_chosen(admin: PageClient, many: list[Course], plan: Curriculum) -> None:
    with use_program(plan.program):
        Course.objects.filter(pk=many[7].pk).update(deleted_at=timezone.now())
    page = admin.get(edit(plan))
    assert picker_of(page)["-text"] == "Course 0007 (archived)"
    assert admin.post(edit(plan), {**form_data(page), "name": "Another name"}).status_code == 302
    with use_program(plan.program):
        assert Curriculum.objects.get(pk=plan.pk).course_id == many[7].pk
    # No other form can choose it.
    answer = admin.post(NEW, {**form_data(admin.get(NEW)), "name": "P", "course": str(many[7].pk)})
    assert answer.status_code == 422


def test_an_archived_row_stays_chosen_in_a_select(admin: PageClient, program: Program) -> None:
    course, _ = make_courses(program, 2)
    with use_program(program):
        plan = CurriculumFactory(course=course)
        Course.objects.filter(pk=course.pk).update(deleted_at=timezone.now())
    page = admin.get(edit(plan))
    assert texts_of(page, "select[name=course] [selected]") == [f"{course.name} (archived)"]
    assert admin.post(edit(plan), {**form_data(page), "name": "Another"}).status_code == 302
    assert f"{course.name} (archived)" not in admin.get(NEW).text


# ---- without a script


def test_without_a_script_a_button_searches_and_a_radio_button_chooses(
    admin: PageClient, program: Program, many: list[Course]
) -> None:
    with use_program(program):
        _, other = (CourseFactory(name="Twice", level=level) for level in (1, 2))
    typed = {**form_data(admin.get(NEW)), "name": "Typed", "course-text": "twice"}
    assert dom(admin.get(NEW)).select("button[name=search_rows][value=course]")
    answer = admin.post(NEW, {**typed, "search_rows": "course"})
    assert answer.status_code == 200
    assert not texts_of(answer, ".errorlist")
    assert texts_of(answer, "[data-picker-matches] legend") == ["Matches for “twice”"]
    assert texts_of(answer, "[data-picker-matches] label") == ["Twice · Level 1", "Twice · Level 2"]
    again = form_data(answer)
    assert (again["name"], again["course-text"]) == ("Typed", "twice")
    with use_program(program):
        assert not Curriculum.objects.exists()
    # Without choosing it is an error, and the matches stand there again.
    refused = admin.post(NEW, again)
    assert refused.status_code == 422
    assert len(dom(refused).select("[data-picker-matches] [type=radio]")) == 2
    # As a browser sends it: the hidden input, then the radio button.
    made = admin.post(NEW, {**again, "course": ["", str(other.pk)]})
    assert made.status_code == 302
    with use_program(program):
        assert Curriculum.objects.get().course_id == other.pk


def test_the_button_of_no_such_field_is_a_save(admin: PageClient, many: list[Course]) -> None:
    page = {**form_data(admin.get(NEW)), "name": "P"}
    for name in ("name", "nothing", ""):
        assert admin.post(NEW, {**page, "search_rows": name}).status_code == 422


def test_matches_of_the_button_are_as_few(admin: PageClient, many: list[Course]) -> None:
    page = {**form_data(admin.get(NEW)), "course-text": "course", "search_rows": "course"}
    answer = admin.post(NEW, page)
    assert len(dom(answer).select("[data-picker-matches] [type=radio]")) == MAX_MATCHES
    assert texts_of(answer, "[data-picker-matches] .help") == [
        "There are more. Type more of the name to find them."
    ]


# ---- together with what else forms do


def test_a_conflict_shows_both_rows_and_takes_either(
    admin: PageClient, coordinator: PageClient, many: list[Course], plan: Curriculum
) -> None:
    mine = form_data(admin.get(edit(plan)))
    theirs = {"course": str(many[1].pk), "course-text": "Course 0001", "course-chosen": "Course 0001"}
    assert (
        coordinator.post(edit(plan), {**form_data(coordinator.get(edit(plan))), **theirs}).status_code == 302
    )
    chosen = {"course": str(many[2].pk), "course-text": "Course 0002", "course-chosen": "Course 0002"}
    answer = admin.post(edit(plan), {**mine, **chosen})
    assert answer.status_code == 409
    assert picker_of(answer) == {"": str(many[2].pk), "-text": "Course 0002", "-chosen": "Course 0002"}
    (help_text,) = texts_of(answer, "#id_course_helptext")
    assert "Saved meanwhile: Course 0001" in help_text
    assert "Course 0003" not in answer.text
    assert not dom(answer).select("[name=take][checked]")
    assert admin.post(edit(plan), {**form_data(answer), "take": "course"}).status_code == 302
    assert stored(plan) == "Course 0001"


def test_who_did_not_touch_the_row_takes_the_newer_one(
    admin: PageClient, coordinator: PageClient, many: list[Course], plan: Curriculum
) -> None:
    mine = form_data(admin.get(edit(plan)))
    theirs = {"course": str(many[1].pk), "course-text": "Course 0001", "course-chosen": "Course 0001"}
    coordinator.post(edit(plan), {**form_data(coordinator.get(edit(plan))), **theirs})
    answer = admin.post(edit(plan), {**mine, "name": "Mine"})
    assert [box["value"] for box in dom(answer).select("[name=take][checked]")] == ["course"]


def test_a_form_sent_twice_with_another_row_shows_both(admin: PageClient, many: list[Course]) -> None:
    page = {**form_data(admin.get(NEW)), "name": "P", "course": str(many[0].pk), "course-text": "Course 0000"}
    page["course-chosen"] = "Course 0000"
    assert admin.post(NEW, page).status_code == 302
    assert admin.post(NEW, page).status_code == 302
    answer = admin.post(
        NEW,
        {**page, "course": str(many[5].pk), "course-text": "Course 0005", "course-chosen": "Course 0005"},
    )
    assert answer.status_code == 409
    assert "Course 0000" in answer.text


def test_a_draft_holds_the_row_and_what_was_typed(admin: PageClient, many: list[Course]) -> None:
    page = admin.get(NEW)
    form = dom(page).select_one("#form")
    assert form is not None
    typed = {**form_data(page), "name": "P", "course-text": "cour", "later": str(many[1].pk)}
    typed |= {"later-text": "Course 0001", "later-chosen": "Course 0001"}
    answer = admin.post(str(form["data-draft-url"]), {**typed, "draft_form": str(form["data-draft"])})
    assert answer.status_code < 400
    opened = admin.get(NEW + "?draft=1")
    assert picker_of(opened) == {"": "", "-text": "cour", "-chosen": "cour"}
    assert picker_of(opened, "later") == {
        "": str(many[1].pk),
        "-text": "Course 0001",
        "-chosen": "Course 0001",
    }
    assert not texts_of(opened, ".errorlist")


def test_after_the_session_the_text_is_shown_and_sent_again(many: list[Course], program: Program) -> None:
    typed = {
        "name": "P",
        "course": str(many[0].pk),
        "course-text": "Course 0000",
        "course-chosen": "Course 0000",
    }
    answer = PageClient().post(NEW, typed, program=program)
    assert answer.status_code == 403
    shown = dict(zip(texts_of(answer, "dt"), texts_of(answer, "dd"), strict=True))
    assert shown == {"Name": "P", "Course": "Course 0000"}


def test_what_is_posted_without_a_text_is_a_key(admin: PageClient, many: list[Course]) -> None:
    page = {**form_data(admin.get(NEW)), "name": "P", "course": str(many[4].pk)}
    del page["course-text"], page["course-chosen"]
    assert admin.post(NEW, page).status_code == 302


def test_other_forms_of_django_keep_their_select(program: Program, many: list[Course]) -> None:
    with use_program(program):
        plain = modelform_factory(Curriculum, fields=["course"])()
        kit = crud.modelform(Curriculum, ["course"])()
    assert not isinstance(plain.fields["course"], RowField)
    assert not isinstance(kit.fields["course"], RowField)  # without a request nobody is known who searches


def test_the_addresses_are_those_of_every_entity() -> None:
    assert reverse("students:student-choices") == "/students/choices/"
    assert reverse("facilities:facility-choices") == "/facilities/choices/"


def test_students_are_found_by_what_their_list_finds(admin: PageClient, program: Program) -> None:
    with use_program(program):
        student = StudentFactory(first_name="Zoë", last_name="Quist", phone="+49 151 23456789")
    for text in ("zoe", "quist zoe", student.student_id, "0151 23456"):
        answer = admin.get("/students/choices/", {"q": text}, headers=HTMX)
        assert [option["data-value"] for option in dom(answer).select("[role=option]")] == [str(student.pk)]
        assert texts_of(answer, "[role=option] small")[0].startswith(student.student_id)
    answer = admin.get("/facilities/choices/", {"q": "zoe"}, headers=HTMX)
    assert texts_of(answer, "[role=option]") == []
