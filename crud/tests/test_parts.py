"""The parts of the kit that need no database."""

import datetime
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import models
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.safestring import SafeString, mark_safe

import crud
from crud.constraints import constraint_fields
from crud.names import normalize_text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, '<span class="text-ink-3">–</span>'),
        ("", '<span class="text-ink-3">–</span>'),
        (0, "0"),
        (True, "Yes"),
        (False, "No"),
        ("<b>", "&lt;b&gt;"),
        (mark_safe("<b>"), "<b>"),
        (datetime.date(2025, 3, 1), "1 Mar 2025"),
    ],
)
def test_a_cell_shows_a_value_as_people_read_it(value, expected):
    cell = crud.Column("x", value=lambda row: row.x).cell_renderer(SimpleNamespace)(SimpleNamespace(x=value))
    assert cell == expected
    assert isinstance(cell, SafeString)


def test_a_cell_follows_links_to_their_end():
    row = SimpleNamespace(course=SimpleNamespace(name="Stroke"), gone=None)
    assert crud.Column("course", value="course.name").cell_renderer(SimpleNamespace)(row) == "Stroke"
    assert (
        crud.Column("gone", value="gone.name").cell_renderer(SimpleNamespace)(row)
        == '<span class="text-ink-3">–</span>'
    )


@pytest.mark.parametrize(
    ("text", "normalized"), [("Zoë", "zoe"), ("ÉCOLE", "ecole"), ("Çelik", "celik"), ("田中", "田中")]
)
def test_normalize_text(text, normalized):
    assert normalize_text(text) == normalized


@pytest.mark.parametrize(
    ("headers", "part"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_is_partial(headers, part):
    assert crud.is_partial(RequestFactory().get("/", headers=headers)) is part


class Nothing(crud.View):
    permission = {"GET": "app.view_thing", "POST": "app.change_thing"}

    def get(self, request):
        return HttpResponse("read")

    def post(self, request):
        return HttpResponse("written")


def ask(method, *rights, view=Nothing):
    request = RequestFactory().generic(method, "/")
    request.user = SimpleNamespace(has_perm=lambda name: name in rights)
    return view.as_view()(request)


def test_a_view_asks_for_the_right_of_the_method():
    assert ask("GET", "app.view_thing").content == b"read"
    assert ask("HEAD", "app.view_thing").status_code == 200
    assert ask("POST", "app.change_thing").content == b"written"
    with pytest.raises(PermissionDenied):
        ask("POST", "app.view_thing")
    with pytest.raises(PermissionDenied):
        ask("GET")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_a_view_answers_no_other_method(method):
    response = ask(method, "app.view_thing", "app.change_thing")
    assert (response.status_code, response["Allow"]) == (405, "GET, POST, HEAD")


def test_a_view_without_a_permission_does_not_start():
    class Forgotten(crud.View):
        pass

    with pytest.raises(ImproperlyConfigured, match="Forgotten names no permission"):
        Forgotten.as_view()


def test_rules_know_the_fields_they_speak_of():
    class Thing(models.Model):  # noqa: DJ008 - never shown
        name = models.CharField(max_length=9)
        low, high = models.IntegerField(), models.IntegerField()
        folded = models.GeneratedField(
            expression=Lower("name"), output_field=models.TextField(), db_persist=True
        )

        class Meta:
            app_label = "crud_test"

    def named(**options):
        return constraint_fields(Thing, models.UniqueConstraint(name="rule", **options))

    assert named(fields=["name", "low"]) == {"name", "low"}
    assert named(fields=["folded"]) == {"folded", "name"}
    condition = models.Q(low__lt=models.F("high")) | ~models.Q(name="")
    assert constraint_fields(Thing, models.CheckConstraint(condition=condition, name="rule")) == {
        "low",
        "high",
        "name",
    }
    assert constraint_fields(Thing, models.UniqueConstraint(Lower("name"), "low", name="rule")) == {
        "name",
        "low",
    }
