"""The guide of docs/architecture.md to a new entity, followed word by word in a copy of the project."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from academy.rooms import APPS
from scripts.test import CHECKS

from .project_copy import ROOT, Copy, migrated_copy

BLOCK = re.compile(
    r"^`(?P<path>[\w/]+\.py)`\n```(?:python|text)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL
)
MOST_LINES = 25
# Where the guide has been followed already, the app of the test has another name.
NAME = "spare" if "lockers" in APPS else "locker"
# What a new app can break; the types of the whole project take longer than everything else here.
CHECKED = [(name, command) for name, command in CHECKS if name not in ("types", "scripts of the browser")]
TESTS = [
    "academy/tests/test_contracts.py",
    "academy/tests/test_ways_back.py",
    "academy/tests/test_guarded_forms.py",
    "academy/tests/test_schema.py",
    "academy/tests/test_rooms.py",
    "academy/tests/test_history_reader.py",
    "academy/tests/test_plans.py",
    "academy/palette/tests/test_palette.py",
    "programs/tests/test_roles.py",
    "programs/tests/test_admin_matrix.py",
]
ABOUT_IT = f"{NAME} or in_the_table or stale or complete or named or at_first or rooms"

# Runs in a process of its own, where the new app is installed; tells what it saw as JSON.
USED = """
import json, logging, uuid
import django
from django.conf import settings
static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.STORAGES = {**settings.STORAGES, "staticfiles": static}
django.setup()
logging.disable(logging.CRITICAL)
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

import academy.urls
call_command("check", databases=["default"])

from django.contrib import admin
import crud
from crud.testing import form_data
from lockers.models import Locker
from programs.isolation_checks import isolation_violations
from programs.models import Program
from crud.history import event_model
from programs.registry import scoped_models
from programs.scope import use_program
from programs.testing import PageClient, factory_of, make_member

from django.test.utils import setup_test_environment
setup_test_environment(debug=False)

own, other = (Program.objects.create(name=name) for name in ("Swimming", "Football"))
admin_, tutor = (PageClient(make_member(role, own), own) for role in ("program_admin", "tutor"))
with use_program(other):
    foreign = factory_of(Locker)(name="Foreign locker")
with use_program(own):
    factory_of(Locker).create_batch(30, name="Bulk")

seen = {}
seen["reasons"] = isolation_violations()
seen["scoped"] = Locker in scoped_models() and event_model(Locker) is not None
seen["in admin"] = Locker in admin.site._registry
seen["registered"] = [v.__name__ for v in crud.registered() if v.model is Locker]

new = reverse("lockers:locker-create")
page = admin_.get(new)
made = admin_.post(new, {**form_data(page), "name": "Number seven"})
seen["create"] = [page.status_code, made.status_code]
with use_program(own):
    row = Locker.objects.get(name="Number seven")
    seen["history"] = [e.pgh_context["url"] for e in row.history.all()]
seen["made at"] = made.url == reverse("lockers:locker-detail", args=[row.pk])

def urls(page, pk=row.pk):
    return reverse(f"lockers:locker-{page}", args=[pk])

lists = reverse("lockers:locker-list")
queries = {"plain": "", "search": "?q=seven", "sort": "?sort=-name", "page 2": "?page=2", "filter": "?is_free=true",
           "unknown sort": "?sort=nothing", "unknown filter": "?nothing=1"}
seen["lists"] = {name: admin_.get(lists + query).status_code for name, query in queries.items()}
found = admin_.get(lists + "?q=seven").text
seen["found"] = "Number seven" in found and "Bulk" not in found
seen["htmx"] = "<!doctype" not in admin_.get(lists, headers={"HX-Request": "true"}).text
seen["isolated"] = "Foreign" not in admin_.get(lists).text
seen["detail"] = "Number seven" in admin_.get(urls("detail")).text
changed = admin_.post(urls("update"), {**form_data(admin_.get(urls("update"))), "name": "Number eight"})
seen["update"] = [changed.status_code, "Number eight" in admin_.get(urls("detail")).text]
seen["archive"] = [admin_.get(urls("archive")).status_code, admin_.post(urls("archive")).status_code]
def count(query): return admin_.get(lists + query).context["listing"].query.count
seen["archived"] = [count("?q=eight"), count("?q=eight&archived=1")]
seen["restore"] = admin_.post(urls("restore")).status_code
seen["restored"] = [count("?q=eight"), count("?q=eight&archived=1")]
random = admin_.get(urls("detail", uuid.uuid4()))
foreign_page = admin_.get(urls("detail", foreign.pk))
seen["foreign"] = [foreign_page.status_code, foreign_page.content == random.content,
                   admin_.post(urls("archive", foreign.pk)).status_code]
seen["tutor"] = tutor.get(lists).status_code
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM lockers_locker")
    seen["raw rows"] = cursor.fetchone()[0]
with use_program(own), connection.cursor() as cursor:
    cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
    seen["plan"] = Locker.objects.order_by("name", "id").explain(format="json")
print("SEEN" + json.dumps(seen))
"""


def named(text: str) -> str:
    """A text about lockers, about the app of the test."""
    return text.replace("locker", NAME).replace("Locker", NAME.capitalize())


@pytest.fixture(scope="module")
def blocks() -> dict[str, str]:
    """The code of the guide by file name."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    return {match["path"]: match["code"] for match in BLOCK.finditer(text)}


def test_the_guide_is_complete(blocks: dict[str, str]) -> None:
    assert sorted(blocks) == [
        "academy/rooms.py",
        "academy/urls.py",
        "lockers/admin.py",
        "lockers/models.py",
        "lockers/urls.py",
        "lockers/views.py",
    ]


def test_a_new_entity_costs_at_most_25_lines(blocks: dict[str, str]) -> None:
    lines = [line for code in blocks.values() for line in code.splitlines() if line.strip()]
    assert len(lines) <= MOST_LINES, len(lines)
    assert max(map(len, lines)) <= 110


@pytest.fixture(scope="module")
def project(
    blocks: dict[str, str], tmp_path_factory: pytest.TempPathFactory, django_db_setup: None
) -> Iterator[Copy]:
    files = {named(path): named(code) for path, code in blocks.items()}
    with migrated_copy(files, tmp_path_factory.mktemp("project")) as copy:
        yield copy


@pytest.mark.slow
def test_the_migration_is_written(project: Copy) -> None:
    migrations = project.folder / named("lockers") / "migrations"
    assert [path.name for path in migrations.glob("0*.py")] == ["0001_initial.py"]
    assert named("lockers_locker") in (project.folder / "programs" / "catalogue.txt").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "command"), CHECKED, ids=[name for name, _ in CHECKED])
def test_the_checks_are_green(project: Copy, name: str, command: list[str]) -> None:
    done = project.manage(command)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.slow
def test_the_tests_of_all_entities_pass_for_it(project: Copy) -> None:
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-k", ABOUT_IT, *TESTS]
    done = project.run([sys.executable, "-m", "pytest", *arguments], TEST_TEMPLATE=project.database)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None and int(passed[1]) > 60, done.stdout[-500:]


@pytest.mark.slow
def test_the_entity_works(project: Copy) -> None:
    done = project.manage([sys.executable, "-W", "error", "-c", named(USED)])
    assert done.returncode == 0, done.stderr[-3000:]
    seen: dict[str, Any] = json.loads(done.stdout.rpartition("SEEN")[2])
    assert '"Node Type": "Index Scan"' in json.dumps(json.loads(seen.pop("plan")))
    assert seen == {
        "reasons": [],
        "scoped": True,
        "in admin": True,
        "registered": [named("LockerViews")],
        "create": [200, 302],
        "history": [named("/lockers/new/")],
        "made at": True,
        "lists": {
            "plain": 200,
            "search": 200,
            "sort": 200,
            "page 2": 200,
            "filter": 200,
            "unknown sort": 404,
            "unknown filter": 404,
        },
        "found": True,
        "htmx": True,
        "isolated": True,
        "detail": True,
        "update": [302, True],
        "archive": [200, 302],
        "archived": [0, 1],
        "restore": 302,
        "restored": [1, 0],
        "foreign": [404, True, 404],
        "tutor": 403,
        "raw rows": 0,
    }
