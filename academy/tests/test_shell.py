"""`manage.py shell --program`: the shell works inside one program, and what it changed is written when it ends."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError

from programs.factories import ProgramFactory
from programs.models import Program
from programs.scope import NoActiveProgram, use_program
from students.factories import StudentFactory
from students.models import Student

COUNT = "from students.models import Student; print(Student.objects.count())"
ADD = "from students.factories import StudentFactory; StudentFactory(last_name='Typed')"
EXIT = "; raise SystemExit"


@pytest.fixture
def swimming(db: None) -> Program:
    own, other = ProgramFactory(name="Swimming"), ProgramFactory(name="Football")
    for program, students in ((own, 2), (other, 3)):
        with use_program(program):
            StudentFactory.create_batch(students)
    return own


def shell(command: str, capsys: pytest.CaptureFixture[str], **options: object) -> str:
    call_command("shell", command=command, verbosity=0, **options)
    return capsys.readouterr().out.strip()


def test_a_program_is_found_by_its_name_or_its_id(
    swimming: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Swimming", "swimming", str(swimming.pk)):
        assert shell(COUNT, capsys, program=name) == "2"


@pytest.mark.parametrize("ending", ["", EXIT])
def test_what_was_changed_stays_however_the_shell_was_left(
    swimming: Program, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    shell(ADD + ending, capsys, program="Swimming")
    with use_program(swimming):
        assert Student.objects.filter(last_name="Typed").count() == 1


def test_after_an_exception_nothing_stays(swimming: Program, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        shell(f"{ADD}; 1 / 0", capsys, program="Swimming")
    with use_program(swimming):
        assert not Student.objects.filter(last_name="Typed").exists()


@pytest.mark.django_db(transaction=True)
def test_read_only_is_refused_by_the_database(capsys: pytest.CaptureFixture[str]) -> None:
    ProgramFactory(name="Swimming")
    with pytest.raises(InternalError, match="read-only transaction"):
        shell(ADD, capsys, program="Swimming", read_only=True)


def test_a_long_pause_ends_no_transaction(swimming: Program, capsys: pytest.CaptureFixture[str]) -> None:
    setting = "current_setting('idle_in_transaction_session_timeout')"
    code = f'from django.db import connection as c; k = c.cursor(); k.execute("SELECT {setting}"); print(k.fetchone()[0])'
    assert shell(code, capsys, program="Swimming") == "0"


def test_without_a_program_there_is_no_scope(swimming: Program, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NoActiveProgram):
        shell(COUNT, capsys)
    with pytest.raises(CommandError, match="--read-only goes with --program"):
        shell(COUNT, capsys, read_only=True)


def test_a_name_that_is_unknown_is_told_with_those_that_are_there(
    swimming: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match=r"no program “Yoga”\. There are: Football, Swimming"):
        shell(COUNT, capsys, program="Yoga")
