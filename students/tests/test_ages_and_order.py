"""Ages of those who are born on a leap day, and the order of names."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from programs.scope import use_program
from students.factories import StudentFactory
from students.tests.test_list import first_names, names


def on(day: datetime.date, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock stand at noon of the day."""
    noon = datetime.datetime.combine(day, datetime.time(12), datetime.UTC)
    monkeypatch.setattr(timezone, "now", lambda: noon)


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        ("2012-02-29", "2026-02-28", 13),
        ("2012-02-29", "2026-03-01", 14),
        ("2012-02-29", "2024-02-28", 11),
        ("2012-02-29", "2024-02-29", 12),
        ("2012-02-28", "2024-02-29", 12),
        ("2012-03-01", "2024-02-29", 11),
        ("2012-03-01", "2026-02-28", 13),
        ("2012-03-01", "2026-03-01", 14),
    ],
)
def test_a_leap_day_counts_like_every_birthday_in_the_page_and_in_the_filter(
    coordinator: Any, program: Any, monkeypatch: pytest.MonkeyPatch, born: str, today: str, age: int
) -> None:
    on(datetime.date.fromisoformat(today), monkeypatch)
    with use_program(program):
        student = StudentFactory(
            first_name="Leap",
            date_of_birth=datetime.date.fromisoformat(born),
            enrollment_date=datetime.date(2023, 1, 1),
        )
    assert student.age == age
    assert first_names(coordinator.get(f"/students/?age_from={age}&age_to={age}")) == ["Leap"]
    assert first_names(coordinator.get(f"/students/?age_from={age + 1}")) == []
    assert first_names(coordinator.get(f"/students/?age_to={age - 1}")) == []


def test_names_are_in_the_order_of_a_register(coordinator: Any, program: Any) -> None:
    """By last name and first name; capitals and accents don't count, other scripts follow."""
    given = [
        ("Öz", "Émile"),
        ("oz", "Ada"),
        ("Zimmer", "A"),
        ("Åkesson", "B"),
        ("akerman", "C"),
        ("Østergård", "D"),
        ("O'Neill", "E"),
        ("de Boer", "F"),
        ("Deák", "G"),
        ("Яковлева", "H"),
        ("田中", "I"),
    ]
    with use_program(program):
        for last_name, first_name in given:
            StudentFactory(first_name=first_name, last_name=last_name)
    expected = [
        "C akerman",
        "B Åkesson",
        "F de Boer",
        "G Deák",
        "E O'Neill",
        "D Østergård",
        "Ada oz",
        "Émile Öz",
        "A Zimmer",
        "H Яковлева",
        "I 田中",
    ]
    assert names(coordinator.get("/students/")) == expected
    assert names(coordinator.get("/students/?sort=-name")) == expected[::-1]
