"""A declaration that names its model and nothing else."""

import pytest
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import Http404
from django.test import RequestFactory

import crud
from crud.testing import dom, form_data, text_of
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.scope import use_program
from programs.testing import make_member


class PlainViews(crud.ModelViews):
    model = Facility

    def templates(self, page, *, partial=False):
        return super().templates(page, partial=partial)[1:]  # the kit's own


@pytest.fixture
def ask(program):
    user = make_member("program_admin", program)

    def send(page, method="get", data=None, views=PlainViews, user=user, **kwargs):
        request = getattr(RequestFactory(), method)("/", data)
        SessionMiddleware(lambda _: None).process_request(request)
        MessageMiddleware(lambda _: None).process_request(request)
        request.user, request.program = user, program
        return views.as_view(page=page)(request, **kwargs)

    with use_program(program):
        yield send


def test_list_has_a_link_tabs_search_and_filters(ask):
    facility = FacilityFactory(name="Main pool")
    html = ask("list").content.decode()
    assert f'href="/facilities/{facility.pk}/">Main pool</a>' in html
    for words in (">Maintenance<", 'name="q"', 'name="facility_type"', "Add facility", "Archived"):
        assert words in html
    assert "Main pool" in ask("list", data={"q": "pool", "facility_type": "pool"}).content.decode()
    assert "Main pool</a>" not in ask("list", data={"facility_type": "gym"}).content.decode()


def test_detail_lists_the_fields(ask):
    html = ask("detail", pk=FacilityFactory(capacity=33).pk).content.decode()
    for words in ("<dt>Type</dt><dd>Pool</dd>", "<dt>Capacity</dt><dd>33</dd>", "History"):
        assert words in html


class TabbedViews(PlainViews):
    tabs = (
        crud.DetailTab("details", "Details", "crud/_details.html"),
        crud.DetailTab("equipment", "Things", "crud/_details.html", count="things"),
        crud.DetailTab("notes", "Notes", "crud/_details.html", private=True),
        crud.DetailTab("history", "History", "crud/_history.html"),
    )
    private_fields = ("equipment",)

    def detail_context(self):
        return {"things": self.object.equipment if self.can["private"] else []}


def tabs_of(page):
    return {text_of(link): link.get("aria-current") for link in dom(page).select("#tab > .tabs > a")}


def test_a_detail_page_has_the_tabs_of_the_declaration(ask):
    facility = FacilityFactory(capacity=33, equipment=[{"name": "Kickboard", "quantity": 2}])
    page = ask("detail", views=TabbedViews, pk=facility.pk)
    assert tabs_of(page) == {"Details": "page", "Things1": None, "Notes": None, "History": None}
    assert "<dt>Capacity</dt><dd>33</dd>" in page.content.decode()
    assert 'id="history"' not in page.content.decode()
    history = ask("detail", views=TabbedViews, data={"tab": "history"}, pk=facility.pk)
    assert tabs_of(history)["History"] == "page"
    assert 'id="history"' in history.content.decode()
    assert "<dt>Capacity</dt>" not in history.content.decode()
    with pytest.raises(Http404):
        ask("detail", views=TabbedViews, data={"tab": "nothing"}, pk=facility.pk)


def test_private_tabs_are_not_there_for_others(ask, program):
    facility = FacilityFactory()
    tutor = make_member("tutor", program)
    page = ask("detail", views=TabbedViews, user=tutor, pk=facility.pk)
    assert list(tabs_of(page)) == ["Details", "Things", "History"]
    with pytest.raises(Http404):
        ask("detail", views=TabbedViews, user=tutor, data={"tab": "notes"}, pk=facility.pk)


def test_without_tabs_the_history_stands_beside_the_details(ask):
    page = ask("detail", data={"tab": "history"}, pk=FacilityFactory().pk)
    assert dom(page).select_one("aside #history") and not dom(page).select("#tab")


def test_form_has_the_fields_people_edit_and_never_a_box_of_json(ask):
    page = ask("create")
    names = set(form_data(page)) - {"csrfmiddlewaretoken"}
    fields = {"name", "facility_type", "capacity", "status", "status_reason", "available_again_on"}
    assert names == {"token", *fields}
    response = ask("create", "post", {**form_data(page), "name": "Gym", "facility_type": "gym"})
    facility = Facility.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/facilities/{facility.pk}/")
    assert (facility.name, facility.equipment) == ("Gym", [])

    page = ask("update", pk=facility.pk)
    response = ask("update", "post", {**form_data(page), "name": "Large gym"}, pk=facility.pk)
    assert response.status_code == 302
    facility.refresh_from_db()
    assert facility.name == "Large gym"


def test_archive_and_restore(ask):
    facility = FacilityFactory()
    assert "Archive “" in ask("archive", pk=facility.pk).content.decode()
    assert ask("archive", "post", pk=facility.pk).status_code == 302
    assert not Facility.objects.exists()
    assert ask("restore", "post", pk=facility.pk).status_code == 302
    assert Facility.objects.get() == facility


def test_urls_are_named_after_the_model():
    assert [(str(p.pattern), p.name) for p in PlainViews.urls("rooms/")] == [
        ("rooms/", "facility-list"),
        ("rooms/bulk/", "facility-bulk"),
        ("rooms/undo/", "facility-undo"),
        ("rooms/columns/", "facility-columns"),
        ("rooms/further/", "facility-further"),
        ("rooms/printout/", "facility-printout"),
        ("rooms/choices/", "facility-choices"),
        ("rooms/new/", "facility-create"),
        ("rooms/<uuid:pk>/", "facility-detail"),
        ("rooms/<uuid:pk>/edit/", "facility-update"),
        ("rooms/<uuid:pk>/archive/", "facility-archive"),
        ("rooms/<uuid:pk>/restore/", "facility-restore"),
        ("rooms/<uuid:pk>/take-back/", "facility-take-back"),
    ]
