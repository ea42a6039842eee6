"""The first page of a program: each number leads to exactly the rows it counts."""

import datetime
import json
import re
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from academy.dashboard import changes
from academy.dashboard import views as page
from academy.demo.seed import seed
from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from crud.testing import dom, text_of, texts_of
from facilities.factories import FacilityFactory
from programs.archive import archive
from programs.factories import AssignmentFactory
from programs.models import Program
from programs.scope import use_program
from programs.testing import PageClient
from students.factories import StudentFactory
from students.models import Student
from students.selections import departures_by_day, who_left

DAY = datetime.timedelta(days=1)


class Links(HTMLParser):
    """(number, address) of every link in the figures, charts, tables and to-do lines of a page."""

    PATTERNS = {"bar-row": r"(\d[\d,]*)\s*$", "hit": r": (\d[\d,]*)"}

    def __init__(self, html):
        super().__init__()
        self.found, self.href, self.css, self.text = [], None, "", ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a" and "linkish" not in (given.get("class") or "") and "hx-get" not in given:
            self.href, self.css, self.text = given["href"], given.get("class") or "", ""

    def handle_data(self, data):
        self.text += f"{data} "

    def handle_endtag(self, tag):
        if tag != "a" or self.href is None:
            return
        number = re.search(self.PATTERNS.get(self.css, r"(\d[\d,]*)"), self.text)
        if number:
            self.found.append((int(number[1].replace(",", "")), self.href))
        self.href = None


def figures(client, query=""):
    response = client.get(f"/{query}")
    assert response.status_code == 200, response.content[:500]
    return Links(response.content.decode().partition('id="dash"')[2]).found


def rows(client, url):
    """How many rows a list shows in all."""
    response = client.get(url)
    assert response.status_code == 200, url
    if "listing" in response.context:
        return response.context["listing"].query.count
    return len(response.context["assignments"])


def past(student, *events):
    """Give a student a history of (days ago, status), oldest first, before what really happened."""
    for place, (ago, status) in enumerate(events):
        changes = {
            "status": status,
            "pgh_label": "update" if place else "insert",
            "pgh_created_at": (timezone.now() - ago * DAY).isoformat(),
        }
        statement = """
            INSERT INTO students_history
            SELECT (jsonb_populate_record(made, %s || jsonb_build_object(
                'pgh_id', (SELECT max(pgh_id) + 1000 FROM students_history)))).*
            FROM students_history AS made WHERE pgh_obj_id = %s ORDER BY pgh_created_at DESC LIMIT 1
        """
        with connection.cursor() as cursor:
            cursor.execute(statement, [json.dumps(changes), student.pk])
    return student


def section(page, heading):
    """The HTML of the section whose heading has this id."""
    (found,) = dom(page).select(f"section:has(#{heading})")
    return str(found)


def tasks_of(client):
    response = client.get("/")
    return None if response.context["tasks"] is None else [item.text for item in response.context["tasks"]]


def figure(client, label, query=""):
    """(value, the notes as text) of a figure."""
    context = client.get(f"/{query}").context
    (found,) = [f for f in (*context["figures"], context["departures_figure"]) if f["label"] == label]
    return found["value"], [text_of(dom(str(note))) for note in found["notes"]]


# --- each number is a link to its rows -------------------------------------------------------------------


@pytest.fixture
def demo(db, client_for):
    """The demo's swimming program with one of everything that a number can count; its program admin."""
    seed()
    program = Program.objects.get(name="Swimming")
    admin = client_for("program_admin", program)
    AssignmentFactory(program=program)
    today = timezone.localdate()
    with use_program(program):
        one, two, three, four, five, six, *_ = Student.objects.filter(status="active").order_by("pk")
        Student.objects.filter(pk__in=[one.pk, two.pk]).update(emergency_contact={})
        Student.objects.filter(pk=three.pk).update(emergency_contact={"contacts": []}, date_of_birth=None)
        StudentFactory(
            first_name=four.first_name.upper(), last_name=four.last_name, date_of_birth=four.date_of_birth
        )
        StudentFactory(first_name=five.first_name, last_name="Other", phone=five.phone)
        StudentFactory(date_of_birth=today - 2000 * DAY, enrollment_date=today + 3 * DAY)
        for ago, status in ((5, "withdrawn"), (40, "graduated"), (300, "graduated"), (500, "withdrawn")):
            past(StudentFactory(status=status), (600, "active"), (ago, status))
        archive(six)
        CourseFactory(name="Empty", level=7)
        FacilityFactory(status="maintenance", available_again_on=today - DAY)
        FacilityFactory(status="maintenance", available_again_on=today)
    return admin


@pytest.mark.slow
@pytest.mark.parametrize("query", ["", "?range=4w", "?range=custom&since=2021-03-10&until=2026-11-20"])
def test_every_number_leads_to_exactly_the_rows_it_counts(demo, query):
    found = figures(demo, query)
    assert len(found) > 60 or query == "?range=4w"
    assert {"/students/", "/courses/", "/facilities/", "/staff/"} == {url.split("?")[0] for _, url in found}
    assert sum(number > 0 for number, _ in found) > 30
    for number, url in dict.fromkeys(found):
        assert (number, url) == (rows(demo, url), url)


def test_to_do_lines_count_what_they_name(demo):
    assert tasks_of(demo) == [
        "3 active students without emergency contact",
        "1 facility should be in use again",
        "3 facilities in maintenance",
        "1 active course without lessons",
        "1 active student without date of birth",
        "4 students may be duplicates",
        "4 members of staff without access",
    ]


# --- what needs doing ------------------------------------------------------------------------------------


@pytest.fixture
def trouble(program):
    """One of each thing to do."""
    with use_program(program):
        StudentFactory(emergency_contact={}, date_of_birth=None, phone="")
        CourseFactory()
        FacilityFactory(status="maintenance", available_again_on=timezone.localdate() - DAY)
    AssignmentFactory(program=program, user__is_active=False)


CONTACT = "1 active student without emergency contact"
OVERDUE = "1 facility should be in use again"
MAINTENANCE = "1 facility in maintenance"
EMPTY = "1 active course without lessons"
BIRTH = "1 active student without date of birth"
ACCESS = "1 member of staff without access"


def test_each_role_sees_what_it_may_do(admin, coordinator, tutor, trouble, program):
    assert tasks_of(admin) == [CONTACT, OVERDUE, MAINTENANCE, EMPTY, BIRTH, ACCESS]
    assert tasks_of(coordinator) == [CONTACT, OVERDUE, MAINTENANCE, EMPTY, BIRTH]
    assert "tasks" not in tutor.get("/").context


def test_a_tutor_can_not_ask_the_list_for_missing_contacts(tutor, coordinator, trouble):
    assert coordinator.get("/students/?missing=contact").status_code == 200
    response = tutor.get("/students/?missing=contact")
    assert response.status_code == 422
    assert not response.context["listing"].query.count
    assert "Emergency contact" not in tutor.get("/students/").content.decode()


def test_staff_without_access_are_listed_with_the_reason(admin, tutor, trouble, program):
    AssignmentFactory(program=program)
    html = admin.get("/staff/?access=none").content.decode()
    assert html.count("deactivated") == 1 and html.count("never signed in") == 1
    assert rows(admin, "/staff/?access=none") == 2
    assert rows(admin, "/staff/") == 3  # not the one who is deactivated
    assert admin.get("/staff/?access=all").status_code == 404
    assert tutor.get("/staff/?access=none").status_code == 403


def test_nothing_to_do_is_said(coordinator, program):
    with use_program(program):
        StudentFactory()
    assert tasks_of(coordinator) == []
    assert "Nothing needs doing." in coordinator.get("/").content.decode()


def test_what_is_not_active_needs_nothing(coordinator, program):
    with use_program(program):
        StudentFactory(status="withdrawn", emergency_contact={}, date_of_birth=None)
        CourseFactory(is_active=False)
        FacilityFactory(status="active", available_again_on=timezone.localdate() - DAY)
        archive(StudentFactory(emergency_contact={}))
    assert tasks_of(coordinator) == []


def test_brothers_and_sisters_are_no_duplicates(coordinator, program):
    born = datetime.date(2015, 5, 17)
    with use_program(program):
        StudentFactory(first_name="Ana", last_name="Ruiz", phone="1234567", date_of_birth=born)
        StudentFactory(first_name="Eva", last_name="Ruiz", phone="1234567", date_of_birth=born)
        StudentFactory(first_name="Ana", last_name="Ruiz", phone="7654321", date_of_birth=born + DAY)
        StudentFactory(first_name="Ana", last_name="Ruiz", phone="", date_of_birth=None)
        StudentFactory(first_name="Ana", last_name="Ruiz", phone="", date_of_birth=None)
    assert tasks_of(coordinator)[-1] == "2 active students without date of birth"
    with use_program(program):
        StudentFactory(first_name="Ána", last_name="RUIZ", phone="", date_of_birth=born)
        archive(StudentFactory(first_name="Eva", last_name="Other", phone="1234567"))
    assert tasks_of(coordinator)[-1] == "2 students may be duplicates"
    assert rows(coordinator, "/students/?duplicates=1") == 2


def test_duplicates_of_a_large_program_come_after_the_page(coordinator, tutor, program, monkeypatch):
    monkeypatch.setattr(page, "AT_ONCE", 1)
    with use_program(program):
        for _ in range(2):
            StudentFactory(first_name="Ana", last_name="Ruiz")
    html = coordinator.get("/").content.decode()
    assert 'hx-get="/?part=duplicates"' in html and 'href="/students/?duplicates=1"' in html
    headers = {"HX-Request": "true"}
    part = coordinator.get("/?part=duplicates", headers=headers)
    assert Links(part.content.decode()).found == [(2, "/students/?duplicates=1")]
    assert "<html" not in part.content.decode() and "HX-Request" not in part.headers.get("HX-Push-Url", "")
    assert tutor.get("/?part=duplicates", headers=headers).status_code == 403
    with use_program(program):
        archive(Student.objects.first())
    assert "No possible duplicates" in coordinator.get("/?part=duplicates", headers=headers).content.decode()


def test_who_left_a_large_program_comes_after_the_page(coordinator, program, monkeypatch):
    with use_program(program):
        past(StudentFactory(status="withdrawn"), (90, "active"), (10, "withdrawn"))
    monkeypatch.setattr(page, "AT_ONCE", 0)
    html = coordinator.get("/?range=4w").content.decode()
    assert 'hx-get="/?part=departures&amp;range=4w"' in html and 'href="/?all=1&amp;range=4w"' in html
    assert "left_from" not in html and "active_on" not in html
    part = coordinator.get("/?part=departures&range=4w", headers={"HX-Request": "true"}).content.decode()
    assert 'id="h-active"' in part and 'id="h-departures"' in part and "<html" not in part
    assert 'id="departures-figure" hx-swap-oob="true"' in part
    counted = [(number, url) for number, url in Links(part).found if "left_from" in url or "active_on" in url]
    assert sum(number for number, _ in counted) > 6
    assert all(number == rows(coordinator, url) for number, url in counted)
    assert "left_from" in coordinator.get("/?all=1&range=4w").content.decode()
    custom = coordinator.get("/?range=custom&since=2026-01-01&until=2026-02-01").content.decode()
    assert "/?part=departures&amp;range=custom&amp;since=2026-01-01&amp;until=2026-02-01" in custom


# --- over time -------------------------------------------------------------------------------------------


def test_new_students_are_compared_with_the_period_before(coordinator, program):
    today = timezone.localdate()
    with use_program(program):
        for ago in (0, 1, 27):
            StudentFactory(enrollment_date=today - ago * DAY)
        StudentFactory(enrollment_date=today - 28 * DAY)
    assert figure(coordinator, "New students", "?range=4w") == (3, ["2 more than the 1 before"])
    html = coordinator.get("/?range=4w").content.decode()
    assert '<b class="delta up">2 more</b>' in html
    with use_program(program):
        for _ in range(2):
            StudentFactory(enrollment_date=today - 50 * DAY)
    assert figure(coordinator, "New students", "?range=4w") == (3, ["as many as the 3 before"])
    with use_program(program):
        StudentFactory(enrollment_date=today - 55 * DAY)
    assert figure(coordinator, "New students", "?range=4w") == (3, ["1 fewer than the 4 before"])
    assert "delta up" not in coordinator.get("/?range=4w").content.decode()
    assert figure(coordinator, "Students who left", "?range=4w") == (0, ["none before either"])


@pytest.mark.parametrize(
    ("status", "events", "expected"),
    [
        ("withdrawn", [(90, "active"), (10, "withdrawn")], (1, 0)),
        ("graduated", [(90, "active"), (10, "graduated")], (0, 1)),
        ("graduated", [(90, "active"), (80, "inactive"), (10, "graduated")], (0, 1)),
        ("withdrawn", [(90, "active"), (40, "withdrawn")], (0, 0)),  # before
        ("withdrawn", [(90, "active"), (40, "withdrawn"), (10, "withdrawn")], (0, 0)),  # only edited since
        ("graduated", [(90, "active"), (40, "withdrawn"), (10, "graduated")], (0, 1)),
        ("active", [(90, "active"), (10, "withdrawn")], (0, 0)),  # came back, or it was a mistake
        ("withdrawn", [(90, "active"), (20, "withdrawn"), (15, "active"), (10, "withdrawn")], (1, 0)),
        ("withdrawn", [(10, "withdrawn")], (0, 0)),  # entered as one of the past
    ],
)
def test_who_left_is_told_by_the_history(coordinator, program, status, events, expected):
    with use_program(program):
        past(StudentFactory(status=status), *events)
    withdrawn, graduated = expected
    value, notes = figure(coordinator, "Students who left", "?range=4w")
    in_all = {
        "graduated": "1 graduated · 0 withdrawn in all",
        "withdrawn": "0 graduated · 1 withdrawn in all",
    }
    assert notes[-1] == in_all.get(status, "none before either")
    assert value == withdrawn + graduated
    assert not value or notes[0] == f"{graduated} graduated · {withdrawn} withdrawn"


def test_who_left_in_another_program_or_is_archived_counts_nowhere(coordinator, program, other_program):
    with use_program(program):
        archive(past(StudentFactory(status="withdrawn"), (90, "active"), (10, "withdrawn")))
    with use_program(other_program):
        past(StudentFactory(status="withdrawn"), (90, "active"), (10, "withdrawn"))
        StudentFactory()
    with use_program(program):
        StudentFactory()
    assert figure(coordinator, "Students who left")[0] == 0


def test_those_entered_as_gone_are_told_beside_those_who_left(coordinator, program):
    """The figure counts days of leaving; its note the statuses, as the chart of the same page does."""
    with use_program(program):
        past(StudentFactory(status="withdrawn"), (90, "active"), (10, "withdrawn"))
        for status in ("graduated", "graduated", "withdrawn"):
            past(StudentFactory(status=status), (100, status))
    context = coordinator.get("/?range=4w").context
    statuses = {label: value for label, value, _url in context["students_by_status"]}
    assert (statuses["Graduated"], statuses["Withdrawn"]) == (2, 2)
    value, notes = figure(coordinator, "Students who left", "?range=4w")
    assert (value, notes) == (
        1, ["0 graduated · 1 withdrawn", "1 more than the 0 before", "2 graduated · 2 withdrawn in all"]
    )  # fmt: skip
    since = date_format(timezone.localdate() - 100 * DAY, "DATE_FORMAT")
    html = coordinator.get("/?range=4w").content.decode()
    assert f"By the day the status was changed here, since {since}." in html


def active(client, query="?range=4w"):
    """The values of the line of active students, each of which is the number of its list."""
    points = client.get(f"/{query}").context["students_active"]
    assert [point["value"] for point in points] == [rows(client, point["href"]) for point in points]
    return [point["value"] for point in points]


def test_active_students_over_time_are_those_of_now_and_those_who_left_since(coordinator, program):
    today = timezone.localdate()

    def enrolled(ago, status="active", *events):
        return past(StudentFactory(status=status, enrollment_date=today - ago * DAY), *events)

    with use_program(program):  # in four weeks that end 21, 14, 7 and 0 days ago
        enrolled(400)
    assert active(coordinator) == [1, 1, 1, 1]
    with use_program(program):
        enrolled(14)
        enrolled(13)
        enrolled(-3)  # begins only in three days
    assert active(coordinator) == [1, 2, 3, 3]
    with use_program(program):
        enrolled(300, "withdrawn", (200, "active"), (8, "withdrawn"))
        enrolled(300, "graduated", (200, "active"), (7, "graduated"))
        enrolled(20, "graduated", (20, "active"), (2, "graduated"))
    assert active(coordinator) == [3, 5, 4, 3]
    with use_program(program):
        enrolled(300, "withdrawn", (200, "active"), (50, "withdrawn"))  # before the first of these days
        enrolled(2, "withdrawn", (9, "active"), (8, "withdrawn"))  # left before the day of enrolment
        enrolled(300, "withdrawn", (10, "withdrawn"))  # entered as one of the past
        enrolled(300, "inactive")
        archive(enrolled(300))
        archive(enrolled(300, "withdrawn", (200, "active"), (8, "withdrawn")))
    assert active(coordinator) == [3, 5, 4, 3]
    assert figure(coordinator, "Active students") == (4, ["of 11 in all"])  # with who begins in three days


def test_the_line_of_active_students_ends_today_and_knows_a_period_of_the_past(coordinator, program):
    today = timezone.localdate()
    with use_program(program):
        past(
            StudentFactory(status="withdrawn", enrollment_date=today - 500 * DAY),
            (500, "active"),
            (3, "withdrawn"),
        )
        StudentFactory(enrollment_date=today - 20 * DAY)
    span = f"?range=custom&since={today - 30 * DAY}&until={today - 10 * DAY}"
    assert active(coordinator, span) == [1, 2, 2]
    ahead = f"?range=custom&since={today - 4 * DAY}&until={today + 2 * DAY}"
    assert active(coordinator, ahead) == [2, 1, 1, 1, 1]
    assert active(coordinator, f"?range=custom&since={today + DAY}&until={today + 2 * DAY}") == []


def test_a_day_begins_at_midnight_where_the_user_is(program):
    with use_program(program), timezone.override("Asia/Tokyo"):
        student = past(StudentFactory(status="withdrawn"), (90, "active"), (10, "withdrawn"))
        departures = departures_by_day(timezone.localdate() - 20 * DAY, timezone.localdate())
        ((day, status, number),) = departures.left
        assert (status, number) == ("withdrawn", 1)
        assert departures.began == [(timezone.localdate() - 20 * DAY, 1)]
        assert day == timezone.localdate(timezone.now() - 10 * DAY)
        assert list(who_left(Student.objects.all(), day, day)) == [student]
        assert not who_left(Student.objects.all(), day + DAY, day + DAY)
        assert not who_left(Student.objects.all(), day - DAY, day - DAY)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("range=fortnight", "There is no such period."),
        ("range=custom&since=2026-05-01&until=2026-04-01", "This day is before the first one."),
        ("range=custom&since=x&until=%00", "Enter a valid date."),
        ("range=custom", "Choose a day."),
        ("range=custom&since=0001-01-01&until=9999-12-31", "Choose a day from 1950 to 2199."),
    ],
)
def test_a_bad_range_is_said_and_the_page_shown(coordinator, program, query, words):
    with use_program(program):
        StudentFactory()
    response = coordinator.get(f"/?{query}")
    assert response.status_code == 422
    html = response.content.decode()
    assert (
        words in html
        and text_of(dom(html).title).startswith("Error: Dashboard")
        and "Students by status" in html
    )
    assert coordinator.get(f"/?{query}", headers={"HX-Request": "true"}).status_code == 422


def test_a_range_is_part_of_the_address_and_swaps_in_place(coordinator, program):
    with use_program(program):
        StudentFactory()
    part = coordinator.get("/?range=3m", headers={"HX-Request": "true"})
    html = part.content.decode()
    assert part.status_code == 200 and "HX-Request" in part.headers["Vary"]
    assert html.lstrip().startswith('<div id="dash">') and "<html" not in html
    assert texts_of(html, 'a[href="/?range=3m"][aria-current="true"]') == ["3 months"]
    assert 'href="/?range=custom&amp;since=' in html
    assert 'name="since"' not in html
    custom = coordinator.get("/?range=custom&since=2026-01-01&until=2026-02-01").content.decode()
    assert 'type="date" name="since" value="2026-01-01"' in custom


# --- as it is now ----------------------------------------------------------------------------------------


def test_age_groups_hold_each_active_student_once(coordinator, program):
    today = timezone.localdate()
    with use_program(program):
        for age in (4, 5, 7, 8, 17, 18, 60):
            born = today.replace(year=today.year - age)
            StudentFactory(date_of_birth=born)  # the birthday is today
            StudentFactory(date_of_birth=born + DAY)  # tomorrow: a year younger
        StudentFactory(date_of_birth=None)
        StudentFactory(status="inactive")
    ages = coordinator.get("/").context["students_by_age"]
    assert {row["label"]: row["value"] for row in ages} == {
        "Under 5": 3, "5–7": 4, "8–10": 1, "11–13": 0, "14–17": 3, "18 and over": 3, "Not known": 1,
    }  # fmt: skip
    assert all(row["value"] == rows(coordinator, row["href"]) for row in ages)


def test_courses_by_level_tell_their_lessons(coordinator, program):
    with use_program(program):
        full, other = CourseFactory(level=1), CourseFactory(level=1, is_active=False)
        module = ModuleFactory(curriculum=CurriculumFactory(course=full))
        for _ in range(3):
            LessonFactory(module=module)
        archive(LessonFactory(module=module))
        archive(LessonFactory(module=ModuleFactory(curriculum=CurriculumFactory(course=other))).module)
        CourseFactory(level=2)
    levels = coordinator.get("/").context["courses_by_level"]
    assert [(row["label"], row["value"], row["sub"]) for row in levels] == [
        ("Level 1", 2, "3 lessons"),
        ("Level 2", 1, "0 lessons"),
    ]
    assert figure(coordinator, "Active courses") == (2, ["of 3 in all"])
    assert rows(coordinator, "/courses/?empty=1") == 2


def test_courses_that_share_no_level_are_a_plain_list(coordinator, program):
    with use_program(program):
        second, first = CourseFactory(level=2, name="Crawl"), CourseFactory(level=1, name="Water")
        LessonFactory(module=ModuleFactory(curriculum=CurriculumFactory(course=first)))
    response = coordinator.get("/")
    assert response.context["courses_one_a_level"] == [
        {"name": "Water", "url": f"/courses/{first.pk}/", "level": "Level 1", "lessons": "1 lesson"},
        {"name": "Crawl", "url": f"/courses/{second.pk}/", "level": "Level 2", "lessons": "0 lessons"},
    ]
    part = section(response, "h-levels")
    assert "Water" in part and "bar-row" not in part
    with use_program(program):
        CourseFactory(level=2)
    part = section(coordinator.get("/"), "h-levels")
    assert part.count("<rect") == 2 and 'class="astable"' in part


def test_a_chart_of_one_bar_is_a_plain_list(coordinator, program):
    """Wherever it is: two courses of one level, students who are all active, one facility."""
    with use_program(program):
        for _ in range(2):
            CourseFactory(level=3)
            StudentFactory()
        FacilityFactory()
    html = coordinator.get("/").content.decode()
    for heading in ("h-levels", "h-status", "h-ages", "h-facilities"):
        part = section(html, heading)
        assert 'class="bars plain"' in part and "<rect" not in part and "astable" not in part, heading
    with use_program(program):
        StudentFactory(status="inactive")
    part = section(coordinator.get("/"), "h-status")
    assert part.count("<rect") == 4 and 'class="bars"' in part and "astable" in part


def test_an_empty_program_says_what_comes_next(admin, tutor):
    html = admin.get("/").content.decode()
    assert "is empty so far" in html and "Add a facility" in html
    theirs = tutor.get("/").content.decode().partition("is empty so far")
    assert theirs[1] and "Add a" not in theirs[2].partition("</main>")[0]


# --- what changed last -----------------------------------------------------------------------------------


def test_changes_are_told_in_sentences(program, client_for):
    admin = client_for("program_admin", program, full_name="Ann Lee")
    with use_program(program, user=admin.user):
        course = CourseFactory(name="Crawl")
    with use_program(program, user=admin.user):
        student = StudentFactory(first_name="<b>Eva", last_name="Roth")
        StudentFactory()
        StudentFactory()
    with use_program(program):
        archive(course)
    lines = admin.get("/").context["changes"]
    assert [text_of(dom(line.sentence)) for line in lines][:3] == [
        "Academy archived course Crawl",
        f"Ann Lee added {lines[1].what} and 2 more students",
        "Ann Lee added course Crawl",
    ]
    assert str(student.pk) in lines[1].url or lines[1].count == 3
    assert "<b>Eva" not in admin.get("/").content.decode()


def test_changes_that_were_not_all_read_are_not_counted(coordinator, program, monkeypatch):
    monkeypatch.setattr(changes, "EVENTS_READ", 5)
    with use_program(program):
        for _ in range(7):
            StudentFactory()
    (line,) = coordinator.get("/").context["changes"]
    assert text_of(dom(line.sentence)) == f"Academy added {line.what} and many more students"


# --- the cost --------------------------------------------------------------------------------------------


def queries(client, path="/"):
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    # Savepoints are the tests' own: a request outside of them has one transaction.
    return sum("SAVEPOINT" not in query["sql"] for query in captured)


def test_the_page_asks_few_questions_however_much_there_is(admin, trouble, program):
    few = queries(admin)
    with use_program(program):
        for _ in range(20):
            StudentFactory()
            CourseFactory()
            FacilityFactory()
    assert queries(admin) == few <= 16


def test_the_page_of_a_super_admin_is_cheap_too(program):
    from programs.testing import make_member

    client = PageClient(make_member("super_admin"), program)
    with use_program(program):
        StudentFactory()
    assert queries(client) <= 16
