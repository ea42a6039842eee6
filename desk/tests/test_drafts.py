"""What is typed and not saved is kept for the one who typed it, and for nobody else."""

import pytest
from django.db import connection

from accounts.models import Role
from crud.testing import form_data
from desk.models import Draft
from programs.scope import use_program
from programs.testing import PageClient, make_member, without_program
from students.factories import StudentFactory
from students.models import Student

NEW = "/students/new/"
KEEP = "/desk/drafts/"
FORM = "students.student:new"


@pytest.fixture
def user(program, other_program):
    return make_member(Role.PROGRAM_COORDINATOR, program, other_program)


@pytest.fixture
def staff(user, program):
    return PageClient(user, program)


def keep(staff, url=NEW, form=FORM, **typed):
    return staff.post(KEEP, {**form_data(staff.get(url)), **typed, "draft_form": form})


def drafts(program):
    with use_program(program):
        return list(Draft.objects.exclude(data={}).values_list("form", flat=True))


def test_what_was_typed_comes_back(staff):
    assert keep(staff, first_name="Ada", phone="not a number").status_code == 204
    assert "You have not finished this form." in staff.get(NEW).content.decode()
    page = staff.get(f"{NEW}?draft=1")
    assert page.status_code == 200
    assert form_data(page)["first_name"] == "Ada"
    assert "to fix before" not in page.content.decode()


def test_a_later_draft_takes_the_place_of_the_earlier(staff, program):
    keep(staff, first_name="Ada")
    keep(staff, first_name="Adele")
    assert drafts(program) == [FORM]
    assert form_data(staff.get(f"{NEW}?draft=1"))["first_name"] == "Adele"


def test_saving_the_form_forgets_the_draft(staff, program):
    keep(staff, first_name="Ada")
    posted = {**form_data(staff.get(f"{NEW}?draft=1")), "last_name": "Lovelace"}
    assert staff.post(NEW, posted).status_code == 302
    assert drafts(program) == []
    assert "You have not finished" not in staff.get(NEW).content.decode()


def test_saving_what_did_not_change_forgets_the_draft(staff, program):
    with use_program(program):
        student = StudentFactory()
    url = f"/students/{student.pk}/edit/"
    keep(staff, url, f"students.student:{student.pk}", first_name="Ada")
    assert staff.post(url, form_data(staff.get(url))).status_code == 302
    assert drafts(program) == []


def test_a_form_that_is_refused_keeps_its_draft(staff, program):
    posted = {**form_data(staff.get(NEW)), "first_name": "Ada", "last_name": "Lovelace"}
    saved = staff.post(NEW, posted)
    keep(staff, first_name="Adele")
    # The same form once more: the database refuses the key, and what went along with the row is undone.
    assert staff.post(NEW, {**posted, "anyway": "1"}).url == saved.url
    assert drafts(program) == [FORM]


def test_discarding_forgets_the_draft_and_leads_back(staff, program):
    keep(staff, first_name="Ada")
    answer = staff.post("/desk/drafts/discard/", {"draft_form": FORM, "next": NEW})
    assert (answer.status_code, without_program(answer.url)) == (302, NEW)
    assert drafts(program) == []


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_discarding_never_leads_elsewhere(staff, target):
    answer = staff.post("/desk/drafts/discard/", {"draft_form": FORM, "next": target})
    assert without_program(answer.url) == "/"


def test_a_draft_of_an_older_version_meets_the_newer_one(staff, program):
    with use_program(program):
        student = StudentFactory(first_name="Ada")
    edit = f"/students/{student.pk}/edit/"
    keep(staff, url=edit, form=f"students.student:{student.pk}", first_name="Adele")
    with use_program(program):
        Student.objects.filter(pk=student.pk).update(first_name="Augusta")
    answer = staff.post(edit, form_data(staff.get(f"{edit}?draft=1")))
    assert answer.status_code == 409
    assert "Augusta" in answer.content.decode()
    assert form_data(answer)["first_name"] == "Adele"


def test_a_conflict_lets_one_take_the_others_version(staff, program):
    with use_program(program):
        student = StudentFactory(first_name="Ada", last_name="Byron", email="ada@example.org")
    edit = f"/students/{student.pk}/edit/"
    opened = form_data(staff.get(edit))
    with use_program(program):
        Student.objects.filter(pk=student.pk).update(first_name="Augusta", email="augusta@example.org")
    refused = staff.post(edit, {**opened, "first_name": "Adele", "email": "adele@example.org"})
    assert refused.status_code == 409
    assert staff.post(edit, {**form_data(refused), "take": "first_name"}).status_code == 302
    with use_program(program):
        student.refresh_from_db()
    assert (student.first_name, student.email) == ("Augusta", "adele@example.org")


def test_a_draft_is_its_owners_alone(staff, program):
    keep(staff, first_name="Ada")
    colleague = PageClient(make_member(Role.PROGRAM_ADMIN, program), program)
    assert "You have not finished" not in colleague.get(NEW).content.decode()
    colleague.post("/desk/drafts/discard/", {"draft_form": FORM, "next": NEW})
    assert drafts(program) == [FORM]


def test_a_draft_stays_in_its_program(staff, user, program, other_program):
    keep(staff, first_name="Ada")
    elsewhere = PageClient(user, other_program)
    assert "You have not finished" not in elsewhere.get(NEW).content.decode()
    assert drafts(other_program) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM drafts")
        assert cursor.fetchone() == (0,)  # outside a program there is nothing to see


def test_a_draft_leaves_no_trace_in_any_history(staff):
    keep(staff, first_name="Unmistakable")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('drafts_history')")
        assert cursor.fetchone() == (None,)


@pytest.mark.parametrize("form", ["", "x" * 121, "a\0b"])
def test_a_malformed_name_is_refused(staff, program, form):
    assert staff.post(KEEP, {"draft_form": form, "first_name": "Ada"}).status_code == 400
    assert drafts(program) == []


def test_too_much_to_keep_is_refused(staff, program):
    assert keep(staff, medical_note="x" * 400_000).status_code == 413
    assert drafts(program) == []


def test_a_nul_byte_in_a_draft_is_refused_and_nothing_breaks(staff, program):
    assert keep(staff, first_name="A\0da").status_code == 400
    assert drafts(program) == []


def test_what_the_driver_refuses_is_said_in_the_form(staff, program, monkeypatch):
    # Refused before it is sent: the transaction goes on, and so does the page.
    monkeypatch.setattr(Student, "full_clean", lambda self, **_: setattr(self, "first_name", "A\0da"))
    answer = staff.post(NEW, {**form_data(staff.get(NEW)), "first_name": "Ada", "last_name": "Lovelace"})
    assert answer.status_code == 422
    assert "A value is too long or out of range for the database." in answer.text
    with use_program(program):
        assert not Student.objects.exists()


# ---- what arrives after its save


def edit_form(program):
    with use_program(program):
        student = StudentFactory(first_name="Ada", last_name="Byron")
    return f"/students/{student.pk}/edit/", f"students.student:{student.pk}"


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "edit"])
def test_a_draft_that_arrives_after_its_save_is_dropped(staff, program, is_new):
    url, form = (NEW, FORM) if is_new else edit_form(program)
    typed = {**form_data(staff.get(url)), "first_name": "Adele", "last_name": "Byron"}
    assert staff.post(url, typed).status_code == 302
    late = {**typed, "first_name": "Adel", "draft_form": form}
    assert staff.post(KEEP, late).status_code == 204
    assert drafts(program) == []
    assert "You have not finished" not in staff.get(url).text
    # The next form of this name is another one.
    assert keep(staff, url, form, first_name="Zoe").status_code == 204
    assert drafts(program) == [form]


def test_drafts_of_several_forms_of_one_name_are_dropped_each(staff, program):
    posted = []
    for name in ("Ada", "Ben", "Cleo"):
        posted.append({**form_data(staff.get(NEW)), "first_name": name, "last_name": "Late"})
        assert staff.post(NEW, posted[-1]).status_code == 302
    for typed in posted:
        assert staff.post(KEEP, {**typed, "draft_form": FORM}).status_code == 204
    assert drafts(program) == []


def test_a_second_tab_of_a_saved_row_still_keeps_its_draft(staff, program):
    url, form = edit_form(program)
    one, other = form_data(staff.get(url)), form_data(staff.get(url))
    assert staff.post(url, {**one, "first_name": "Adele"}).status_code == 302
    assert staff.post(KEEP, {**other, "phone": "+44 1", "draft_form": form}).status_code == 204
    assert drafts(program) == [form]


def test_a_form_that_is_refused_still_keeps_drafts(staff, program):
    typed = {**form_data(staff.get(NEW)), "first_name": "Ada", "phone": "x"}
    assert staff.post(NEW, typed).status_code == 422
    assert staff.post(KEEP, {**typed, "draft_form": FORM}).status_code == 204
    assert drafts(program) == [FORM]


# ---- whose they are, and how many


def test_whoever_looks_as_another_user_reads_no_draft(staff, program):
    keep(staff, first_name="Unmistakable")
    super_admin = PageClient(make_member(Role.SUPER_ADMIN), program)
    super_admin.prove()
    started = super_admin.post(
        "/view-as/start/", {"user": str(staff.user.pk), "reason": "To help"}, program=None
    )
    assert started.status_code == 302
    super_admin.enter(program)
    for url in (NEW, f"{NEW}?draft=1"):
        page = super_admin.get(url)
        assert page.status_code == 200
        assert f"As {staff.user}" in page.text
        assert "Unmistakable" not in page.text
        assert "You have not finished" not in page.text
    assert form_data(staff.get(f"{NEW}?draft=1"))["first_name"] == "Unmistakable"


@pytest.mark.parametrize(
    "lookup",
    [
        "data__icontains=Unmis",
        "data__first_name__0__startswith=U",
        "data__has_key=first_name",
        "data__isnull=0",
        "data__first_name__0__regex=^U",
    ],
)
@pytest.mark.parametrize("typed", ["Unmistakable", "Other"])
def test_no_filter_of_the_administration_tells_what_was_typed(staff, program, lookup, typed):
    keep(staff, first_name=typed)
    super_admin = PageClient(make_member(Role.SUPER_ADMIN), program)
    super_admin.prove()
    assert super_admin.get(f"/admin/desk/draft/?{lookup}").status_code == 400


def test_the_administration_shows_that_there_is_a_draft_and_not_what(staff, program):
    keep(staff, first_name="Unmistakable")
    with use_program(program):
        draft = Draft.objects.get()
    super_admin = PageClient(make_member(Role.SUPER_ADMIN), program)
    super_admin.prove()
    for url in (
        "/admin/desk/draft/",
        f"/admin/desk/draft/{draft.pk}/change/",
    ):
        page = super_admin.get(url)
        assert page.status_code == 200
        assert "Unmistakable" not in page.text
    assert FORM in super_admin.get("/admin/desk/draft/").text
    staff.post("/desk/drafts/discard/", {"draft_form": FORM, "next": NEW})
    assert FORM not in super_admin.get("/admin/desk/draft/").text


def test_the_oldest_drafts_of_a_user_go(staff, user, program, monkeypatch):
    monkeypatch.setattr("desk.services.MOST_DRAFTS", 3)
    colleague = PageClient(make_member(Role.PROGRAM_ADMIN, program), program)
    keep(colleague, form="of:colleague", first_name="Ada")
    for number in range(5):
        keep(staff, form=f"form:{number}", first_name="Ada")
    assert sorted(drafts(program)) == ["form:2", "form:3", "form:4", "of:colleague"]
    keep(staff, form="form:3", first_name="Adele")
    assert sorted(drafts(program)) == ["form:2", "form:3", "form:4", "of:colleague"]
