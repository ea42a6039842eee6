"""What the kit needs of other apps comes through its hooks: no template or module of the kit names them."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from crud.hooks import Hooks, hooks
from crud.testing import form_data

TEMPLATES = settings.BASE_DIR / "templates"
URL = re.compile(r"""{%\s*url\s+["']([^"']+)""")
TEMPLATE = re.compile(r"""{%\s*(?:include|extends)\s+["']([^"']+)""")


def test_every_hook_is_set_by_an_app():
    assert {*vars(hooks)} == {*Hooks.__annotations__}
    assert None not in vars(hooks).values()


@pytest.mark.parametrize("name", ["archive", "restore", "undo_request", "undo_event", "set_preferences"])
def test_a_required_hook_that_no_app_sets_says_so(name):
    with pytest.raises(ImproperlyConfigured, match=f"hooks.{name}"):
        getattr(Hooks(), name)


def test_the_templates_of_the_kit_name_no_url_and_no_template_of_an_app():
    files = [*(TEMPLATES / "crud").rglob("*.html")]
    assert len(files) > 15
    for file in files:
        source = file.read_text()
        assert URL.findall(source) == [], file.name
        for template in TEMPLATE.findall(source):
            assert template == "base.html" or template.split("/")[0] in ("crud", "components"), file.name


def test_a_list_and_a_form_without_saved_views_and_drafts(client_for, program, monkeypatch):
    for name in ("saved_views", "drafts", "elsewhere"):
        monkeypatch.setattr(hooks, name, None)
    monkeypatch.setattr(hooks, "preferences_url_name", "")
    client = client_for("tutor", program)
    for url in ("/students/", "/students/?q=nobody", "/students/further/?q=nobody"):
        page = client.get(url)
        assert page.status_code == 200
        assert "pop-views" not in page.text
        assert "data-density-form" not in page.text
    admin = client_for("program_admin", program)
    page = admin.get("/students/new/")
    assert page.status_code == 200
    assert "data-draft" not in page.text
    saved = admin.post("/students/new/", {**form_data(page), "first_name": "Ada", "last_name": "Lovelace"})
    assert saved.status_code == 302
