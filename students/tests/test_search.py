"""The search of the list finds what people type, and says what it nearly found."""

import re
import unicodedata
from html import unescape

import pytest

from academy.palette import find_students
from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from facilities.factories import FacilityFactory
from programs.archive import archive
from programs.factories import AssignmentFactory
from programs.scope import use_program
from students import search
from students.factories import StudentFactory

SIMILAR = re.compile(r'<section[^>]*id="similar">(.*?)</section>', re.DOTALL)
EXACT = re.compile(r'<a class="block truncate" href="[^"]*">([^<]*)</a>')
LINK = re.compile(r'<a class="linkish block truncate" href="[^"]*">(.*?)</a>')


def found(client, text, path="/students/"):
    """(what matches, what is spelled like it), by first name or name."""
    response = client.get(path, {"q": text})
    assert response.status_code == 200
    exact = [unescape(name) for name in EXACT.findall(response.text)]
    section = SIMILAR.search(response.text)
    return exact, LINK.findall(section.group(1)) if section else []


def names(response):
    assert response.status_code == 200
    return [unescape(name) for name in EXACT.findall(response.text)]


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
    assert str(student) in coordinator.get("/palette/", {"q": typed}).text.replace("<mark>", "").replace(
        "</mark>", ""
    )


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
    assert "Similar spellings" in coordinator.get("/students/", {"q": "kaia"}).text
    part = coordinator.get("/students/", {"q": "kaia"}, headers={"HX-Request": "true"}).text
    assert "1 student. Similar spellings: 2</p>" in part  # read out
    for number in range(11):
        person("Kaia", f"Number{chr(97 + number)}")
    assert found(coordinator, "kaia")[1] == []  # many are enough


def test_similar_spellings_stay_inside_the_filters(coordinator, person):
    person("Kaja", "Berg", status="inactive")
    assert found(coordinator, "kaia")[1] == ["Kaja Berg"]
    page = coordinator.get("/students/", {"q": "kaia", "alert": "true"})
    assert "Kaja" not in page.text


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
    page = coordinator.get("/students/", {"q": "zelda"}).text
    assert '<a class="linkish" href="?q=zelda&amp;archived=1">1 archived match</a>' in page
    assert names(coordinator.get("/students/?q=zelda&archived=1")) == ["Zelda Gone"]
    assert "archived match" not in tutor.get("/students/", {"q": "zelda"}).text


def archive_in(row):
    with use_program(row.program_id):
        archive(row)


def test_matches_in_another_of_ones_programs_are_hinted_at(client_for, program, other_program, several):
    client = client_for("program_coordinator", program)
    with use_program(other_program):
        StudentFactory(first_name="Zelda", last_name="There", emergency_contact={})
    assert other_program.name not in client.get("/students/", {"q": "zelda"}).text.partition('id="list"')[2]
    AssignmentFactory(user=client.user, program=other_program)
    page = client.get("/students/", {"q": "zelda"}).text.partition('id="list"')[2]
    assert f"1 match in {other_program.name}" in page
    posted = {"program": str(other_program.pk), "exact": "1", "next": "/students/?q=zelda"}
    assert client.post("/programs/switch/", posted)["Location"] == "/students/?q=zelda"


def test_the_database_folds_as_the_marks_do():
    from academy.palette import marked

    assert str(marked("Jörg O’Brien", ["jorg"])) == "<mark>Jörg</mark> O’Brien"
    assert str(marked("O’Brien", ["obrien"])) == "<mark>O’Brien</mark>"
