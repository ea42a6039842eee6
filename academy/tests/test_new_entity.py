"""The example of docs/architecture.md, built and used exactly as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from programs.testing import owner_url, runtime_url, scratch_database

ROOT = Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^`(?P<path>[\w/]+\.py)`\n```python\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
MOST_LINES = 25

SETTINGS = """
from academy.settings import *
INSTALLED_APPS = ["{app}", *INSTALLED_APPS]
ROOT_URLCONF = "new_entity_urls"
CATALOGUE = "{catalogue}"
STORAGES = {{**STORAGES, "staticfiles": {{"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}}}
"""
URLS = """
from django.urls import include, path
from academy.urls import *
urlpatterns = [{line}, *urlpatterns]
"""

# Runs in a process of its own, where the new app is installed; tells what it saw as JSON.
USED = """
import json, logging, uuid
import django
django.setup()
logging.disable(logging.CRITICAL)
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

call_command("makemigrations", "lockers", "--name", "initial", verbosity=0)
call_command("migrate", verbosity=0)
call_command("write_catalogue")
call_command("check", databases=["default"])

from django.contrib import admin
import crud
from crud.testing import form_data
from lockers.factories import LockerFactory
from lockers.models import Locker
from programs.isolation_checks import isolation_violations
from programs.models import Program
from crud.history import event_model
from programs.registry import scoped_models
from programs.scope import use_program
from programs.testing import PageClient, make_member

from django.test.utils import setup_test_environment
setup_test_environment(debug=False)

own, other = (Program.objects.create(name=name) for name in ("Swimming", "Football"))
admin_, tutor = (PageClient(make_member(role, own), own) for role in ("program_admin", "tutor"))
with use_program(other):
    foreign = LockerFactory(name="Foreign locker")
with use_program(own):
    LockerFactory.create_batch(30, name="Bulk")

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
print("SEEN" + json.dumps(seen))
"""


@pytest.fixture(scope="module")
def blocks() -> dict[str, str]:
    """The code of the example by file name."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    return {match["path"]: match["code"] for match in BLOCK.finditer(text)}


def test_the_example_is_complete(blocks: dict[str, str]) -> None:
    assert sorted(blocks) == [
        "academy/urls.py",
        "lockers/admin.py",
        "lockers/factories.py",
        "lockers/models.py",
        "lockers/urls.py",
        "lockers/views.py",
    ]


def test_a_new_entity_costs_at_most_25_lines(blocks: dict[str, str]) -> None:
    lines = [line for code in blocks.values() for line in code.splitlines() if line.strip()]
    assert len(lines) <= MOST_LINES, len(lines)
    assert max(map(len, lines)) <= 110


@pytest.mark.slow
def test_the_example_runs(blocks: dict[str, str], tmp_path: Path, django_db_setup: None) -> None:
    for path, code in blocks.items():
        if path.startswith("lockers/"):
            file = tmp_path / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(code)
    (tmp_path / "lockers" / "__init__.py").touch()
    (tmp_path / "lockers" / "migrations").mkdir()
    (tmp_path / "lockers" / "migrations" / "__init__.py").touch()
    (tmp_path / "new_entity_settings.py").write_text(
        SETTINGS.format(app="lockers", catalogue=tmp_path / "catalogue.txt")
    )
    (tmp_path / "new_entity_urls.py").write_text(URLS.format(line=blocks["academy/urls.py"].strip()))
    with scratch_database() as name:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
            "DJANGO_SETTINGS_MODULE": "new_entity_settings",
            "DATABASE_URL": runtime_url(name),
            "DATABASE_OWNER_URL": owner_url(name),
            "DATABASE_POOL_SIZE": "0",
            "STATIC_ROOT": str(tmp_path),  # one that is there
        }
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", USED],
            check=False,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    seen: dict[str, Any] = json.loads(done.stdout.rpartition("SEEN")[2])
    assert seen == {
        "reasons": [],
        "scoped": True,
        "in admin": True,
        "registered": ["LockerViews"],
        "create": [200, 302],
        "history": ["/lockers/new/"],
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
