"""Formatted text, preview, names changed in place, moves between parents, print view and history."""

from __future__ import annotations

import html
import json
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses import services
from courses.changes import LINES
from courses.factories import LessonFactory
from courses.models import Lesson
from courses.outline import LEVELS
from courses.tests.conftest import big_course
from courses.tests.test_services import START
from crud.testing import dom, form_data, text_of
from programs.archive import archive
from programs.scope import use_program

HTMX = {"HTTP_HX_REQUEST": "true"}
HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) **bold**\n\n- one\n- two"
SAFE = "<p>&lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:alert(1)) <strong>bold</strong></p>\n<ul>"


def text(response):
    return html.unescape(response.content.decode())


def own_text(element):
    """The text of an element without that of elements inside it."""
    return "".join(element.find_all(string=True, recursive=False)).strip()


def triggers(response):
    return json.loads(response["HX-Trigger"])


def write(tree, row, **values):
    with use_program(tree.program):
        type(row).objects.filter(pk=row.pk).update(**values)


# --- formatted text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["", "lessons/{steps}/", "modules/{breath}/", "curricula/{water}/", "print/"]
)
def test_texts_are_shown_formatted_and_safe(tutor, tree, path):
    write(tree, tree.steps, content=HOSTILE)
    for row in (tree.course, tree.water, tree.breath):
        write(tree, row, description=HOSTILE)
    url = tree.url + path.format(steps=tree.steps.pk, breath=tree.breath.pk, water=tree.water.pk)
    page = tutor.get(url).content.decode()
    assert SAFE in page
    assert page.count(SAFE) == (4 if path == "print/" else 1)


def panel(tree):
    return f"{tree.url}lessons/{tree.steps.pk}/"


def values_of(response):
    """What the form in the panel would post."""
    return form_data(response, "edit")


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_preview_shows_what_is_typed_and_saves_nothing(admin, tree, fresh, headers):
    values = values_of(admin.get(panel(tree)))
    typed = {**values, "name": "Steps in", "duration_minutes": "90", "content": "Hold\nthe **rail**."}
    response = admin.post(panel(tree), {**typed, "mode": "preview"}, **headers)
    assert response.status_code == 200
    page = response.content.decode()
    assert "<p>Hold<br>\nthe <strong>rail</strong>.</p>" in page and "Preview · 1 h 30 min" in page
    assert "<textarea" not in page and 'data-guard="dirty"' in page
    assert fresh(tree.steps).name == "Steps"

    kept = {**values_of(response), "csrfmiddlewaretoken": typed["csrfmiddlewaretoken"]}
    assert {name: kept[name] for name in typed} == typed  # the version, too
    again = admin.post(panel(tree), {**kept, "mode": "edit"}, **headers)
    assert values_of(again)["content"] == "Hold\nthe **rail**."
    assert admin.post(panel(tree), kept, **headers).status_code in {200, 302}
    assert (fresh(tree.steps).name, fresh(tree.steps).duration_minutes) == ("Steps in", 90)


def test_preview_of_what_is_saved_is_not_unsaved(admin, tree):
    values = values_of(admin.get(panel(tree)))
    assert 'data-guard=""' in admin.post(panel(tree), {**values, "mode": "preview"}, **HTMX).content.decode()


def test_preview_hides_no_change_of_somebody_else(admin, coordinator, tree, fresh):
    values = values_of(admin.get(panel(tree)))
    theirs = {**values, "name": "Theirs"}
    assert coordinator.post(panel(tree), theirs).status_code == 302
    looked = admin.post(panel(tree), {**values, "name": "Mine", "mode": "preview"}, **HTMX)
    response = admin.post(panel(tree), values_of(looked), **HTMX)
    assert response.status_code == 409 and "Saved meanwhile: Theirs" in text(response)
    assert fresh(tree.steps).name == "Theirs"


def test_preview_of_what_is_wrong_says_nothing_yet_and_keeps_it(admin, tree):
    values = values_of(admin.get(panel(tree)))
    wrong = {**values, "name": "", "duration_minutes": "soon", "mode": "preview"}
    response = admin.post(panel(tree), wrong, **HTMX)
    assert response.status_code == 200 and "errorlist" not in text(response)
    assert values_of(response)["duration_minutes"] == "soon"


def test_what_is_too_long_to_save_is_not_formatted_either(admin, tree, fresh):
    values = values_of(admin.get(panel(tree)))
    long = {**values, "content": "[a](" * 125_000, "mode": "preview"}  # half a million characters
    began = time.process_time()
    response = admin.post(panel(tree), long, **HTMX)
    assert time.process_time() - began < 3
    assert response.status_code == 422 and "at most 50000 characters" in text(response)
    assert 'id="preview"' not in response.text
    kept = values_of(response)
    assert (kept["content"], kept["version"]) == (long["content"], values["version"])
    assert fresh(tree.steps).content == values["content"]


def test_a_tutor_previews_nothing(tutor, tree):
    assert tutor.post(panel(tree), {"name": "x", "mode": "preview"}).status_code == 403


# --- another name, in place ------------------------------------------------------------------------------


def test_rename_swaps_the_tree_and_tells_the_open_panel(admin, tree, fresh):
    before = values_of(admin.get(panel(tree)))["version"]
    data = {"was": "Steps", "name": " Steps in ", "selected": str(tree.steps.pk)}
    response = admin.post(f"{panel(tree)}rename/", data, **HTMX)
    assert response.status_code == 200 and fresh(tree.steps).name == "Steps in"
    news = triggers(response)["tree:renamed"]
    assert triggers(response)["tree:said"] == "Renamed to “Steps in”."
    assert (news["id"], news["was"], news["name"]) == (str(tree.steps.pk), "Steps", "Steps in")
    assert news["before"] == before
    assert news["version"] == values_of(admin.get(panel(tree)))["version"] != before
    assert (
        admin.post(f"{panel(tree)}rename/", data, **HTMX).status_code == 200
    )  # the second of a double click


def test_rename_of_what_was_renamed_meanwhile_is_a_conflict_that_keeps_both(admin, coordinator, tree, fresh):
    url = f"{panel(tree)}rename/"
    assert coordinator.post(url, {"was": "Steps", "name": "Theirs"}).status_code == 302
    for headers in (HTMX, {}):
        response = admin.post(url, {"was": "Steps", "name": "Mine"}, **headers)
        assert response.status_code == 409
        page = text(response)
        assert "“Steps” is called “Theirs” meanwhile. Press Enter to call it “Mine” all the same." in page
        assert 'name="was" value="Theirs"' in page and 'name="name" value="Mine"' in page
    assert fresh(tree.steps).name == "Theirs"
    assert admin.post(url, {"was": "Theirs", "name": "Mine"}, **HTMX).status_code == 200
    assert fresh(tree.steps).name == "Mine"


def test_rename_of_what_was_archived_meanwhile_is_a_conflict(admin, tree, fresh):
    with use_program(tree.program):
        archive(tree.steps)
    response = admin.post(f"{panel(tree)}rename/", {"was": "Steps", "name": "Mine"}, **HTMX)
    assert response.status_code == 409
    assert "“Steps” was archived meanwhile, so it was not renamed." in text(response)
    assert fresh(tree.steps).name == "Steps"


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\0b"])
def test_rename_to_what_is_no_name_says_why(admin, tree, fresh, name):
    response = admin.post(f"{panel(tree)}rename/", {"was": "Steps", "name": name}, **HTMX)
    assert response.status_code == 422
    assert 'aria-describedby="rename-error"' in text(response)
    assert fresh(tree.steps).name == "Steps"


# --- between parents -------------------------------------------------------------------------------------


def test_a_node_moves_to_the_parent_before_and_to_the_next(admin, tree, lines):
    url = f"{tree.url}lessons/{tree.swivel.pk}/move/"
    response = admin.post(url, {"step": "next"}, **HTMX)
    assert triggers(response)["tree:said"] == "“Swivel” is now 1.2.1, in “Breath”."
    assert lines()[3:7] == ["1.1.2 Climb", "1.2 Breath", "1.2.1 Swivel", "1.2.2 Bubbles"]
    admin.post(url, {"step": "next"}, **HTMX)
    assert "2.1.1 Swivel" in lines()
    response = admin.post(url, {"step": "next"}, **HTMX)
    assert triggers(response)["tree:said"] == "There is nothing behind it that “Swivel” could move to."
    admin.post(url, {"step": "previous"}, **HTMX)
    assert lines()[4:7] == ["1.2 Breath", "1.2.1 Bubbles", "1.2.2 Swivel"]
    admin.post(url, {"step": "previous"}, **HTMX)
    assert lines()[1:5] == ["1.1 Entering", "1.1.1 Steps", "1.1.2 Climb", "1.1.3 Swivel"]
    response = admin.post(url, {"step": "previous"}, **HTMX)
    assert triggers(response)["tree:said"] == "There is nothing before it that “Swivel” could move to."


def test_a_curriculum_has_no_parent_to_move_to(admin, tree, lines):
    for way in ("previous", "next"):
        assert (
            admin.post(f"{tree.url}curricula/{tree.water.pk}/move/", {"step": way}, **HTMX).status_code == 200
        )
    with use_program(tree.program):
        assert not services.move_to_adjacent_parent(
            course=tree.course, level=LEVELS["curricula"], node_id=tree.water.pk, to_next=True
        )
    assert lines() == START


def test_the_panel_offers_the_parents_that_are_there(admin, tree):
    buttons = "#panel-previous, #panel-next"
    offered = {
        row.name: [
            button["value"] for button in dom(admin.get(f"{tree.url}{kind}/{row.pk}/")).select(buttons)
        ]
        for kind, row in (
            ("lessons", tree.steps),
            ("lessons", tree.bubbles),
            ("modules", tree.glide),
            ("curricula", tree.water),
        )
    }
    assert offered == {"Steps": ["next"], "Bubbles": ["previous", "next"], "Glide": ["previous"], "Water": []}


@pytest.mark.parametrize("way", ["", "sideways"])
def test_another_way_is_a_bad_request(admin, tree, way):
    assert admin.post(f"{panel(tree)}move/", {"step": way}).status_code == 400


def test_totals_follow_each_swap(admin, tree):
    response = admin.post(f"{tree.url}lessons/{tree.steps.pk}/move/", {"step": "next"}, **HTMX)
    summaries = [text_of(summary) for summary in dom(response).select("[data-summary]")]
    assert summaries[:3] == ["2 modules · 4 lessons · 1 h 30 min", "2 lessons · 1 h", "30 min"]
    assert "2 lessons · 30 min" in summaries
    url = f"{tree.url}lessons/{tree.swivel.pk}/"
    values = {**values_of(admin.get(url)), "duration_minutes": "75"}
    response = admin.post(url, values, **HTMX)
    assert "2 modules · 4 lessons · 2 h 15 min" in text(response)
    assert "2 h 15 min" in [text_of(total) for total in dom(response).select("#totals dd")]


# --- on paper --------------------------------------------------------------------------------------------


def test_print_shows_the_whole_course_with_its_program(tutor, tree):
    with use_program(tree.program):
        archive(LessonFactory(module=tree.glide, name="Gone"))
    page = text(tutor.get(f"{tree.url}print/"))
    main = str(dom(page).main)
    headings = [
        (heading.name[1], own_text(heading)) for heading in dom(main).select("h1, h2, h3, h4, h5, h6")
    ]
    assert headings == [("1", "Splash 1"), *((str(2 + line.split()[0].count(".")), line) for line in START)]
    assert main.count("Aim, warm-up, main part, cool-down.") == 4
    assert "<b>Swimming</b>" in main and ">SW</span>" in main
    assert "1 h 30 min" in main and "First steps in the water." in main and "Gone" not in main
    assert f'href="{tree.url}print/"' in tutor.get(tree.url).content.decode()


def test_print_takes_the_same_queries_for_any_size(admin, program):
    counts = []
    admin.get("/courses/")  # the first request of a session notes who was seen
    for size in ((1, 1), (4, 6)):
        with use_program(program):
            course = big_course(*size)
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(f"/courses/{course.pk}/print/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- history ---------------------------------------------------------------------------------------------


def told(client, tree):
    lines = dom(client.get(f"{tree.url}history/", **HTMX)).select("p:has(> span.font-medium)")
    return [text_of(line) for line in lines]


def test_history_tells_what_was_done_to_the_tree_and_by_whom(admin, tree):
    def do(path, **data):
        assert admin.post(tree.url + path, data).status_code == 302

    who = admin.user.full_name
    do("lessons/new/", parent=tree.glide.pk, name="Push off")
    do(f"lessons/{tree.steps.pk}/rename/", was="Steps", name="Stairs")
    do(f"lessons/{tree.bubbles.pk}/move/", step="next")
    do(f"modules/{tree.entering.pk}/archive/")
    do(f"modules/{tree.entering.pk}/restore/")
    values = values_of(admin.get(f"{tree.url}curricula/{tree.water.pk}/"))
    do(f"curricula/{tree.water.pk}/", **{**values, "description": "New."})
    do(f"curricula/{tree.water.pk}/duplicate/")
    assert told(admin, tree)[:7] == [
        f"{who} added the curriculum “Water (copy)” with 3 lessons",
        f"{who} edited the curriculum “Water”",
        f"{who} restored the module “Entering” with 3 lessons",
        f"{who} archived the module “Entering” with 3 lessons",
        f"{who} moved the lesson “Bubbles”",
        f"{who} renamed “Steps” to “Stairs”",
        f"{who} added the lesson “Push off”",
    ]


def test_history_is_of_this_course_alone_and_takes_two_queries(admin, tree):
    with use_program(tree.program):
        other = big_course(3, 5)
    assert not any("Big" in line for line in told(admin, tree))
    url = f"/courses/{other.pk}/history/"
    with CaptureQueriesContext(connection) as queries:
        assert admin.get(url, **HTMX).status_code == 200
    assert sum("_history" in query["sql"] for query in queries) == 1


def test_older_pages_of_the_history_tell_each_line_once_and_undo_nothing(admin, tree):
    was = "Steps"
    for number in range(LINES + 3):
        name = f"Steps {number}"
        assert (
            admin.post(f"{tree.url}lessons/{tree.steps.pk}/rename/", {"was": was, "name": name}).status_code
            == 302
        )
        was = name
    newest = dom(admin.get(f"{tree.url}history/", **HTMX))
    pages = [newest, dom(admin.get(newest.select_one("a[rel=next]")["href"]))]
    while link := pages[-1].select_one("a[rel=next]"):
        pages.append(dom(admin.get(f"{tree.url}history/" + link["href"].rpartition("/")[2])))
    told = [[text_of(line) for line in page.select("p:has(> span.font-medium)")] for page in pages]
    assert len(told[0]) == LINES and all(told)
    renamed = [line for lines in told for line in lines if "renamed" in line]
    assert [line.partition("” to ")[2] for line in renamed] == [
        f"“Steps {number}”" for number in reversed(range(LINES + 3))
    ]
    assert [bool(page.select("li.min-w-0 form")) for page in pages[:2]] == [True, False]
    assert pages[1].select_one("a.btn:not([rel])") and not newest.select_one("a.btn:not([rel])")


@pytest.mark.parametrize("before", ["x", "2026-01-01T00:00:00~1", "2026-01-01T00:00:00+00:00~x", "~1"])
def test_a_malformed_place_in_the_history_is_not_found(admin, tree, before):
    assert admin.get(f"{tree.url}history/", {"before": before}).status_code == 404


def test_history_is_a_page_of_its_own_without_a_script(tutor, tree):
    response = tutor.get(f"{tree.url}history/")
    assert "<html" in text(response) and "History of this course" in text(response)
    assert f'hx-get="{tree.url}history/"' in tutor.get(tree.url).content.decode()
    with use_program(tree.program):
        Lesson.objects.filter(pk=tree.steps.pk).update(name="<b>x</b>")
    assert "<b>x</b>" not in tutor.get(f"{tree.url}history/").content.decode()
