"""Lists from a specification alone, and their rows in the template."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import Http404, QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

import crud
from crud import lists
from crud.filters import default_filterset
from crud.lists import Listing, ListQuery, ListSpec, RenderedRow
from crud.testing import dom
from facilities.factories import FacilityFactory
from facilities.models import Facility
from facilities.views import FacilityViews
from programs.scope import use_program


def spec_of(*columns: crud.Column, **more: Any) -> ListSpec:
    bound = [column.bound_to(Facility) for column in columns]
    return replace(
        ListSpec(
            model=Facility,
            columns=bound,
            visible_columns=bound,
            default_sort="name",
            status_field="",
            statuses={},
            filterset_class=default_filterset(Facility, ["facility_type"], ["name"]),
            search_label="Name",
            icon="map-pin",
            queryset=lambda *, archived: Facility.objects.all(),
            page_queryset=lambda *, archived: Facility.objects.all(),
            shape="a list of this test",
            cell_renderer=lambda column: column.cell_renderer(Facility),
            match_notes=lambda keys, text: {},
            can={"add": False, "change": True, "archive": False},
            view_permission="facilities.view_facility",
            bulk_actions=(),
            list_actions=(),
            list_url="/halls/",
            row_url=lambda pk: f"/halls/{pk}/",
            edit_url=lambda pk: f"/halls/{pk}/edit/",
        ),
        **more,
    )


NAME, KIND = crud.Column("name"), crud.Column("facility_type", "Type")


@pytest.fixture
def halls(program: Any) -> Iterator[Any]:
    with use_program(program):
        for name, kind in (("Great hall", "gym"), ("Small hall", "gym"), ("Lane <1>", "pool")):
            FacilityFactory(name=name, facility_type=kind)
        yield


def test_a_list_needs_no_view(halls, rf):
    listing = Listing(spec_of(NAME, KIND), rf.get("/halls/?q=hall&facility_type=gym&sort=-name"))
    assert [row["main"] for row in listing.rows] == ["Small hall", "Great hall"]
    assert listing.query.counts == {"": 2}
    assert [(h.column.label, h.direction) for h in listing.controls.headings] == [
        ("Name", "desc"),
        ("Type", ""),
    ]
    assert [chip.value for chip in listing.controls.chips] == ["Gym"]
    assert listing.rows[0]["url"] == f"/halls/{listing.query.objects[0].pk}/"


@pytest.mark.parametrize(
    "params", ["colour=red", "sort=colour", "size=7", "page=0", "archived=1", "archived=x"]
)
def test_a_parameter_that_the_list_does_not_have_is_not_found(halls, rf, params):
    with pytest.raises(Http404):
        Listing(spec_of(NAME), rf.get("/halls/"), QueryDict(params)).query.page


def test_a_specification_does_not_change():
    with pytest.raises(FrozenInstanceError):
        spec_of(NAME).default_sort = "other"


def test_a_view_gives_its_list_what_this_user_may_do(client_for, program, rf):
    specs = []
    for role in ("tutor", "program_admin"):
        request = rf.get("/facilities/")
        request.user = client_for(role, program).user
        with use_program(program, user=request.user):
            specs.append(FacilityViews.for_list(request).list_spec)
    tutor, admin = specs
    assert (tutor.can["archive"], admin.can["archive"]) == (False, True)
    assert (len(tutor.bulk_actions), len(admin.bulk_actions)) == (0, 4)
    assert tutor.shape == admin.shape  # nothing about a facility is private


def test_no_module_of_the_lists_knows_a_view():
    modules = [*Path(lists.__file__).parent.glob("*.py")]
    assert len(modules) > 5
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert "views" not in f"{node.module}.{node.names[0].name}", module.name


def test_the_rows_are_in_their_template():
    row = RenderedRow(
        object=None,
        key="7",
        name=SafeString("Lane &lt;1&gt;"),
        url="/halls/7/",
        edit_url="/halls/7/edit/",
        lead=SafeString(""),
        main=SafeString("Lane &lt;1&gt;"),
        below=SafeString('<div class="sub">pool</div>'),
        cells=SafeString("<td>1</td><td>2</td>"),
    )
    controls = SimpleNamespace(bulk_actions=["archive"], has_edit_links=True)
    html = render_to_string(
        "crud/_rows.html", {"rows": [row, row], "listing": SimpleNamespace(controls=controls)}
    )
    assert html.count("<tr>") == html.count('value="7"') == html.count('href="/halls/7/edit/"') == 2
    assert '<a class="block truncate" href="/halls/7/">Lane &lt;1&gt;</a><div class="sub">pool</div>' in html
    controls = SimpleNamespace(bulk_actions=[], has_edit_links=False)
    html = render_to_string("crud/_rows.html", {"rows": [row], "listing": SimpleNamespace(controls=controls)})
    assert "checkbox" not in html
    assert "/edit/" not in html
    assert html.count("<td") == 3


def test_a_part_of_a_page_shows_the_rows_of_a_screen_first(client_for, program):
    with use_program(program):
        for number in range(20):
            FacilityFactory(name=f"Hall {number:02}")
    client = client_for("tutor", program)
    part = client.get("/facilities/", headers={"HX-Request": "true"}).text
    first, _, later = part.partition("<template>")
    assert (first.count('href="/facilities/'), later.count('href="/facilities/')) >= (15, 5)
    assert "Hall 14" in first
    assert "Hall 15" in later
    assert not dom(client.get("/facilities/")).select("tbody template")


def test_a_list_query_says_which_rows_match(halls, rf):
    query = ListQuery(spec_of(NAME), rf.get("/halls/?facility_type=pool"))
    assert [hall.name for hall in query.filtered_by_status] == ["Lane <1>"]
    assert query.filter_names == {"facility_type"}
