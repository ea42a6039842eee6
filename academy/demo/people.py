"""Generates the students of the demo data, family by family.

The random generators have fixed seeds, so the same day gives the same students. Only dates depend on the day: birthdays
and enrolments are relative to it, so that charts of the last months are never empty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from . import medical
from .catalogue import PROGRAMS
from .names import LANGUAGES, OWN_SCRIPT, Language, for_gender, latin
from .places import Home, draw_home

SEED = "academy demo"
YEARS = 4
MONTH_WEIGHTS = [9, 6, 6, 7, 5, 4, 2, 4, 16, 9, 6, 3]
"""Weights of enrolments in January, February, …: terms begin in September and January."""


@dataclass
class Parent:
    name: str
    relation: str
    phone: str
    email: str


@dataclass
class Family:
    language: str
    home: Home
    surname: str
    parents: list[Parent]
    others: list[dict[str, str]]
    used_names: set[str] = field(default_factory=set)
    birthdays: list[dt.date] = field(default_factory=list)

    def contacts(self) -> list[dict[str, str]]:
        parents = [
            {"name": p.name, "relation": p.relation, "phone": p.phone, "email": p.email} for p in self.parents
        ]
        return [*parents, *self.others][:3]


@dataclass
class DrawnStudent:
    """A student to be written: the name of the program and the fields of the model. `number` never changes."""

    number: int
    program: str
    fields: dict[str, Any]


def draw_students(today: dt.date) -> list[DrawnStudent]:
    """All students of the demo data, always the same number in the same order."""
    rng = Random(f"{SEED} families")  # noqa: S311
    places = [program.name for program in PROGRAMS for _ in range(program.students)]
    rng.shuffle(places)
    own_script = dict(zip(rng.sample(range(300), len(OWN_SCRIPT)), OWN_SCRIPT, strict=True))
    families = 0
    drawn: list[DrawnStudent] = []
    while places:
        count = min(rng.choices([1, 2, 3, 4], [58, 30, 10, 2])[0], len(places))
        # Siblings are mostly in the same program.
        program = places.pop()
        programs = [program]
        for _ in range(count - 1):
            same = rng.random() < 0.6 and program in places
            programs.append(program if same else places[-1])
            places.remove(programs[-1])
        row = own_script.get(families)
        family = draw_family(Random(f"{SEED} family {families}"), row)  # noqa: S311
        families += 1
        for program in programs:
            number = len(drawn)
            drawn.append(draw_student(number, program, family, today, row))
            row = None
    return drawn


def draw_family(rng: Random, row: tuple[str, str, str, bool, str] | None) -> Family:
    """Generate a family; a `row` of OWN_SCRIPT fixes its language and surname."""
    language = (
        row[0] if row else rng.choices(list(LANGUAGES), [lang.weight for lang in LANGUAGES.values()])[0]
    )
    names = LANGUAGES[language]
    home = draw_home(language, rng)
    surname, mother_surname = _surnames(names, rng)
    if row:
        surname = mother_surname = row[4].split(".")[1].capitalize()
    family = Family(language, home, surname, [], [])
    lone_parent = rng.random() < 0.16
    for is_woman, relation in [(True, "Mother"), (False, "Father")]:
        if lone_parent and not is_woman:
            break
        given = _unused(names.given(is_woman), family, rng)
        last = for_gender(
            mother_surname if is_woman else surname.split(" ")[0] if names.double else surname, is_woman
        )
        phone = home.mobile(rng)
        family.parents.append(
            Parent(f"{given} {last}", relation, phone, f"{latin(given)}.{latin(last)}@example.org")
        )
    if rng.random() < 0.25:
        family.parents.reverse()
    if rng.random() < 0.22:
        is_woman = rng.random() < 0.7
        given = _unused(names.given(is_woman), family, rng)
        relation = rng.choice(["Grandmother", "Aunt"] if is_woman else ["Grandfather", "Uncle"])
        family.others.append(
            {
                "name": f"{given} {for_gender(mother_surname, is_woman)}",
                "relation": relation,
                "phone": home.landline(rng) if relation.startswith("Grand") else home.mobile(rng),
            }
        )
    return family


def _surnames(names: Language, rng: Random) -> tuple[str, str]:
    """The children's surname and the mother's."""
    # The first names of a list are the most common ones.
    common = [1 / (place + 3) for place in range(len(names.surnames))]
    surname, other = rng.choices(names.surnames, common)[0], rng.choice(names.surnames)
    if names.double and other != surname:
        return f"{surname} {other}", other
    if names.own_name:
        return surname, other
    if rng.random() < 0.07:
        partner = rng.choice(LANGUAGES[rng.choice(list(LANGUAGES))].surnames)
        if "/" not in partner + surname and partner != surname:
            return f"{surname}-{partner}", partner
    return surname, surname


def _unused(names: list[str], family: Family, rng: Random) -> str:
    name = rng.choice([name for name in names if name not in family.used_names])
    family.used_names.add(name)
    return name


def draw_student(
    number: int,
    program: str,
    family: Family,
    today: dt.date,
    row: tuple[str, str, str, bool, str] | None = None,
) -> DrawnStudent:
    """Generate a child of a family; a `row` of OWN_SCRIPT fixes its name."""
    rng = Random(f"{SEED} student {number}")  # noqa: S311
    is_girl = row[3] if row else rng.random() < 0.5
    names = LANGUAGES[family.language]
    if row:
        first, last = row[1], row[2]
        mailbox = row[4]
        family.used_names.add(first)
    else:
        first, last = _unused(names.given(is_girl), family, rng), for_gender(family.surname, is_girl)
        mailbox = f"{latin(first)}.{latin(last)}"
    status = rng.choices(["active", "inactive", "graduated", "withdrawn"], [82, 7, 6, 5])[0]
    health = rng.random()
    medical_info = medical.draw(rng) if health < 0.15 else medical.draw_note(rng) if health < 0.19 else {}
    own_phone, has_email = family.home.mobile(rng), rng.random() < 0.93
    asked_for_address = rng.random() < 0.97
    # From here on values depend on the day.
    born = _birthday(program, status, family, today, rng)
    age = (today - born).days / 365.25
    parent = family.parents[0]
    fields = {
        "first_name": first,
        "last_name": last,
        "email": "" if not has_email else f"{mailbox}@example.com" if age >= 13 else parent.email,
        "phone": own_phone if age >= 12 else parent.phone,
        "date_of_birth": born,
        "enrollment_date": _enrolment(program, status, born, today, rng),
        "status": status,
        "address": family.home.address if asked_for_address else {},
        "emergency_contact": {"contacts": family.contacts()},
        "medical_info": medical_info,
    }
    return DrawnStudent(number, program, fields)


def _birthday(program: str, status: str, family: Family, today: dt.date, rng: Random) -> dt.date:
    """A birthday that fits an age group of the program and those of the siblings."""
    ages = next(p.ages for p in PROGRAMS if p.name == program)
    low, high, _ = rng.choices(ages, [weight for _, _, weight in ages])[0]
    if status == "graduated":
        low, high = 15, 20
    twin = family.birthdays and rng.random() < 0.05
    if twin and low * 365 <= (today - family.birthdays[-1]).days <= high * 366:
        born = family.birthdays[-1]
    else:
        tries = 0
        while True:
            born = today - dt.timedelta(days=rng.randint(low * 365 + 20, (high + 1) * 365 - 20))
            distances = [abs((born - other).days) for other in family.birthdays]
            if all(400 <= distance <= 4000 for distance in distances):
                break
            tries += 1
            if tries % 40 == 0:  # no gap between the siblings: widen the range of ages
                low, high = max(4, low - 1), high + 1
    family.birthdays.append(born)
    return born


def _months(today: dt.date) -> Iterator[tuple[dt.date, float]]:
    """(first day, weight of enrolments) of each of the last months, newest first."""
    year, month = today.year, today.month
    for back in range(YEARS * 12):
        share = today.day / 30 if back == 0 else 1
        growth = 1.6 - back / (YEARS * 12)
        yield dt.date(year, month, 1), MONTH_WEIGHTS[month - 1] * growth * min(share, 1)
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)


def _enrolment(program: str, status: str, born: dt.date, today: dt.date, rng: Random) -> dt.date:
    """A day of enrolment in the last YEARS at which the child was old enough, and early enough for its status."""
    youngest = min(low for low, _, _ in next(p.ages for p in PROGRAMS if p.name == program))
    old_enough = born + dt.timedelta(days=youngest * 365)
    stayed = {"active": 0, "inactive": 5, "withdrawn": 4, "graduated": 20}[status]
    months = [
        (first, weight)
        for back, (first, weight) in enumerate(_months(today))
        if back >= stayed and first > old_enough
    ]
    if not months:
        return max(old_enough, today.replace(day=1))
    first = rng.choices([first for first, _ in months], [weight for _, weight in months])[0]
    last_day = min(28, today.day) if first == today.replace(day=1) else 28
    return first.replace(day=rng.randint(1, last_day))
