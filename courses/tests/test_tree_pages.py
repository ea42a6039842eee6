"""The page of a course and what can be done on it, with HTMX and without a script."""

from __future__ import annotations

import html
import json
import re
import uuid

import pytest
from django.contrib.messages import get_messages
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from courses.factories import CourseFactory, CurriculumFactory, LessonFactory
from courses.models import Lesson
from courses.tests.conftest import big_course
from courses.tests.test_services import START
from crud.testing import dom, text_of
from programs.archive import archive
from programs.scope import use_program

HTMX = {"HTTP_HX_REQUEST": "true"}


def text(response):
    return html.unescape(response.content.decode())


def said(response):
    return json.loads(response["HX-Trigger"])["tree:said"]


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def swapped(response):
    """The ids of the parts that an answer replaces."""
    return [part["id"] for part in dom(response).select("[id][hx-swap-oob=true]")]


def version(client, url):
    return dom(client.get(url)).select_one("[name=version]")["value"]


# --- the page --------------------------------------------------------------------------------------------


def test_page_shows_the_whole_tree_with_totals(admin, tree):
    page = text(admin.get(tree.url))
    document = dom(page)
    nodes = document.select("#outline div.node")
    titles = [[text_of(node.select_one(part)) for part in (".code", "[data-node]")] for node in nodes]
    assert [" ".join(title) for title in titles] == START
    totals = document.select("#totals > div")
    assert [tuple(text_of(total.select_one(part)) for part in ("dt", "dd")) for total in totals] == [
        ("Curricula", "2"),
        ("Modules", "3"),
        ("Lessons", "4"),
        ("Teaching time", "1 h 30 min"),
    ]
    assert [text_of(heading) for heading in document.select("h1")] == ["Splash 1"]
    assert [text_of(link) for link in document.select("h3 > a")] == ["Water", "Floating"]
    assert [text_of(link) for link in document.select("h4 > a")] == ["Entering", "Breath", "Glide"]
    assert "Level 1" in page and "First steps in the water." in page
    assert ' style="' not in page and "<script>" not in page and " onclick" not in page


def test_page_takes_the_same_number_of_queries_for_a_small_and_a_large_course(admin, program):
    counts = []
    admin.get("/courses/")  # the first request of a session notes who was seen
    for size in ((1, 1), (4, 6)):
        with use_program(program):
            course = big_course(*size)
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(f"/courses/{course.pk}/").status_code == 200
        counts.append(len(queries))
        tables = [
            q["sql"] for q in queries if re.search(r'FROM "(courses|curricula|modules|lessons)"', q["sql"])
        ]
        assert len(tables) == 4
        assert not any('"content"' in sql for sql in tables)
    assert counts[0] == counts[1]


def test_page_without_rights_to_change_shows_no_editor(tutor, tree):
    for url in (tree.url, f"{tree.url}lessons/{tree.steps.pk}/"):
        page = text(tutor.get(url))
        main = str(dom(page).main)
        assert "<form" not in main and "data-grip" not in main and "sortable.js" not in page
    assert "Aim, warm-up, main part, cool-down." in main and "30 min" in main


def test_page_of_a_coordinator_edits_and_adds_but_does_not_archive(coordinator, tree):
    page = text(coordinator.get(f"{tree.url}lessons/{tree.steps.pk}/"))
    assert "data-grip" in page and "data-add" in page and 'id="edit"' in page
    assert "/archive/" not in page and "Archived" not in page


def test_page_opens_a_node_at_its_own_address(admin, tree):
    page = dom(admin.get(f"{tree.url}modules/{tree.breath.pk}/"))
    assert text_of(page.title).startswith("Breath · Splash 1 · ")
    assert [link["id"] for link in page.select("[data-node][aria-current=true]")] == [f"t-{tree.breath.pk}"]
    assert text_of(page.select_one("p#panel-code")) == "Module 1.2 in Water"


def test_node_as_a_part_is_only_the_panel(admin, tree):
    response = admin.get(f"{tree.url}lessons/{tree.steps.pk}/", **HTMX)
    assert swapped(response) == ["panel"]
    assert "HX-Request" in response["Vary"]
    assert swapped(admin.get(tree.url, **HTMX)) == ["panel"]


def test_history_restore_gets_the_whole_page(admin, tree):
    response = admin.get(tree.url, HTTP_HX_REQUEST="true", HTTP_HX_HISTORY_RESTORE_REQUEST="true")
    assert "<html" in text(response)


def test_page_of_an_archived_course_offers_only_to_restore(admin, coordinator, tree):
    admin.post(f"{tree.url}archive/")
    page = text(admin.get(tree.url))
    assert f'action="{tree.url}restore/"' in page and "data-course" not in page
    assert coordinator.get(tree.url).status_code == 404
    assert admin.get(f"{tree.url}lessons/{tree.steps.pk}/").status_code == 404
    assert admin.post(f"{tree.url}lessons/{tree.steps.pk}/move/", {"step": "up"}).status_code == 404
    admin.post(f"{tree.url}restore/")
    assert "Steps" in text(admin.get(tree.url))


def test_empty_course_says_how_to_begin(admin, tutor, program):
    with use_program(program):
        url = f"/courses/{CourseFactory().pk}/"
    for client, adds in ((admin, True), (tutor, False)):
        page = text(client.get(url))
        assert "Nothing here yet" in page
        assert ("Name of the first curriculum" in page) is adds


# --- adding ----------------------------------------------------------------------------------------------


def test_add_swaps_the_tree_and_says_so(admin, tree, lines):
    token = uuid.uuid4().hex
    data = {"parent": tree.glide.pk, "name": "  Push off ", "token": token}
    response = admin.post(f"{tree.url}lessons/new/", data, **HTMX)
    assert (response.status_code, swapped(response)) == (200, ["totals", "outline"])
    assert said(response) == "Lesson “Push off” added."
    assert lines()[-1] == "2.1.1 Push off"
    assert (
        admin.post(f"{tree.url}lessons/new/", data, **HTMX).status_code == 200
    )  # the second of a double click
    assert lines()[-2:] == ["2.1 Glide", "2.1.1 Push off"]


def test_add_without_a_script_leads_back_to_the_line(admin, tree, lines):
    data = {"parent": tree.water.pk, "name": "Jumping", "token": uuid.uuid4().hex}
    response = admin.post(f"{tree.url}modules/new/", data)
    assert response.status_code == 302
    assert response.url == f"{tree.url}?add={tree.water.pk}#add-{tree.water.pk}"
    assert told(response) == ["Module “Jumping” added."]
    assert "1.3 Jumping" in lines()
    focused = dom(admin.get(response.url)).select("main input[autofocus]")
    assert [field["id"] for field in focused] == [f"add-{tree.water.pk}"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "This field is required."),
        ("   ", "This field is required."),
        ("x" * 201, "Ensure this value has at most 200 characters (it has 201)."),
        ("a\0b", "Null characters are not allowed."),
        ("x" * 1_000_000, "Ensure this value has at most 200 characters (it has 1000000)."),
    ],
)
@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_add_with_a_bad_name_says_why_and_keeps_it(admin, tree, lines, name, error, headers):
    response = admin.post(f"{tree.url}lessons/new/", {"parent": tree.glide.pk, "name": name}, **headers)
    assert response.status_code == 422
    page = text(response)
    assert f"<li>{error}</li>" in page
    assert f'value="{name.replace(chr(0), "")}" aria-invalid="true"' in page
    assert lines() == START


def test_add_to_what_was_archived_meanwhile_is_a_conflict_that_keeps_the_name(admin, tree, lines):
    admin.post(f"{tree.url}modules/{tree.glide.pk}/archive/")
    for headers in (HTMX, {}):
        response = admin.post(f"{tree.url}lessons/new/", {"parent": tree.glide.pk, "name": "Push"}, **headers)
        assert response.status_code == 409
        assert "“Push” was not added: what it was to stand in has been archived." in text(response)
    assert "Push" not in str(lines())


# --- editing ---------------------------------------------------------------------------------------------


def test_edit_saves_and_swaps_tree_and_panel(admin, tree, fresh):
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    data = {
        "name": "Steps in",
        "duration_minutes": "45",
        "content": "Hold the rail.",
        "version": version(admin, url),
    }
    response = admin.post(url, data, **HTMX)
    assert (response.status_code, swapped(response)) == (200, ["totals", "outline", "panel"])
    assert said(response) == "“Steps in” saved."
    row = fresh(tree.steps)
    assert (row.name, row.duration_minutes, row.content) == ("Steps in", 45, "Hold the rail.")
    assert "1 h 45 min" in text(response)


def test_edit_without_a_script_leads_back_to_the_node(admin, tree, fresh):
    url = f"{tree.url}curricula/{tree.water.pk}/"
    response = admin.post(url, {"name": "Deep water", "description": "New.", "version": version(admin, url)})
    assert (response.status_code, response.url) == (302, url)
    assert (fresh(tree.water).name, fresh(tree.water).description) == ("Deep water", "New.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "a\0b"),
        ("content", "a\0b"),
        ("content", "x" * 1_000_000),
        ("duration_minutes", "0"),
        ("duration_minutes", "-5"),
        ("duration_minutes", "1441"),
        ("duration_minutes", "99999999999999999999"),
        ("duration_minutes", "soon"),
        ("duration_minutes", "1e3"),
    ],
)
def test_edit_with_a_bad_value_is_an_error_at_the_field(admin, tree, fresh, field, value):
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    data = {"name": "Steps", "duration_minutes": "30", "content": "Kept.", "version": version(admin, url)}
    for headers in (HTMX, {}):
        response = admin.post(url, {**data, field: value}, **headers)
        assert response.status_code == 422
        page = text(response)
        assert [control["name"] for control in dom(response).select("[name][aria-invalid=true]")] == [field]
        assert f'<a href="#id_{field}">' in page
        assert field == "content" or "Kept." in page
    assert fresh(tree.steps).content == tree.steps.content


def test_edit_of_a_stale_panel_keeps_the_input_and_shows_the_newer_value(admin, coordinator, tree, fresh):
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    data = {"name": "Mine", "duration_minutes": "30", "content": "Typed.", "version": version(admin, url)}
    theirs = {"name": "Theirs", "duration_minutes": "30", "content": "", "version": data["version"]}
    assert coordinator.post(url, theirs).status_code == 302
    for headers in (HTMX, {}):
        response = admin.post(url, data, **headers)
        assert response.status_code == 409
        page = text(response)
        assert f"{coordinator.user.full_name} changed this lesson while you were editing." in page
        assert 'value="Mine"' in page and "Typed." in page
        assert "Saved meanwhile: Theirs" in page
        assert '<h2 id="panel-title" class="wrap-anywhere" tabindex="-1">Theirs</h2>' in page
    assert fresh(tree.steps).name == "Theirs"
    again = dom(response).select_one("[name=version]")["value"]
    assert admin.post(url, {**data, "version": again}).status_code == 302
    assert (fresh(tree.steps).name, fresh(tree.steps).content) == ("Mine", "Typed.")


def test_edit_is_not_stale_because_the_node_was_moved(admin, tree, fresh):
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    data = {"name": "Steps in", "duration_minutes": "30", "content": "", "version": version(admin, url)}
    admin.post(f"{url}move/", {"step": "down"})
    assert admin.post(url, data, **HTMX).status_code == 200
    assert fresh(tree.steps).name == "Steps in"


def test_edit_posted_twice_is_saved_once_and_is_no_conflict(admin, tree):
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    data = {"name": "Steps in", "duration_minutes": "30", "content": "", "version": version(admin, url)}
    assert [admin.post(url, data).status_code for _ in range(2)] == [302, 302]


@pytest.mark.parametrize("sent", ["", "yesterday", "2026-13-45T00:00:00+00:00", "\0"])
def test_edit_without_a_readable_version_saves_nothing_over_a_change(admin, tree, fresh, sent):
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    response = admin.post(
        url, {"name": "Mine", "duration_minutes": "", "content": "", "version": sent}, **HTMX
    )
    assert response.status_code == 409
    assert fresh(tree.steps).name == "Steps"


def test_edit_of_what_was_archived_meanwhile_keeps_the_input(admin, tree, fresh):
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    data = {"name": "Mine", "duration_minutes": "30", "content": "Typed.", "version": version(admin, url)}
    admin.post(f"{url}archive/")
    response = admin.post(url, data, **HTMX)
    assert (response.status_code, swapped(response)) == (409, ["totals", "outline", "panel"])
    page = text(response)
    assert "This lesson was archived while you were editing." in page
    assert 'value="Mine"' in page and "Typed." in page and "panel-restore" in page
    assert fresh(tree.steps).name == "Steps"
    # Restored out of that panel, the text is still there, and can be saved now.
    response = admin.post(f"{url}restore/", data, **HTMX)
    page = text(response)
    assert 'value="Mine"' in page and "Typed." in page and 'data-guard="dirty"' in page
    assert fresh(tree.steps).name == "Steps"
    again = dom(response).select_one("[name=version]")["value"]
    assert admin.post(url, {**data, "version": again}).status_code == 302
    assert (fresh(tree.steps).name, fresh(tree.steps).content) == ("Mine", "Typed.")


def test_extra_keys_change_nothing(admin, tree, other_program, fresh):
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    data = {"name": "Steps", "duration_minutes": "", "content": "", "version": version(admin, url)}
    extra = {
        "id": uuid.uuid4(),
        "program_id": other_program.pk,
        "module": tree.glide.pk,
        "sequence_order": "9",
        "deleted_at": "2026-01-01",
    }
    assert admin.post(url, {**data, **extra}).status_code == 302
    row = fresh(tree.steps)
    assert (row.module_id, row.sequence_order, row.deleted_at, row.program_id) == (
        tree.entering.pk,
        1,
        None,
        tree.program.pk,
    )


# --- moving ----------------------------------------------------------------------------------------------


def test_move_says_where_the_node_stands_now(admin, tree, lines):
    url = f"{tree.url}lessons/{tree.climb.pk}/move/"
    response = admin.post(url, {"step": "down", "selected": tree.climb.pk}, **HTMX)
    assert said(response) == "“Climb” is now 1.2.1, in “Breath”."
    assert swapped(response) == ["totals", "outline", "panel-code", "panel-place"]
    assert '"panel-code" class="text-sm text-ink-3" hx-swap-oob="true">Lesson 1.2.1 in Breath</p>' in text(
        response
    )
    assert lines()[4:6] == ["1.2 Breath", "1.2.1 Climb"]


def test_move_leaves_alone_what_is_typed_in_the_panel_of_another_node(admin, tree):
    url = f"{tree.url}lessons/{tree.climb.pk}/move/"
    response = admin.post(url, {"step": "up", "selected": tree.water.pk}, **HTMX)
    assert swapped(response) == ["totals", "outline", "panel-code", "panel-place"]
    assert 'id="edit"' not in text(response)


def test_move_at_the_end_says_so(admin, tree, lines):
    response = admin.post(f"{tree.url}curricula/{tree.water.pk}/move/", {"step": "up"}, **HTMX)
    assert (response.status_code, said(response)) == (200, "“Water” is already first.")
    response = admin.post(f"{tree.url}curricula/{tree.floating.pk}/move/", {"step": "down"}, **HTMX)
    assert said(response) == "“Floating” is already last."
    assert lines() == START


def test_move_without_a_script_leads_to_the_node(admin, tree):
    url = f"{tree.url}lessons/{tree.climb.pk}/"
    response = admin.post(f"{url}move/", {"step": "up", "selected": tree.climb.pk})
    assert (response.status_code, response.url) == (302, url)
    response = admin.post(f"{url}move/", {"step": "up"})
    assert response.url == f"{tree.url}#t-{tree.climb.pk}"
    assert told(response)[-1] == "“Climb” is now 1.1.1, in “Entering”."


def test_move_to_another_parent(admin, tree, lines):
    url = f"{tree.url}modules/{tree.breath.pk}/move/"
    response = admin.post(url, {"parent": tree.floating.pk}, **HTMX)
    assert said(response) == "“Breath” is now 2.2, in “Floating”."
    assert lines()[-3:] == ["2.1 Glide", "2.2 Breath", "2.2.1 Bubbles"]


def test_move_to_a_parent_that_is_gone_is_a_conflict_with_the_fresh_tree(admin, tree, lines):
    admin.post(f"{tree.url}modules/{tree.glide.pk}/archive/")
    response = admin.post(f"{tree.url}lessons/{tree.steps.pk}/move/", {"parent": tree.glide.pk}, **HTMX)
    assert (response.status_code, swapped(response)[:2]) == (409, ["totals", "outline"])
    assert "so nothing was moved" in text(response) and "so nothing was moved" in said(response)


@pytest.mark.parametrize("data", [{}, {"step": "sideways"}, {"parent": "x"}, {"parent": "\0"}])
def test_move_that_makes_no_sense_is_a_bad_request(admin, tree, data):
    assert admin.post(f"{tree.url}lessons/{tree.steps.pk}/move/", data).status_code == 400


# --- reordering ------------------------------------------------------------------------------------------


def order(*rows):
    return ",".join(str(row.pk) for row in rows)


def test_reorder_takes_one_request(admin, tree, lines):
    data = {
        "parent": tree.entering.pk,
        "order": order(tree.climb, tree.steps, tree.bubbles, tree.swivel),
        "moved": tree.bubbles.pk,
    }
    response = admin.post(f"{tree.url}lessons/reorder/", data, **HTMX)
    assert (response.status_code, said(response)) == (200, "“Bubbles” is now 1.1.3, in “Entering”.")
    assert lines()[1:7] == [
        "1.1 Entering",
        "1.1.1 Climb",
        "1.1.2 Steps",
        "1.1.3 Bubbles",
        "1.1.4 Swivel",
        "1.2 Breath",
    ]


def test_reorder_of_a_stale_list_is_a_conflict_with_the_fresh_tree(admin, tree, lines):
    with use_program(tree.program):
        LessonFactory(module=tree.entering, name="Theirs")
    data = {"parent": tree.entering.pk, "order": order(tree.climb, tree.steps, tree.swivel)}
    for headers in (HTMX, {}):
        response = admin.post(f"{tree.url}lessons/reorder/", data, **headers)
        assert response.status_code == 409
        page = text(response)
        assert "so nothing was moved" in page and "Theirs" in page
    assert lines()[2:6] == ["1.1.1 Steps", "1.1.2 Swivel", "1.1.3 Climb", "1.1.4 Theirs"]


def test_reorder_that_makes_no_sense_is_a_bad_request(admin, tree):
    url = f"{tree.url}lessons/reorder/"
    for data in (
        {"parent": tree.entering.pk},
        {"parent": tree.entering.pk, "order": "1,2"},
        {"parent": "x", "order": order(tree.steps)},
        {"parent": tree.entering.pk, "order": order(tree.steps, tree.steps, tree.swivel, tree.climb)},
        {"parent": tree.entering.pk, "order": "\0"},
    ):
        assert admin.post(url, data).status_code == 400


# --- archiving -------------------------------------------------------------------------------------------


def test_archive_offers_to_undo_and_undo_gives_everything_back(admin, tree, lines):
    url = f"{tree.url}modules/{tree.entering.pk}/"
    response = admin.post(f"{url}archive/", {"selected": tree.swivel.pk}, **HTMX)
    # The open lesson went along: the panel shows the course instead.
    assert swapped(response) == ["totals", "outline", "panel"]
    page = text(response)
    assert "“Entering” is archived, with 3 lessons." in page
    assert f'id="undo" form="acts" formaction="{url}restore/"' in page
    assert "About this course" in page and "Archived (1)" in page
    assert f'id="r-{tree.entering.pk}" form="acts" formaction="{url}restore/"' in page
    assert lines() == ["1 Water", "1.1 Breath", "1.1.1 Bubbles", "2 Floating", "2.1 Glide"]
    response = admin.post(f"{url}restore/", **HTMX)
    assert said(response) == "“Entering” restored."
    assert "Archived (" not in text(response)
    assert lines() == START


def test_archive_leaves_the_panel_of_another_node_alone(admin, tree):
    url = f"{tree.url}lessons/{tree.steps.pk}/archive/"
    response = admin.post(url, {"selected": tree.glide.pk}, **HTMX)
    assert swapped(response) == ["totals", "outline", "panel-code", "panel-place"]


def test_archive_without_a_script_asks_first_and_leads_to_restore(admin, tree, lines):
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    page = text(admin.get(f"{url}archive/"))
    assert "Archive “Steps”?" in page and "You can restore it at any time." in page
    assert lines() == START
    response = admin.post(f"{url}archive/")
    assert (response.status_code, response.url) == (302, url)
    page = text(admin.get(url))
    assert f'action="{url}restore/"' in page and 'id="edit"' not in page
    assert admin.get(f"{url}archive/").url == url
    assert admin.post(f"{url}archive/").status_code == 302  # once more
    assert admin.post(f"{url}restore/").url == url
    assert lines() == START


def test_restore_below_an_archived_parent_is_a_conflict(admin, tree):
    admin.post(f"{tree.url}lessons/{tree.steps.pk}/archive/")
    admin.post(f"{tree.url}modules/{tree.entering.pk}/archive/")
    page = text(admin.get(f"{tree.url}lessons/{tree.steps.pk}/"))
    assert "The module it belongs to is archived too" in page and "panel-restore" not in page
    response = admin.post(f"{tree.url}lessons/{tree.steps.pk}/restore/", **HTMX)
    assert response.status_code == 409
    assert "Entering is archived. Restore it first." in text(response)


def test_archived_nodes_are_open_only_to_those_who_may_restore(admin, coordinator, tutor, tree):
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    admin.post(f"{url}archive/")
    assert [client.get(url).status_code for client in (admin, coordinator, tutor)] == [200, 404, 404]


# --- who may ---------------------------------------------------------------------------------------------

ACTIONS = {
    "new/": ("add", "POST"),
    "reorder/": ("change", "POST"),
    "{}/": ("view", "GET"),
    "{}/ ": ("change", "POST"),
    "{}/move/": ("change", "POST"),
    "{}/archive/": ("archive", "GET"),
    "{}/archive/ ": ("archive", "POST"),
    "{}/restore/": ("archive", "POST"),
}
VERBS = {
    Role.SUPER_ADMIN: {"view", "add", "change", "archive"},
    Role.PROGRAM_ADMIN: {"view", "add", "change", "archive"},
    Role.PROGRAM_COORDINATOR: {"view", "add", "change"},
    Role.TUTOR: {"view"},
}


@pytest.mark.parametrize("role", VERBS)
def test_each_role_may_do_what_its_verbs_say(client_for, tree, role):
    client, nodes = client_for(role, tree.program), {"curricula": tree.water, "modules": tree.entering}
    for kind, node in {**nodes, "lessons": tree.steps}.items():
        for path, (verb, method) in ACTIONS.items():
            url = f"{tree.url}{kind}/{path.strip().format(node.pk)}"
            data = {"parent": tree.course.pk, "step": "up"}
            with transaction.atomic():
                answer = client.get(url) if method == "GET" else client.post(url, data)
                transaction.set_rollback(True)
            assert (answer.status_code == 403) is (verb not in VERBS[role]), url
            assert answer.status_code in {200, 302, 400, 403, 409, 422}, url


@pytest.mark.parametrize("path", ["new/", "reorder/", "{}/", "{}/move/", "{}/archive/", "{}/restore/"])
def test_foreign_nodes_are_answered_like_random_ones(admin, tree, other_program, path):
    with use_program(tree.program):
        elsewhere = CurriculumFactory()
    with use_program(other_program):
        foreign = CurriculumFactory()
    random = uuid.uuid4()
    addresses = [
        f"/courses/{course}/curricula/{path.format(node)}"
        for course, node in (
            (random, random),
            (foreign.course_id, foreign.pk),
            (tree.course.pk, foreign.pk),
            (tree.course.pk, elsewhere.pk),
            (tree.course.pk, tree.steps.pk),
        )
        if "{}" in path or course != tree.course.pk
    ]
    for method in (admin.get, admin.post):
        answers = {(r.status_code, r.content) for r in map(method, addresses)}
        assert len(answers) == 1
        assert answers.pop()[0] in ({404} if method == admin.post else {404, 405})


def test_addresses_answer_no_other_method_and_no_malformed_id(admin, tree):
    base = f"{tree.url}lessons/"
    assert admin.get(f"{base}new/").status_code == 405
    assert admin.get(f"{base}{tree.steps.pk}/move/").status_code == 405
    assert admin.put(f"{base}{tree.steps.pk}/", {}).status_code in {400, 405}
    for path in ("lessons/x/", "lessons/", f"chapters/{tree.steps.pk}/", f"lessons/{tree.steps.pk}/fly/"):
        assert admin.get(tree.url + path).status_code == 404
    assert admin.get("/courses/not-a-uuid/").status_code == 404
    assert admin.get(f"{tree.url}?add=%00").status_code == 200


def test_anonymous_is_sent_to_sign_in(client, tree):
    response = client.get(f"{tree.url}lessons/{tree.steps.pk}/")
    assert response.status_code == 302 and response.url.startswith("/accounts/login/")


def test_write_lands_in_the_program_of_the_page(client_for, program, other_program, tree, lines):
    member = client_for(Role.PROGRAM_ADMIN, other_program, program)  # the session is in the other program
    data = {"parent": tree.glide.pk, "name": "Push", "token": uuid.uuid4().hex}
    assert member.post(f"{tree.url}lessons/new/", data, program=None).status_code == 400
    assert member.post(f"{tree.url}lessons/new/", data, program=other_program).status_code == 404
    assert member.post(f"{tree.url}lessons/new/", data, program=program).status_code == 302
    assert lines()[-1] == "2.1.1 Push"


# --- what names may hold ---------------------------------------------------------------------------------


def test_names_are_escaped_wherever_they_stand(admin, tree):
    name = "<b>\"Swivel\" & 'entry'</b>"
    with use_program(tree.program):
        Lesson.objects.filter(pk=tree.steps.pk).update(name=name)
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    for path in (url, f"{url}archive/"):
        assert name not in admin.get(path).content.decode()
    assert (
        said(admin.post(f"{url}move/", {"step": "down"}, **HTMX)) == f"“{name}” is now 1.1.2, in “Entering”."
    )


def test_a_line_sent_again_with_another_name_is_not_answered_as_if_it_were_added(admin, tree, lines):
    data = {"parent": tree.glide.pk, "name": "Push", "token": uuid.uuid4()}
    url = f"{tree.url}lessons/new/"
    assert admin.post(url, data, **HTMX).status_code == 200
    with use_program(tree.program):
        Lesson.objects.filter(name="Push").update(name="Renamed meanwhile")
    assert admin.post(url, data, **HTMX).status_code == 200  # a repetition
    answer = admin.post(url, {**data, "name": "Pull"}, **HTMX)
    assert answer.status_code == 422
    assert "“Renamed meanwhile” was added by this line already, “Pull” is not." in text(answer)
    assert 'value="Pull"' in answer.text
    assert [line for line in lines() if line.startswith("2.1.")] == ["2.1.1 Renamed meanwhile"]
    assert admin.post(url, {**data, "name": "Pull", "token": uuid.uuid4()}, **HTMX).status_code == 200
    assert [line for line in lines() if line.startswith("2.1.")] == ["2.1.1 Renamed meanwhile", "2.1.2 Pull"]


def test_a_form_for_an_archived_node_answers_like_a_get_for_those_who_may_not_see_it(
    coordinator, admin, tree
):
    url = f"{tree.url}lessons/{tree.steps.pk}/"
    data = {"name": "Mine", "content": "What I typed", "version": version(coordinator, url)}
    with use_program(tree.program):
        Lesson.objects.filter(pk=tree.steps.pk).update(content="Hidden text")
        archive(Lesson.objects.get(pk=tree.steps.pk))
    for headers in ({}, HTMX):
        answer = coordinator.post(url, data, **headers)
        assert answer.status_code == coordinator.get(url, **headers).status_code == 404
        assert "Hidden text" not in answer.text
        assert "What I typed" in answer.text
        assert admin.post(url, data, **headers).status_code == 409
