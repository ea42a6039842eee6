"""Rows whose every text breaks pages elsewhere: stored scripts, HTML, words without end, emoji, right-to-left text."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from playwright.sync_api import Dialog, Page

from accounts.models import User
from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import Course
from desk.factories import SavedViewFactory
from desk.models import SavedView
from e2e import pages
from e2e.conftest import Academy
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.archive import archive
from programs.models import Program
from programs.scope import use_program
from students.factories import StudentFactory
from students.models import Student

SCRIPT = "<script>document.title='owned'</script>"
IMAGE = "\"'><img src=x onerror=\"document.title='owned'\">"
HTML = "<b>Bold</b> & <i>Co</i> {{ 7|add:7 }} {% now 'Y' %}"
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 5 + "Xtwentyfivelettersatitsend"[:25]
EMOJI = "Zoë 👩🏽‍🚀🏊 Ñandú ﷽"
RIGHT_TO_LEFT = "שלום עולם مرحبا بالعالم \u202e abc"
MARKDOWN = f"# Title {SCRIPT}\n\n[link](javascript:alert(1)) ![x](x) {LONG}\n\n<img src=x onerror=alert(1)>\n\n- {EMOJI}"
TEXTS = [SCRIPT, IMAGE, HTML, LONG, EMOJI, RIGHT_TO_LEFT]

# What sticks out of the screen, for the message: the widest innermost elements.
STICKING_OUT = """() => {
  const { scrollWidth: wide, clientWidth: screen } = document.documentElement; // innerWidth grows with what sticks out
  if (wide <= screen) return "";
  const out = [...document.querySelectorAll("body *")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width && box.right > screen + 1 && !e.children.length;
  });
  return `${wide} px wide: ` + out.slice(0, 3).map((e) => e.outerHTML.slice(0, 90)).join(" | ");
}"""


# A script that ran, or HTML that is no longer text.
OWNED = """() => document.title === "owned"
  || [...document.querySelectorAll("main b")].some((bold) => bold.textContent === "Bold")
  || document.querySelector("main img[src=x], main script:not([type='application/json'], [src^='/static/'])") !== null"""


def broken(page: Page) -> list[str]:
    """What a text has broken on the page as it stands."""
    found = []
    if (out := page.evaluate(STICKING_OUT)) != "":
        found.append(out)
    if page.evaluate(OWNED):
        found.append("a stored text became markup")
    return found


def note_dialogs(page: Page, found: list[str]) -> None:
    """Note in `found` what a script opens on the page."""

    def note(dialog: Dialog) -> None:
        found.append(f"a script opened {dialog.message}")
        dialog.dismiss()

    page.on("dialog", note)


@contextmanager
def hostile(academy: Academy) -> Iterator[tuple[list[pages.Visit], list[pages.Visit]]]:
    """Visits to the pages of the rows, and to every page there is. The rows are there for the length of the block."""
    with academy.working():
        pages.prepare()
        made, visits, others = _seed()
    try:
        yield visits, others
    finally:
        with academy.working():
            _remove(made)


def _seed() -> tuple[dict[str, Any], list[pages.Visit], list[pages.Visit]]:
    program, user = Program.objects.get(name=pages.PROGRAM), User.objects.get(username=pages.USER)
    kept = {"user": user, "name": user.full_name, "program": program, "initials": program.initials}
    visits: list[pages.Visit] = []

    def visit(name: str, url: str, *arguments: Any, query: str = "") -> None:
        visits.append(pages.Visit(name, reverse(url, args=arguments) + query, pages.USER))

    with use_program(program, user=user):
        for number, text in enumerate(TEXTS):
            student = StudentFactory(
                first_name=text[:200],
                last_name=LONG[:200],
                phone=text[:40],
                date_of_birth=datetime.date(2012, 2, 29),
                address={"street": text, "line2": LONG, "postal_code": "1", "city": text, "country": text},
                emergency_contact={"contacts": [{"name": text, "relation": text, "phone": text[:40]}]},
                medical_info={
                    "conditions": [
                        {"name": text, "severity": "severe", "action": LONG, "medication": text},
                    ],
                    "note": f"{text}\n{LONG}",
                },
            )
            visit(f"student {number}", "students:student-detail", student.pk)
            visit(f"student form {number}", "students:student-update", student.pk)
            if text in (SCRIPT, LONG):
                visit(f"student archive {number}", "students:student-archive", student.pk)
            facility = FacilityFactory(
                name=f"{number}{text}"[:200],
                status="maintenance",
                status_reason=f"{text} {LONG}"[:500],
                equipment=[{"name": text[:100], "quantity": 99999}, {"name": LONG[:100], "quantity": 1}],
                amenities=[text[:60], LONG[:60]],
            )
            visit(f"facility {number}", "facilities:facility-detail", facility.pk)
            visit(f"facility form {number}", "facilities:facility-update", facility.pk)
            course = CourseFactory(name=f"{number}{text}"[:200], description=f"{text} {LONG}")
            curriculum = CurriculumFactory(course=course, name=text[:200], description=LONG)
            module = ModuleFactory(curriculum=curriculum, name=text[:200], description=LONG)
            lesson = LessonFactory(module=module, name=text[:200], content=f"{text}\n\n{MARKDOWN}")
            visit(f"course {number}", "courses:course-detail", course.pk)
            visit(f"course form {number}", "courses:course-update", course.pk)
            visit(f"lesson {number}", "courses:lesson-detail", course.pk, lesson.pk)
            SavedViewFactory(user=user, name=f"{number}{text}"[:80], query="status=active")
        for text in (SCRIPT, LONG):
            visit("search", "students:student-list", query="?" + urlencode({"q": text[:100]}))
    others = pages.visits()  # while the program has its name
    user.full_name = f"{SCRIPT} {LONG}"[:200]
    user.save()
    program.name, program.initials = f"{IMAGE}{LONG}"[:120], "<b>"
    program.save()
    return kept, visits, others


def _remove(kept: dict[str, Any]) -> None:
    """The demo's names are back; the rows are archived, where nobody looks."""
    kept["program"].name, kept["program"].initials = pages.PROGRAM, kept["initials"]
    kept["program"].save()
    kept["user"].full_name = kept["name"]
    kept["user"].save()
    with use_program(kept["program"]):
        for student in Student.objects.filter(last_name=LONG[:200]):
            archive(student)
        for facility in Facility.objects.filter(status_reason__contains=LONG):
            archive(facility)
        for course in Course.objects.filter(description__contains=LONG):
            archive(course)
        SavedView.objects.filter(user=kept["user"]).delete()
