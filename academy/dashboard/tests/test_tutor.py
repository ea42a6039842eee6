"""What a tutor finds on the first page, and what of the figures is not there."""

import datetime

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import CourseGrant, Lesson
from facilities.factories import FacilityFactory
from programs.archive import archive
from programs.scope import use_program
from students.factories import StudentFactory
from students.models import Student
from students.selections import birthdays

DAY = datetime.timedelta(days=1)


@pytest.fixture
def admin(client_for, program):
    return client_for("program_admin", program, full_name="Ann Lee")


def lesson(**fields):
    course = fields.pop("course", None) or CourseFactory(name="Crawl")
    return LessonFactory(module=ModuleFactory(curriculum=CurriculumFactory(course=course)), **fields)


def rows(client, url):
    response = client.get(url)
    assert response.status_code == 200, url
    return response.context["listing"].query.count


def test_each_role_gets_its_page(tutor, admin, client_for, program):
    with use_program(program):
        StudentFactory(emergency_contact={})
    theirs = tutor.get("/").content.decode()
    assert "Find a student" in theirs
    for words in (
        "New students",
        "Students who left",
        "Students by status",
        "To do",
        "Recent changes",
        "Add student",
    ):
        assert words not in theirs, words
    for client in (admin, client_for("program_coordinator", program), client_for("super_admin", program)):
        html = client.get("/").content.decode()
        assert "Students by status" in html and "Find a student" not in html


def test_the_parts_that_come_after_the_figures_are_not_a_tutors(tutor, program):
    with use_program(program):
        StudentFactory()
    for part in ("duplicates", "departures"):
        response = tutor.get(f"/?part={part}", headers={"HX-Request": "true"})
        assert response.status_code == 403, part


def test_the_search_finds_students(tutor, program):
    with use_program(program):
        StudentFactory(first_name="Imani")
        StudentFactory(first_name="Bo")
    assert '<form class="card-body flex flex-wrap gap-2" method="get" action="/students/"' in (
        tutor.get("/").content.decode()
    )
    assert rows(tutor, "/students/?q=Imani") == 1


def test_active_courses_stand_there_with_those_first_that_one_may_edit(tutor, program):
    with use_program(program):
        lesson(course=CourseFactory(level=1, name="Water"))
        mine = CourseFactory(level=5, name="Squad")
        CourseFactory(name="Old", is_active=False)
        archive(CourseFactory(name="Gone"))
        CourseGrant.objects.create(
            user=tutor.user,
            permission=Permission.objects.get(codename="change_course"),
            content_object=mine,
        )
    found = tutor.get("/").context["courses"]
    assert [(course.name, course.said, course.is_mine) for course in found] == [
        ("Squad", "Level 5 · 0 lessons", True),
        ("Water", "Level 1 · 1 lesson", False),
    ]


def told(client):
    return [(line.name, line.said) for line in client.get("/").context["lessons"]]


def test_lessons_of_one_occasion_are_one_line(tutor, admin, program):
    with use_program(program, user=admin.user):
        first = lesson(name="Floating")
        for _ in range(70):
            LessonFactory(module=first.module)
    lines = tutor.get("/").context["lessons"]
    assert [line.more for line in lines] == [True]
    assert "and more lessons" in tutor.get("/").content.decode()


def test_lessons_that_others_added_or_changed_are_told_once(tutor, admin, program):
    with use_program(program, user=admin.user):
        first, second = lesson(name="Floating"), lesson(name="Gliding")
        gone = lesson(name="Gone", course=CourseFactory(name="Diving"))
    assert told(tutor) == [("Gone", "Added by Ann Lee"), ("Gliding", "Added by Ann Lee")]
    with use_program(program, user=admin.user):
        Lesson.objects.filter(pk=first.pk).update(content="Arms out")
        archive(gone)
    line = tutor.get("/").context["lessons"][0]
    course = first.module.curriculum.course
    assert (line.name, line.said, line.course) == ("Floating", "Changed by Ann Lee", "Crawl")
    assert tutor.get(line.url).status_code == 200
    assert line.url == f"/courses/{course.pk}/lessons/{first.pk}/"
    with use_program(program, user=admin.user):  # another order is no change of a lesson
        LessonFactory(module=second.module, name="Third")
        Lesson.objects.filter(pk=second.pk).update(sequence_order=9)
    with use_program(program, user=tutor.user):  # nor what one did oneself
        Lesson.objects.filter(pk=second.pk).update(name="Gliding far")
    assert told(tutor) == [
        ("Third", "Added by Ann Lee"),
        ("Floating", "Changed by Ann Lee"),
        ("Gliding far", "Added by Ann Lee"),
    ]
    with use_program(program):
        archive(course)
    assert [name for name, _said in told(tutor)] == ["Third"]


def test_birthdays_of_the_week_are_told_with_the_list_of_all(tutor, program):
    today = timezone.localdate()

    def born(days, years=10, **fields):
        day = today + days * DAY
        return StudentFactory(date_of_birth=datetime.date(day.year - years, day.month, day.day), **fields)

    with use_program(program):
        born(6, last_name="Six")
        born(0, 12, first_name="Imani", last_name="Today")
        born(7), born(-1), born(1, status="inactive"), archive(born(1))
        StudentFactory(date_of_birth=None)
    context = tutor.get("/").context
    assert [(line["name"].split()[-1], line["age"]) for line in context["birthdays"]] == [
        ("Today", "turns 12"),
        ("Six", "turns 10"),
    ]
    assert context["birthdays"][0]["day"] == "Today"
    assert rows(tutor, context["birthdays_url"]) == context["birthdays_in_all"] == 2
    assert rows(tutor, "/students/?status=active&birthday=today") == 1
    with use_program(program):
        for _ in range(7):
            born(2)
    context = tutor.get("/").context
    assert (len(context["birthdays"]), context["birthdays_in_all"]) == (6, 9)


@pytest.mark.parametrize(
    ("today", "days", "expected"),
    [
        (datetime.date(2027, 3, 1), 1, {(2, 29), (3, 1)}),
        (datetime.date(2027, 2, 28), 1, {(2, 28)}),
        (datetime.date(2028, 2, 29), 1, {(2, 29)}),
        (datetime.date(2028, 3, 1), 1, {(3, 1)}),
        (datetime.date(2027, 12, 31), 2, {(12, 31), (1, 1)}),
    ],
)
def test_birthdays_at_the_end_of_months(program, today, days, expected):
    with use_program(program):
        for month, day in ((2, 28), (2, 29), (3, 1), (12, 31), (1, 1), (3, 2)):
            StudentFactory(date_of_birth=datetime.date(2016, month, day))
        born = birthdays(Student.objects.all(), today, days).values_list("date_of_birth", flat=True)
        assert {(day.month, day.day) for day in born} == expected


def test_alerts_are_counted_and_lead_to_their_students(tutor, program):
    with use_program(program):
        StudentFactory()
        StudentFactory(medical_info={})
        StudentFactory(status="inactive")
    alerts = tutor.get("/").context["alerts"]
    assert (alerts["count"], alerts["text"]) == (1, "1 active student has a medical alert")
    assert rows(tutor, alerts["url"]) == 1
    assert "Asthma" not in tutor.get("/").content.decode()
    assert "open the emergency details" in tutor.get("/").content.decode()
    program.emergency_details_for_tutors = False
    program.save()
    assert "open the emergency details" not in tutor.get("/").content.decode()


def test_facilities_in_maintenance_are_told_with_their_reason(tutor, program):
    with use_program(program):
        FacilityFactory(name="Big pool", status="maintenance", status_reason="New tiles")
        FacilityFactory(name="Small pool")
    html = tutor.get("/").content.decode()
    assert "Big pool" in html and "New tiles" in html and "Small pool" not in html


def test_nothing_of_another_program_stands_there(tutor, other_program, program):
    with use_program(program):
        StudentFactory()
    with use_program(other_program):
        today = timezone.localdate()
        StudentFactory(date_of_birth=datetime.date(2012, today.month, min(today.day, 28)))
        lesson(name="Theirs")
        FacilityFactory(status="maintenance", status_reason="Tiles")
    context = tutor.get("/").context
    assert [context[name] for name in ("courses", "lessons", "closed", "birthdays")] == [[], [], [], []]


def test_an_empty_program_says_so_and_what_is_missing_is_said(tutor, program):
    assert "is empty so far" in tutor.get("/").content.decode()
    with use_program(program):
        StudentFactory(medical_info={})
    html = tutor.get("/").content.decode()
    for words in (
        "No course is active.",
        "No lesson was added or changed.",
        "No active student has a medical alert.",
        "No facility is in maintenance.",
    ):
        assert words in html


def test_the_page_asks_few_questions_however_much_there_is(tutor, program):
    def queries():
        tutor.get("/")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert tutor.get("/").status_code == 200
        return sum("SAVEPOINT" not in query["sql"] for query in captured)

    with use_program(program):
        StudentFactory(date_of_birth=timezone.localdate().replace(year=2015))
        lesson()
        FacilityFactory(status="maintenance", status_reason="Tiles")
    few = queries()
    with use_program(program):
        for _ in range(10):
            StudentFactory(date_of_birth=timezone.localdate().replace(year=2015))
            lesson()
            FacilityFactory(status="maintenance", status_reason="Tiles")
    assert queries() == few <= 16
