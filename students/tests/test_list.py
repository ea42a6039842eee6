import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crud.testing import dom, row_names, text_of
from programs.archive import archive
from programs.scope import use_program
from programs.testing import without_program
from students.factories import StudentFactory
from students.models import Student

ROW = re.compile(r"/students/[0-9a-f-]{36}/")


def names(response):
    assert response.status_code == 200, response.content[:400]
    return row_names(response)


def first_names(response):
    return [name.rsplit(" ", 1)[0] for name in names(response)]


def test_list_shows_the_students_by_last_name(coordinator, several):
    assert names(coordinator.get("/students/")) == [
        "Zoë Álvarez",
        "Bilal Kowalski",
        "Stuart Ng",
        "Ana María Ruiz",
        "美咲 田中",
    ]


def test_list_shows_nobody_of_another_program(client_for, program, other_program, several):
    with use_program(other_program):
        StudentFactory(first_name="Stranger")
    assert "Stranger" not in client_for("tutor", program).get("/students/").content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=zoe", ["Zoë"]),  # accents don't count
        ("q=ÁLV", ["Zoë"]),
        ("q=ku", []),  # two letters: the beginning of a name only
        ("q=ko", ["Bilal"]),
        ("q=walsk", ["Bilal"]),
        ("q=ana ruiz", ["Ana María"]),
        ("q=ana ng", []),
        ("q=美", ["美咲"]),
        ("q=stuart", ["Stuart"]),  # a name, though student numbers begin alike
        ("status=active", ["Zoë", "Bilal"]),
        ("status=active&q=bil", ["Bilal"]),
        ("alert=true", ["Bilal"]),
        ("alert=false&status=active", ["Zoë"]),
        ("age_from=15", ["Bilal", "Ana María"]),
        ("age_from=11&age_to=15", ["Bilal", "Stuart"]),
        ("age_to=11", ["Zoë", "Stuart"]),
        ("enrolled_from=2025-01-06", ["Bilal", "美咲"]),
        ("enrolled_to=2020-12-31", ["Ana María"]),
        ("missing=birth", ["美咲"]),
        ("missing=contact", []),
        ("duplicates=1", []),
        ("left_from=2020-01-01", []),
        ("sort=-name", ["美咲", "Ana María", "Stuart", "Bilal", "Zoë"]),
        ("sort=enrolled", ["Ana María", "Stuart", "Zoë", "Bilal", "美咲"]),
        ("sort=-enrolled", ["美咲", "Bilal", "Zoë", "Stuart", "Ana María"]),
        ("sort=-age", ["Ana María", "Bilal", "Stuart", "Zoë", "美咲"]),
        ("sort=number", ["Ana María", "Stuart", "Zoë", "Bilal", "美咲"]),
        ("q=&status=&alert=&page=1&size=25&sort=", ["Zoë", "Bilal", "Stuart", "Ana María", "美咲"]),
    ],
)
def test_list_answers_the_address(coordinator, several, query, expected):
    assert first_names(coordinator.get(f"/students/?{query}")) == expected


def test_search_finds_digits_of_a_number_however_they_are_typed(coordinator, several):
    digits = several[1].student_id.removeprefix("STU-")
    wide = digits.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert first_names(coordinator.get("/students/", {"q": digits})) == ["Bilal"]
    assert first_names(coordinator.get("/students/", {"q": wide})) == ["Bilal"]


def test_search_finds_a_number(coordinator, several):
    number = several[1].student_id
    assert first_names(coordinator.get("/students/", {"q": number})) == ["Bilal"]
    assert first_names(coordinator.get("/students/", {"q": number.lower()})) == ["Bilal"]


def test_tabs_count_what_search_and_filters_leave(coordinator, several):
    found = dom(coordinator.get("/students/?age_from=9&status=inactive")).select("#list-tabs a[href]")
    counts = [tab.select_one("span.n") for tab in found]
    numbers = [count.extract().get_text() if count else "" for count in counts]
    labels = [text_of(tab) for tab in found]  # without the numbers, which have been taken out
    assert list(zip(labels, numbers, ["aria-current" in tab.attrs for tab in found], strict=True)) == [
        ("All", "3", False),
        ("Active", "1", False),
        ("Inactive", "1", True),
        ("Graduated", "1", False),
        ("Withdrawn", "0", False),
        ("Archived", "", False),
    ]
    assert without_program(found[0]["href"]) == "?age_from=9"
    assert without_program(found[1]["href"]) == "?age_from=9&status=active"


@pytest.mark.parametrize(
    "query",
    [
        "nothing=1",
        "program=x",
        "sort=secret",
        "sort=-",
        "sort=phone",
        "status=unknown",
        "page=x",
        "page=0",
        "page=-1",
        "page=99999999999999999999",
        "size=1000000",
        "size=x",
        "archived=2",
        "deleted_at__isnull=False",
    ],
)
def test_list_knows_no_such_address(coordinator, several, query):
    assert coordinator.get(f"/students/?{query}").status_code == 404


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=a%00b", "Search: Null characters are not allowed."),
        ("q=" + "a" * 101, "Search: Ensure this value has at most 100 characters (it has 101)."),
        ("enrolled_from=10000-01-01", "Enrolled from: Enter a valid date."),
        ("enrolled_from=0001-01-01", "Enrolled from: Enter a date between 1900 and 2199."),
        ("age_from=x", "Age from: Enter a whole number."),
        ("age_from=999999999999999999999", "Age from: Ensure this value is less than or equal to 125."),
        ("alert=maybe", "Medical alert: Select a valid choice. maybe is not one of the available choices."),
    ],
)
def test_list_says_which_filter_makes_no_sense(coordinator, several, query, words):
    response = coordinator.get(f"/students/?{query}")
    assert response.status_code == 422
    assert f"<li>{words}</li>" in response.content.decode()
    assert not row_names(response)


def test_list_shows_who_left_on_some_days(coordinator, several, program):
    with use_program(program):
        bilal = Student.objects.get(first_name="Bilal")
        bilal.status = "withdrawn"
        bilal.save()
    today = timezone.localdate().isoformat()
    assert first_names(coordinator.get(f"/students/?left_from={today}&left_to={today}")) == ["Bilal"]
    assert first_names(coordinator.get(f"/students/?left_from={today}&status=graduated")) == []
    assert first_names(coordinator.get("/students/?left_to=2020-01-01")) == []


def test_list_shows_possible_duplicates_and_who_lacks_a_contact(coordinator, several, program):
    with use_program(program):
        born = Student.objects.get(first_name="Bilal").date_of_birth
        StudentFactory(
            first_name="bilal", last_name="KOWALSKI", date_of_birth=born, phone="", emergency_contact={}
        )
        for first_name, last_name, phone in (
            ("Zoé", "Long", "+44 20 7946 0001"),
            ("Zoe", "Short", "(020) 7946-0001"),  # the same number, dialled in the country
            ("Ada", "Sister", "020 7946 0001"),
            ("Zoe", "Neighbour", "7946 0002"),
            ("Mia", "Longer", "99 12 34"),
            ("Mia", "Shorter", "12 34"),
            ("Mia", "Silent", "none"),
            ("Mia", "Quiet", "unknown"),
        ):
            StudentFactory(first_name=first_name, last_name=last_name, phone=phone)
    alike = {"Bilal Kowalski", "bilal KOWALSKI", "Zoé Long", "Zoe Short"}
    assert set(names(coordinator.get("/students/?duplicates=1"))) == alike
    assert names(coordinator.get("/students/?missing=contact")) == ["bilal KOWALSKI"]


def test_pages_follow_each_other_without_a_gap(coordinator, program):
    with use_program(program):
        for number in range(60):
            StudentFactory(first_name="Same", last_name="Name", phone=str(number))

    def rows(query):
        links = dom(coordinator.get(f"/students/?{query}")).select('a[href^="/students/"]')
        return [link["href"] for link in links if ROW.fullmatch(link["href"])]

    pages = [rows(f"page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [25, 25, 10]
    assert len(set().union(*pages)) == 60
    # Behind the last page stands the last page: rows may have gone since the address was made.
    assert rows("page=9") == pages[2]
    assert len(rows("size=50")) == 50


def test_htmx_gets_the_part_of_the_same_page(coordinator, several):
    page = coordinator.get("/students/?status=active")
    part = coordinator.get("/students/?status=active&q=&alert=", headers={"HX-Request": "true"})
    assert page["Vary"].startswith("HX-Request") or "HX-Request" in page["Vary"]
    assert "HX-Request" in part["Vary"]
    assert part["HX-Push-Url"] == f"/students/?status=active&in={coordinator.program.pk}"
    html, whole = part.content.decode(), page.content.decode()
    assert html.lstrip().startswith('<div id="list"')
    table = html[html.index("<table") : html.index("</table>")]
    assert table in whole
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in coordinator.get("/students/", headers=restored).content.decode()


def measure(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    assert response.status_code == 200
    return len(queries), len(response.content)


def test_list_costs_the_same_for_two_rows_and_for_twenty(coordinator, program):
    with use_program(program):
        StudentFactory.create_batch(2)
    two, _ = measure(coordinator, "/students/")
    with use_program(program):
        StudentFactory.create_batch(18)
    twenty, _ = measure(coordinator, "/students/")
    assert two == twenty
    assert twenty <= 12


def test_list_of_25_rows_is_small(coordinator, program):
    with use_program(program):
        StudentFactory.create_batch(30, first_name="Maximiliana-Wolfeschlegelstein")
    _, size = measure(coordinator, "/students/")
    assert size <= 60_000


def test_rows_never_read_what_the_list_does_not_show(coordinator, student):
    with CaptureQueriesContext(connection) as queries:
        coordinator.get("/students/")
    rows = [q["sql"] for q in queries if '"first_name"' in q["sql"]]
    assert len(rows) == 1
    assert "medical_info" not in rows[0]
    assert "emergency_contact" not in rows[0]


def test_tutor_sees_no_actions(tutor, coordinator, student):
    theirs, ours = tutor.get("/students/").content.decode(), coordinator.get("/students/").content.decode()
    for action in ("/students/new/", "/edit/", "archived=1"):
        assert action not in theirs
        assert action in ours
    assert "Medical alert" in theirs


def test_archived_rows_stand_on_their_own_tab(coordinator, tutor, several, program):
    with use_program(program):
        archive(several[0])
    assert "Zoë" not in first_names(coordinator.get("/students/"))
    assert first_names(coordinator.get("/students/?archived=1")) == ["Zoë"]
    assert tutor.get("/students/?archived=1").status_code == 404


def test_empty_lists_say_what_to_do(coordinator, tutor, program):
    html = coordinator.get("/students/").content.decode()
    assert "No students yet" in html
    assert html.count("Add student") == 3
    assert "Add student" not in tutor.get("/students/").content.decode()
    nothing = coordinator.get("/students/?q=nobody").content.decode()
    assert "No students match" in nothing
    assert "Show all students" in nothing


def test_names_are_escaped(coordinator, program):
    with use_program(program):
        StudentFactory(first_name="<script>alert(1)</script>", last_name='"&')
    html = coordinator.get("/students/").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &quot;&amp;" in html


def test_the_form_carries_the_order_once(coordinator, several):
    def orders(query):
        page = coordinator.get(f"/students/{query}").content.decode()
        assert page.count('name="sort"') == 1
        options = dom(page).select("select#f-sort option")
        return [(option["value"], option.has_attr("selected"), text_of(option)) for option in options]

    usual = orders("")
    assert usual[:3] == [
        ("", True, "Student ↑"),
        ("-name", False, "Student ↓"),
        ("number", False, "Number ↑"),
    ]
    turned = orders("?sort=-enrolled")
    assert [value for value, selected, _ in turned if selected] == ["-enrolled"]
    assert [value for value, _, _ in turned] == [value for value, _, _ in usual]


@pytest.mark.parametrize(("density", "shown"), [("normal", 15), ("compact", 19)])
def test_what_no_screen_shows_at_first_stands_apart_in_a_part_alone(coordinator, program, density, shown):
    with use_program(program):
        StudentFactory.create_batch(25)
    coordinator.cookies["density"] = density
    part = coordinator.get("/students/", headers={"HX-Request": "true"})
    first, later = part.content.decode().split("<template>")
    assert [len(row_names(text)) for text in (first, *later.split("</template>"))] == [
        shown,
        25 - shown,
        0,
    ]
    page = coordinator.get("/students/").content.decode()
    assert len(row_names(page)) == 25
    assert "<template>" not in page
