"""The search of the list finds what people type, and says what it nearly found."""

import unicodedata

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from crud.testing import dom, row_names, text_of, texts_of
from facilities.factories import FacilityFactory
from programs.archive import archive
from programs.factories import AssignmentFactory
from programs.scope import use_program
from students import search
from students.factories import StudentFactory
from students.ranking import find_students

HTMX = {"HX-Request": "true"}


def further(client, text, path="/students/", **more):
    """What a list asks for when it found few; "" where it asks for nothing."""
    page = client.get(path, {"q": text, **more})
    assert page.status_code == 200
    asked = dom(page).select_one("div#further[hx-get]")
    return client.get(asked["hx-get"], headers=HTMX).text if asked else ""


def found(client, text, path="/students/"):
    """(what matches, what is spelled like it), by first name or name."""
    exact = names(client.get(path, {"q": text}))
    return exact, texts_of(further(client, text, path), "section#similar a.linkish.truncate[href]")


def others(client, text, **more):
    """Whom a list shows below the names, in the order of the page."""
    return texts_of(further(client, text, **more), "section#others a.linkish.truncate[href]")


def said(client, text):
    """What the page says aloud once it has what was nearly found."""
    return text_of(dom(further(client, text)).select_one('p#list-said[hx-swap-oob="innerHTML"]'))


def names(response):
    assert response.status_code == 200
    return row_names(response)


@pytest.fixture
def person(program):
    def make(first, last, **fields):
        with use_program(program):
            return StudentFactory(
                first_name=first, last_name=last, **{"emergency_contact": {}, "medical_info": {}, **fields}
            )

    return make


@pytest.mark.parametrize(
    ("first", "last", "typed"),
    [
        ("Lars", "Bjørnsen", ["bjoernsen", "bjornsen", "Björnsen", "BJØRNSEN"]),
        ("Jörg-Uwe", "Möller", ["joerg", "jorguwe", "joerguwe moeller", "Möller, Jörg-Uwe", "moller jorg"]),
        ("Ann", "Åkesson", ["akesson", "aakesson", "Akesson,Ann", "Akesson, Ann"]),
        ("Sean", "O'Brien", ["obrien", "o'brien", "O’Brien", "o´brien", "o`brien", "brien"]),
        ("Conor", "O’Neil", ["oneil", "o'neil", "O´Neil"]),
        ("Anne-Marie", "Smith-Jones", ["annemarie", "anne marie", "Anne‐Marie", "smithjones", "jones smith"]),
        ("Annemarie", "Huber", ["anne-marie", "anne marie"]),
        ("Anne Marie", "Weber", ["anne-marie weber"]),
        ("Σοφός", "Παπάς", ["ΣΟΦΟΣ", "σοφος", "Σοφοσ", "ΠΑΠΑΣ"]),
        ("مُحَمَّد", "الأحمد", ["محمد", "مُحَمَّد", "الاحمد"]),
        ("محمد", "علي", ["مُحَمَّد", "محمـد"]),
        ("שָׂרָה", "כֹּהֵן", ["שרה", "כהן", "שָׂרָה"]),
        ("タナカ", "ガク", ["ﾀﾅｶ", "ｶﾞｸ", unicodedata.normalize("NFD", "ガク")]),
        ("ﾀﾅｶ", "ｻﾄｳ", ["タナカ", "サトウ"]),
        ("민준", "김", ["민준", unicodedata.normalize("NFD", "민준"), "김 민준", "김민준"]),
        ("が", "は", ["が", unicodedata.normalize("NFD", "が")]),
        ("Сергей", "Белый", ["сергей", unicodedata.normalize("NFD", "Сергей"), "Белыи"]),
        ("Łukasz", "Größe", ["lukasz", "GRÖSSE", "grosse", "groesse"]),
        ("İpek", "Işık", ["ipek", "isik", "IŞIK"]),
        (
            "Ada",
            "Lovelace",
            ["Ada\u00ad Love\u200blace", "love\u2060lace", "Lovelace , Ada", "\u202eAda\u202c"],
        ),
    ],
)
def test_a_name_is_found_however_it_is_typed(coordinator, person, first, last, typed):
    student = person(first, last)
    person("Somebody", "Else")
    for text in typed:
        assert names(coordinator.get("/students/", {"q": text})) == [str(student)], text
        with use_program(student.program_id):
            assert [each.pk for each in find_students(text, 6)] == [student.pk], text


def test_what_is_stored_decomposed_or_with_invisible_characters_is_found(coordinator, person):
    student = person(unicodedata.normalize("NFD", "Zoë"), "A\u00add\u200bams")
    assert (student.first_name, student.last_name) == ("Zoë", "Adams")
    assert names(coordinator.get("/students/", {"q": "zoë adams"})) == ["Zoë Adams"]


@pytest.fixture
def family(person):
    return person(
        "Kim",
        "Müller",
        email="Kim.Mueller@Example.org",
        phone="+44 7700 900203",
        emergency_contact={
            "contacts": [
                {"name": "Ingrid Bjørk-Åsen", "relation": "Mother", "phone": "0171 392 00 75", "email": ""},
                {"name": "花子", "relation": "", "phone": "1", "email": "hanako@familie.example"},
            ]
        },
        medical_info={"conditions": [{"name": "Peanut allergy", "severity": "severe"}], "note": "Sings"},
    )


PUBLIC = ["kim.mueller@example.org", "mueller@ex", "+44 7700 900203", "07700900203", "900203"]
PRIVATE = [
    "ingrid",
    "bjoerkaasen",
    "Bjørk-Åsen, Ingrid",
    "花子",
    "hanako@familie",
    "0171 3920075",
    "+49 171 3920075",
]
PRIVATE += ["peanut", "ALLERGY peanut"]


def test_phones_e_mails_contacts_and_conditions_are_found(coordinator, family, person):
    person("Somebody", "Else")
    for text in PUBLIC + PRIVATE:
        assert names(coordinator.get("/students/", {"q": text})) == ["Kim Müller"], text
        with use_program(family.program_id):
            assert [each.pk for each in find_students(text, 6, private=True)] == [family.pk], text
    for text in ("sings", "mother", "severe", "1234567"):
        assert names(coordinator.get("/students/", {"q": text})) == []


def test_where_names_are_found_the_others_come_after_the_list(coordinator, tutor, family, person):
    ingrid = person("Ingrid", "Solberg")
    by_mail = person("Ola", "Nordmann", email="ingrid@example.org")
    assert names(coordinator.get("/students/", {"q": "ingrid"})) == ["Ingrid Solberg"]
    assert others(coordinator, "ingrid") == ["Kim Müller", "Ola Nordmann"]
    assert others(tutor, "ingrid") == ["Ola Nordmann"]
    archive_in(by_mail)
    assert others(coordinator, "ingrid") == ["Kim Müller"]
    assert others(coordinator, "ingrid", alert="false") == []
    with use_program(family.program_id):
        ingrid.email = "ingrid@example.org"
        ingrid.save()
    assert others(tutor, "ingrid") == []
    assert '<div id="further"' in tutor.get("/students/", {"q": "ingrid"}).text


def test_others_are_looked_for_also_where_more_names_than_few_are_found(coordinator, family, person):
    for number in range(12):
        person("Ingrid", f"Number {number}")
    assert others(coordinator, "ingrid") == ["Kim Müller"]
    assert said(coordinator, "ingrid") == "Also found, but not by name: 1."
    assert "Not more than 25" not in further(coordinator, "ingrid")
    for number in range(25):
        person("Child", f"Number {number}", email=f"ingrid{number}@example.org")
    assert len(others(coordinator, "ingrid")) == 25
    assert "Not more than 25 are shown here" in further(coordinator, "ingrid")


def test_who_may_not_read_contacts_and_health_finds_nobody_by_them(tutor, family):
    for text in PUBLIC:
        assert names(tutor.get("/students/", {"q": text})) == ["Kim Müller"], text
    for text in PRIVATE:
        assert names(tutor.get("/students/", {"q": text})) == [], text
        assert "Kim" not in tutor.get("/palette/", {"q": text}).text


def test_a_search_with_too_many_names_says_that_it_left_something_out(
    coordinator, person, family, monkeypatch
):
    monkeypatch.setattr(search, "FEW_NAMES", 1)
    assert "left out" not in coordinator.get("/students/", {"q": "kim"}).text
    person("Kimberly", "Ray")
    assert (
        "contacts, e-mails and phone numbers were left out"
        in coordinator.get("/students/", {"q": "kim"}).text
    )


def test_bulk_changes_what_the_search_shows(coordinator, family, person):
    person("Somebody", "Else")
    posted = {"action": "status=inactive", "all": "1", "query": "q=ingrid"}
    assert "1 of 1 changes" in coordinator.post("/students/bulk/", posted).text


@pytest.mark.parametrize(
    ("first", "last", "typed"),
    [
        ("Ida", "Åkesson", "Akeson"),
        ("Kaja", "Berg", "Kaia"),
        ("Kaja", "Berg", "Kaia Berg"),
        ("Anna", "Berg", "Ana Berg"),
        ("Ali", "Berg", "Aly"),
        ("Mathias", "Berg", "Matthias"),
        ("Stefan", "Berg", "Setfan"),
        ("Jorge", "Mueller", "Müller"),
        ("Anne-Marie", "Berg", "Annemarei"),
        ("Σοφία", "Berg", "Σωφια"),
        ("محمود", "Berg", "محمرد"),
    ],
)
def test_one_wrong_letter_is_a_similar_spelling(coordinator, person, first, last, typed):
    person("Tom", "Somebody")
    student = person(first, last)
    if "Anna" not in first:  # "ana" is in "Dana", but no similar name
        assert found(coordinator, typed) == ([], [str(student)])
    else:
        assert found(coordinator, typed)[1] == [str(student)]
    assert str(student) in dom(coordinator.get("/palette/", {"q": typed})).get_text()


@pytest.mark.parametrize(
    "typed", ["Kxxa", "Aj", "K4ja", "Kajaxx", "a.c*", "[", "%", "_", "\\", "'", "((((((", ".*"]
)
def test_two_wrong_letters_are_not(coordinator, person, typed):
    person("Kaja", "Berg")
    assert found(coordinator, typed) == ([], [])


def test_similar_spellings_come_after_exact_ones(coordinator, person):
    person("Kaia", "Moen")
    person("Kaja", "Berg")
    person("Kaisa", "Lund")
    assert found(coordinator, "kaia") == (["Kaia Moen"], ["Kaja Berg", "Kaisa Lund"])
    assert said(coordinator, "kaia") == "Similar spellings: 2"
    for number in range(11):
        person("Kaia", f"Number{chr(97 + number)}")
    assert found(coordinator, "kaia")[1] == []  # many are enough


def test_similar_spellings_stay_inside_the_filters(coordinator, person):
    person("Kaja", "Berg", status="inactive")
    assert found(coordinator, "kaia")[1] == ["Kaja Berg"]
    assert "Kaja" not in further(coordinator, "kaia", alert="true")
    assert "Kaja" in further(coordinator, "kaia", status="inactive")


def test_courses_facilities_and_lessons_are_found_alike(coordinator, program):
    with use_program(program):
        FacilityFactory(name="Große Halle")
        lesson = LessonFactory(
            name="Rückenschwimmen",
            module=ModuleFactory(curriculum=CurriculumFactory(course=CourseFactory(name="Seepferdchen"))),
        )
        CourseFactory(name="Bronze")
    assert found(coordinator, "grosse", "/facilities/") == (["Große Halle"], [])
    assert found(coordinator, "Grose Halle", "/facilities/") == ([], ["Große Halle"])
    assert found(coordinator, "seepferchen", "/courses/") == ([], ["Seepferdchen"])
    assert found(coordinator, "rueckenschwimmen", "/courses/") == (["Seepferdchen"], [])
    palette = coordinator.get("/palette/", {"q": "ruckenschw"}).text
    course = lesson.module.curriculum.course
    assert f'href="/courses/{course.pk}/lessons/{lesson.pk}/"' in palette


def test_archived_matches_are_hinted_at(coordinator, tutor, person):
    archive_in(person("Zelda", "Gone"))
    hint = '<a class="linkish" href="/students/?q=zelda&amp;archived=1">1 archived match</a>'
    assert hint in " ".join(further(coordinator, "zelda").split())
    assert names(coordinator.get("/students/?q=zelda&archived=1")) == ["Zelda Gone"]
    assert "archived match" not in further(tutor, "zelda")


def archive_in(row):
    with use_program(row.program_id):
        archive(row)


def test_matches_in_another_of_ones_programs_are_hinted_at(client_for, program, other_program, several):
    client = client_for("program_coordinator", program)
    with use_program(other_program):
        StudentFactory(first_name="Zelda", last_name="There", emergency_contact={})
    assert other_program.name not in further(client, "zelda")
    AssignmentFactory(user=client.user, program=other_program)
    assert f"1 match in {other_program.name}" in further(client, "zelda")
    posted = {"program": str(other_program.pk), "exact": "1", "next": "/students/?q=zelda"}
    assert client.post("/programs/switch/", posted)["Location"] == "/students/?q=zelda"


def test_the_database_folds_as_the_marks_do():
    from academy.palette.highlight import highlight

    assert str(highlight("Jörg O’Brien", ["jorg"])) == "<mark>Jörg</mark> O’Brien"
    assert str(highlight("O’Brien", ["obrien"])) == "<mark>O’Brien</mark>"


# ---- what a search nearly found comes in a request of its own


def test_a_list_looks_for_nothing_further_before_it_answers(coordinator, person):
    person("Kaja", "Berg")
    with CaptureQueriesContext(connection) as queries:
        page = coordinator.get("/students/", {"q": "kaia"})
    assert "Kaja" not in page.text
    assert "No students match" in page.text
    assert not [
        query for query in queries if "one_letter_off" in query["sql"] or "IS NOT NULL" in query["sql"]
    ]


def test_without_a_script_a_link_leads_to_what_was_nearly_found(coordinator, person):
    student = person("Kaja", "Berg")
    page = coordinator.get("/students/", {"q": "kaia"}).text
    (link,) = dom(page).select("noscript > p > a.linkish[href]")
    answer = coordinator.get(link["href"])
    assert answer.status_code == 200
    assert "Similar matches for “kaia”" in answer.text
    assert f'href="/students/{student.pk}/"' in answer.text
    assert 'id="list-said"' not in answer.text
    assert "Nothing similar was found" in coordinator.get("/students/further/?q=zzz").text


def test_the_palette_hints_at_the_archive_and_at_other_programs(client_for, program, other_program, person):
    client = client_for("program_coordinator", program, other_program)
    archive_in(person("Zelda", "Gone"))
    with use_program(other_program):
        StudentFactory(first_name="Zelda", last_name="There", emergency_contact={})
    first = client.get("/palette/", {"q": "zelda"}, headers=HTMX).text
    (further_results,) = dom(first).select('[hx-get^="/palette/"]')
    assert "archived match" not in first
    further_path = further_results["hx-get"]
    for hints in (client.get(further_path, headers=HTMX).text, client.get("/palette/?q=zelda").text):
        lines = dom(hints.partition("other programs")[2]).select("a[href]")
        hinted = {line["href"]: " ".join(line.get_text(" ").split()) for line in lines}
        archived, there = "/students/?q=zelda&archived=1", f"/students/?q=zelda&in={other_program.pk}"
        assert hinted[archived] == "1 archived match Students"
        assert hinted[there].endswith(f"1 match in {other_program.name} Students")
    assert names(client.get(archived)) == ["Zelda Gone"]
    assert names(client.get(there)) == ["Zelda There"]


def test_the_palette_hints_at_nothing_that_one_may_not_see(client_for, program, other_program, person):
    archive_in(person("Zelda", "Gone"))
    with use_program(other_program):
        StudentFactory(first_name="Zelda", last_name="There", emergency_contact={})
    hints = client_for("tutor", program).get("/palette/?q=zelda&further=1", headers=HTMX).text
    assert "match" not in hints and other_program.name not in hints


def test_the_search_box_names_what_can_be_found(coordinator, tutor):
    def placeholders(client, path):
        return [box["placeholder"] for box in dom(client.get(path)).select("#f-q[placeholder]")]

    assert placeholders(coordinator, "/students/") == ["Name, number, phone, e-mail, contact"]
    assert placeholders(tutor, "/students/") == ["Name, number, phone, e-mail"]
    assert placeholders(tutor, "/courses/") == ["Name of a course or lesson"]


# --- why a row was found -----------------------------------------------------------------------------------


def notes(client, text, **more):
    """What stands below the names of what a list finds, at once and further, without numbers and alerts."""
    page = client.get("/students/", {"q": text, **more}).text + further(client, text, **more)
    below = dom(page).select('div[class="sub truncate"]')
    return [text_of(element) for element in below if not element.find(True)]


PUBLIC_NOTES = {
    "mueller@ex": "E-mail: Kim.Mueller@Example.org",
    "07700900203": "Phone: +44 7700 900203",
}
PRIVATE_NOTES = {
    "ingrid": "Contact: Ingrid Bjørk-Åsen",
    "Bjørk-Åsen, Ingrid": "Contact: Ingrid Bjørk-Åsen",
    "花子": "Contact: 花子",
    "hanako@familie": "Contact: 花子",
    "+49 171 3920075": "Contact: Ingrid Bjørk-Åsen",
    "ALLERGY peanut": "Condition: Peanut allergy",
}


def test_a_row_says_why_it_was_found_where_its_name_does_not(coordinator, person, family):
    person("Ingrid", "Peanut")
    for text, note in (PUBLIC_NOTES | PRIVATE_NOTES).items():
        assert notes(coordinator, text) == [note], text
        assert notes(coordinator, text, alert="true") == [note], text
    for text in ("kim", "müller", family.student_id):
        assert notes(coordinator, text) == [], text


def test_contacts_and_conditions_are_told_to_nobody_else(tutor, family):
    for text, note in PUBLIC_NOTES.items():
        assert notes(tutor, text) == [note]
    # Found by what a tutor may know, with a word that is a contact's too.
    with use_program(family.program_id):
        family.emergency_contact = {
            "contacts": [{"name": "Mueller", "relation": "", "phone": "", "email": ""}]
        }
        family.save()
    assert notes(tutor, "mueller@ex") == ["E-mail: Kim.Mueller@Example.org"]


def test_what_a_contact_is_called_is_text(coordinator, family):
    with use_program(family.program_id):
        family.emergency_contact = {
            "contacts": [{"name": "<b>Zed", "relation": "", "phone": "", "email": ""}]
        }
        family.save()
    response = coordinator.get("/students/", {"q": "zed"})
    assert "Contact: &lt;b&gt;Zed" in response.text and "<b>Zed" not in response.text


def test_the_notes_of_a_page_are_one_query(coordinator, person, django_assert_num_queries):
    contact = {"contacts": [{"name": "Zora", "relation": "", "phone": "", "email": ""}]}
    person("First", "Child", emergency_contact=contact)
    coordinator.get("/students/", {"q": "zora"})
    with CaptureQueriesContext(connection) as one:
        assert coordinator.get("/students/", {"q": "zora"}).text.count("Contact: Zora") == 1
    for number in range(5):
        person(f"Further{number}", "Child", emergency_contact=contact)
    with django_assert_num_queries(len(one)):
        assert coordinator.get("/students/", {"q": "zora"}).text.count("Contact: Zora") == 6
    asked = [each for each in one.captured_queries if "CROSS JOIN LATERAL" in each["sql"]]
    assert len(asked) == 1
