"""Nothing that is sent is a crash: the instances that were found, and requests by chance.

`make fuzz` sends more of them (`FUZZ`, 20,000), and with another `FUZZ_SEED` others.
"""

from __future__ import annotations

import os
from itertools import islice
from random import Random

import pytest

from programs.factories import ProgramFactory
from programs.testing import made_once

from .contract import ProgramFixture
from .fuzz import Range, Shot, names_read

REQUESTS = int(os.environ.get("FUZZ", "800"))
SEED = os.environ.get("FUZZ_SEED", "1")


@made_once
def field() -> Range:
    return Range(ProgramFixture(ProgramFactory(name="Swimming")))


def test_every_address_is_asked(field: Range, db: None) -> None:
    assert len(field.targets()) > 300
    assert {"next", "before", "page", "draft_form"} <= {*names_read()}


BEFORE = "0001-01-01T00:00:00+23:59~00000000-0000-0000-0000-000000000000"
DIGITS, BRACKETS = "9" * 5_000, "[" * 20_000
FOUND = (
    Shot("preferences", "POST", "body", "next", "abc"),
    Shot("desk:draft-discard", "POST", "body", "next", "abc"),
    Shot("students:student-undo", "POST", "body", "next", "abc"),
    Shot("students:student-update", "GET", "header", "Referer", "http://["),
    Shot("students:student-list", "GET", "header", "Referer", "http://["),
    Shot("desk:view-save", "POST", "header", "Referer", "http://["),
    Shot("students:student-bulk", "POST", "header", "HX-Current-URL", "http://["),
    Shot("students:student-list", "GET", "header", "HX-Current-URL", "http://["),
    Shot("mfa_login_webauthn", "POST", "body", "credential", DIGITS),
    Shot("mfa_login_webauthn", "POST", "body", "credential", BRACKETS),
    Shot("mfa_authenticate", "POST", "body", "credential", DIGITS),
    Shot("mfa_reauthenticate_webauthn", "POST", "body", "credential", BRACKETS),
    Shot("students:student-detail", "GET", "query", "page", "2"),
    Shot("admin:history", "GET", "query", "page", "2"),
    Shot("admin:students_student_history", "GET", "query", "page", "2"),
    Shot("students:student-update", "POST", "body", "version", "0001-01-01T00:00:00+23:59"),
    Shot("students:student-update", "POST", "body", "version", DIGITS),
    Shot("students:student-bulk", "POST", "body", "as_of", "0001-01-01T00:00:00+23:59"),
    Shot("admin:students_student_history", "GET", "query", "p", "2"),
    Shot("admin:students_student_change", "POST", "body", "_to_field", ""),
    Shot("admin:programs_userprogramassignment_add", "POST", "body", "user", " "),
    Shot("admin:courses_coursegrant_add", "POST", "body", "content_object", "x"),
    Shot("admin:students_student_changelist", "GET", "query", "status__exact", "\0"),
    Shot("admin:accounts_user_changelist", "GET", "query", "role__exact", "\0"),
    Shot("staff:visits", "GET", "query", "before", BEFORE),
    Shot("dashboard", "GET", "query", "from", "0001-01-01"),
)


@pytest.mark.parametrize("shot", FOUND, ids=str)
def test_what_was_found_is_no_crash(shot: Shot, field: Range, db: None) -> None:
    assert (shot.address, shot.method) in field.targets()
    assert field.fire(shot) == ""


@pytest.mark.slow
def test_nothing_senseless_is_a_crash(field: Range, db: None) -> None:
    found = [wrong for shot in islice(field.shots(Random(SEED)), REQUESTS) if (wrong := field.fire(shot))]
    for name, path in (("admin", "/students/"), ("super", "/admin/"), ("halfway", "/accounts/login/code/")):
        assert field.clients[name].get(path).status_code == 200, f"{name} was signed out on the way"
    assert not found, "\n\n--- ".join(["", *found])
