import datetime
from contextlib import nullcontext

import pytest
from django import forms
from django.http import QueryDict
from django.utils import translation

import crud
from crud.forms.fields import set_limits


class ToolRow(crud.JSONRowForm):
    name = forms.CharField(max_length=20)
    quantity = forms.IntegerField(min_value=1, initial=1)
    size = forms.ChoiceField(choices=[("s", "Small"), ("l", "Large")], initial="s", required=False)


class Box(forms.Form):
    items = crud.JSONRowsField(ToolRow, required=False, max_num=3, blank_rows=1, row_label="ToolRow")


def posted(**values):
    """A post of rows: total=3, n_name="…" for row n."""
    data = QueryDict(mutable=True)
    data["items-TOTAL_FORMS"] = str(values.pop("total"))
    data["items-INITIAL_FORMS"] = "0"
    for key, value in values.items():
        number, _, name = key.removeprefix("r").partition("_")
        data[f"items-{number}-{name}"] = value
    return data


def cleaned(data, **kwargs):
    form = Box(data, **kwargs)
    assert form.is_valid(), form.errors
    return form.cleaned_data["items"]


def test_rows_become_a_list_of_dicts_without_what_is_empty():
    data = posted(total=2, r0_name="Cone", r0_quantity="3", r0_size="", r1_name="Ball", r1_quantity="1")
    assert cleaned(data) == [{"name": "Cone", "quantity": 3}, {"name": "Ball", "quantity": 1}]


def test_blank_and_missing_rows_are_skipped():
    data = posted(total=3, r0_name="", r0_quantity="1", r0_size="s", r2_name="Ball", r2_quantity="2")
    assert cleaned(data) == [{"name": "Ball", "quantity": 2}]


def test_rows_of_which_nothing_is_filled_in_are_none():
    assert cleaned(posted(total=0)) == []
    assert cleaned(posted(total=2, r0_name="", r1_quantity="")) == []
    # Beyond the total, and in the row that the page copies for new ones, nothing counts.
    assert cleaned(posted(total=1, r0_name="", r1_name="Cone", r1_quantity="3", r__prefix___name="x")) == []


def test_a_removed_row_may_be_wrong():
    data = posted(total=2, r0_name="x" * 99, r0_DELETE="on", r1_name="Ball", r1_quantity="2")
    assert cleaned(data) == [{"name": "Ball", "quantity": 2}]


def test_a_form_that_posts_no_rows_leaves_the_stored_ones_alone():
    stored = [{"name": "Cone", "quantity": 3}]
    form = Box(QueryDict(""), initial={"items": stored})
    assert form.is_valid()
    assert form.cleaned_data["items"] == stored
    assert not form.has_changed()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            posted(
                total=4, **{f"r{n}_name": "x" for n in range(4)}, **{f"r{n}_quantity": "1" for n in range(4)}
            ),
            "At most 3 can be given.",
        ),
        (posted(total="x"), "The rows could not be read. Open the page again."),
        (posted(total="9" * 5_000), "The rows could not be read. Open the page again."),
        (posted(total=1, r0_name="", r0_quantity="0"), "Check the rows below."),
    ],
)
def test_rows_that_are_wrong(data, expected):
    form = Box(data)
    assert form.errors == {"items": [expected]}


def test_fewer_rows_than_needed():
    class Needed(forms.Form):
        items = crud.JSONRowsField(ToolRow, min_num=2, row_label="ToolRow")

    form = Needed(posted(total=1, r0_name="Cone", r0_quantity="1"))
    assert form.errors == {"items": ["Give at least 2."]}


def test_a_blank_row_stands_open_only_where_there_is_none():
    assert len(Box()["items"].formset.forms) == 1
    rows = Box(initial={"items": [{"name": "a", "quantity": 1}, "not a row"]})["items"].formset.forms
    assert [row.initial for row in rows] == [{"name": "a", "quantity": 1}]


def test_rows_are_unchanged_when_posted_as_they_were():
    stored = [{"name": "Cone", "quantity": 3, "size": "l"}]
    same = posted(total=1, r0_name="Cone", r0_quantity="3", r0_size="l")
    other = posted(total=1, r0_name="Cone", r0_quantity="4", r0_size="l")
    assert not Box(same, initial={"items": stored}).has_changed()
    assert Box(other, initial={"items": stored}).has_changed()


def test_rows_in_words_follow_the_order_of_the_form():
    rows = [{"size": "l", "quantity": 2, "name": "Cone"}, {"name": "Ball"}]
    assert Box().fields["items"].value_as_text(rows) == "Cone, 2, l; Ball"


class Tags(forms.Form):
    tags = crud.TagsField(("Showers", "Lockers"), max_length=10, max_tags=3)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("tags=Showers&tags=Lockers", ["Showers", "Lockers"]),
        ("tags=Showers&tags_other=Sauna%0D%0A%0D%0A+showers+%0A+Bar++one", ["Showers", "Sauna", "Bar one"]),
    ],
)
def test_tags_are_a_list_of_words_without_repetition(query, expected):
    form = Tags(QueryDict(query))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["tags"] == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("tags_other=a%00b", "Null characters are not allowed."),
        ("tags_other=12345678901", "“12345678901…” is longer than 10 characters."),
        ("tags_other=a%0Ab%0Ac%0Ad", "Give at most 3."),
    ],
)
def test_tags_that_are_wrong(query, words):
    form = Tags(QueryDict(query))
    assert form.errors == {"tags": [words]}


def test_tags_show_what_is_stored_and_what_was_typed():
    shown = Tags(initial={"tags": ["Sauna", "Lockers"]})["tags"]
    assert [(word, ticked) for _, word, _, ticked in shown.options] == [("Showers", False), ("Lockers", True)]
    assert shown.other == "Sauna"
    typed = Tags(QueryDict("tags=Showers&tags_other=x"), initial={"tags": ["Sauna"]})["tags"]
    assert [ticked for *_, ticked in typed.options] == [True, False]
    assert typed.other == "x"


def test_common_tags_are_stored_alike_in_every_language():
    with translation.override("de"):
        form = Tags(QueryDict("tags=Showers&tags_other=schließfächer%0Asauna"))
        assert form.is_valid(), form.errors
        assert form.cleaned_data["tags"] == ["Showers", "Lockers", "sauna"]
        shown = Tags(initial={"tags": ["Showers", "sauna", "LOCKERS"]})["tags"]
        assert [option[1:] for option in shown.options] == [
            ("Showers", "Duschen", True),
            ("Lockers", "Schließfächer", True),
        ]
        assert shown.other == "sauna"
        assert form.fields["tags"].value_as_text(["Showers", "sauna"]) == "Duschen, sauna"


@pytest.mark.parametrize(
    ("field", "value", "ok"),
    [
        (forms.CharField(), "x" * 20_000, True),
        (forms.CharField(), "x" * 20_001, False),
        (forms.CharField(max_length=3), "xxxx", False),
        (forms.DateField(), "1900-01-01", True),
        (forms.DateField(), "1899-12-31", False),
        (forms.DateField(), "2199-12-31", True),
        (forms.DateField(), "2200-01-01", False),
        (forms.DateField(), "10000-01-01", False),
    ],
)
def test_every_field_has_a_limit(field, value, ok):
    set_limits(field)
    set_limits(field)  # twice is once
    with nullcontext() if ok else pytest.raises(forms.ValidationError) as refusal:
        field.clean(value)
    assert ok or len(refusal.value.messages) == 1


def test_dates_use_the_browsers_input_in_iso_form():
    field = forms.DateField()
    set_limits(field)
    html = field.widget.render("day", datetime.date(2025, 1, 31))
    assert 'type="date"' in html
    assert 'value="2025-01-31"' in html
