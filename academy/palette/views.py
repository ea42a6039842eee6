"""The command palette: every place one may go to and everything one may do, found by typing."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, QuerySet, Value
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import crud
from courses.filters import lessons_named
from courses.models import Lesson
from courses.views import CourseViews
from crud import filters
from crud.history import HistoryEntry, event_model, event_rows, events, read
from crud.lists.query import Listing
from crud.names import search_words
from crud.templatetags.ui import avatar, glyph, icon
from database.functions import Fold, FoldWord, with_words
from facilities.views import FacilityViews
from programs.models import Program
from students.models import Student
from students.search import digits_of, is_phone, other_ways, phone_needle
from students.views import StudentViews
from web.http import PROGRAM_PARAMETER, is_partial
from web.theme import theme_of

from ..navigation import navigation

# A new entity is a line here.
ENTITIES: tuple[type[crud.ModelViews], ...] = (StudentViews, CourseViews, FacilityViews)

MOST = 6  # of a kind
LONGEST = 100
FEW = 2  # rows, beside which similar spellings are shown, and matches in the archive and in other programs
# So few are in many numbers; more are in few, which can all be read and ranked.
COMMON, RANKED = 5, 50
EVENTS_READ = 60  # of each kind, for the rows that the user changed last
NUMBER = re.compile(r"(?:stu[\s-]*)?(?:([12]\d{3})[\s-]+)?(\d{1,9})", re.IGNORECASE | re.ASCII)
NUMBER_YEARS = 40


@dataclass(frozen=True)
class Item:
    """One line. It opens `url`; or it sends `name`=`value` by the form `form` of the frame.

    `press` is a selector: where the page has that button, it is pressed instead of sending.
    """

    label: SafeString | str
    picture: SafeString
    hint: SafeString | str = ""
    url: str = ""
    form: str = ""
    name: str = ""
    value: str = ""
    press: str = ""
    key: str = ""
    words: str = ""


@dataclass
class Group:
    label: str
    items: list[Item] = field(default_factory=list)


@never_cache
@require_safe
def palette(request: Any) -> HttpResponse:
    """What matches `q`: a fragment for HTMX, else a page that works without a script.

    Where few rows match, the fragment asks for a second one (`further=1`) with what the search nearly found, which
    takes longer. The page has it at once.
    Stands outside programs (see `programs.program_optional`): without one there are no rows, but programs to go to.
    """
    text = " ".join(request.GET.get("q", "").replace("\0", "")[:LONGEST].split())
    part, further = is_partial(request), bool(request.GET.get("further"))
    rows = list(_rows_found(request, text)) if text else []
    few = bool(text and request.program) and sum(len(group.items) for group in rows) <= FEW
    made: list[Group] = []
    if not (part and further):
        made += _found(request, text, rows) if text else _at_first(request)
    if few and (further or not part):
        made += _nearly_found(request, text, rows)
    groups = [group for group in made if group.items]
    count = sum(len(group.items) for group in groups)
    said = ngettext("%(count)d result", "%(count)d results", count) % {"count": count}
    return crud.render(
        request,
        "palette/page.html",
        {
            "query": text,
            "groups": groups,
            "said": said if text else "",
            "longest": LONGEST,
            "further_query": urlencode({"q": text, "further": 1}) if part and few and not further else "",
            # Who switches the program here wants to go on, not to search again.
            "here": reverse("dashboard"),
        },
        partial="palette/_further.html" if further else "palette/_results.html",
    )


def fold(text: str) -> str:
    """Without case and accents, as the database folds what it searches."""
    return filters.fold(text.casefold())


def _at_first(request: Any) -> Iterator[Group]:
    yield Group(_("You changed"), _recent(request))
    yield Group(_("Go to"), _pages(request)[:MOST])
    yield Group(_("Actions"), [*_additions(request), *_account(request)][:MOST])
    if len(request.memberships) <= MOST or not request.program:
        yield Group(_("Switch program"), _programs(request, []))


def _found(request: Any, text: str, rows: list[Group]) -> Iterator[Group]:
    words = _marks(text)
    commands = [*_pages(request), *_additions(request), *_account(request), *_appearance(request)]
    places = [item for item in commands if item.url and not item.words]
    deeds = [item for item in commands if item not in places]
    first: list[Group] = []
    last: list[Group] = []
    for label, items in ((_("Go to"), places), (_("Actions"), deeds)):
        # Above the rows only what begins like that: a name must not stand below words that happen to match.
        begins = any(fold(str(item.label)).startswith(" ".join(words)) for item in items)
        (first if begins else last).append(Group(label, _matching(items, words)))
    yield from first
    yield from rows
    yield Group(_("Switch program"), _programs(request, words))
    yield from last


def _nearly_found(request: Any, text: str, rows: list[Group]) -> Iterator[Group]:
    """Similar spellings, and where else something matches."""
    if not is_phone(text):
        known = {item.url for group in rows for item in group.items}
        yield Group(_("Similar spellings"), _similar(request, text, known))
    yield Group(_("In the archive and in other programs"), _elsewhere(request, text))


def _rows_found(request: Any, text: str) -> Iterator[Group]:
    """The rows of each kind that the user may see here."""
    for views in ENTITIES:
        if request.program and request.user.has_perm(views.permission_for("view")):
            names = str(views.model._meta.verbose_name_plural)
            items = _students(request, text) if views is StudentViews else _rows(views, text)
            yield Group(capfirst(names), items)
    if request.program and request.user.has_perm("courses.view_course"):
        yield Group(capfirst(str(Lesson._meta.verbose_name_plural)), _lessons(text))


# --- pages and actions -------------------------------------------------------------------------------------


def _pages(request: Any) -> list[Item]:
    pages = [
        Item(entry["label"], icon(entry["icon"]), url=entry["url"], key=f"G {entry['key'].upper()}")
        for entry in navigation(request)["nav"]
    ]
    pages.append(Item(_("Profile and preferences"), icon("user"), url=reverse("profile")))
    if request.user.is_superuser:
        pages.append(Item(_("Administration"), icon("settings"), url=reverse("admin:index")))
    return pages


def _additions(request: Any) -> list[Item]:
    return [
        Item(
            _("Add %(name)s") % {"name": views.model._meta.verbose_name},
            icon("plus"),
            url=reverse(views.url_name("create")),
            words=_("new create"),
        )
        for views in ENTITIES
        if request.program and request.user.has_perm(views.permission_for("add"))
    ]


def _account(request: Any) -> list[Item]:
    return [
        Item(_("Change your password"), icon("lock"), url=reverse("password"), words=_("account")),
        Item(
            _("Sign out"), icon("logout"), form="logout", name="out", value="1", words=_("log out leave exit")
        ),
    ]


THEMES = (
    ("light", "sun", gettext_lazy("Light theme")),
    ("dark", "moon", gettext_lazy("Dark theme")),
    ("system", "device-desktop", gettext_lazy("Theme of the device")),
)


def _appearance(request: Any) -> list[Item]:
    """What changes how the pages look: the values that do not hold now."""

    def setting(label: str, picture: str, name: str, value: str, words: str, press: str = "") -> Item:
        return Item(
            label, icon(picture), form="preferences", name=name, value=value, words=words, press=press
        )

    found = [
        setting(
            str(label),
            picture,
            "theme",
            value,
            _("switch appearance mode"),
            f'#pop-user [data-theme-set="{value}"]',
        )
        for value, picture, label in THEMES
        if value != theme_of(request)
    ]
    compact = request.COOKIES.get("density") == "compact"
    found.append(
        setting(
            _("Comfortable rows") if compact else _("Compact rows"),
            "adjustments-horizontal",
            "density",
            "normal" if compact else "compact",
            _("density lists"),
            "#pop-user [data-density]",
        )
    )
    found += [
        # In its own language, for those who understand only that.
        setting(name, "world", "language", code, f"{_('language')} language {code}")
        for code, name in settings.LANGUAGES
        if code != translation.get_language()
    ]
    return found


def _matching(items: Iterable[Item], words: Sequence[str]) -> list[Item]:
    """The items of which each of `words` begins a word, those first whose label itself matches."""

    def begins(text: str) -> bool:
        parts = re.split(r"[\s-]+", fold(text))
        return all(any(part.startswith(word) for part in parts) for word in words)

    found = [item for item in items if begins(f"{item.label} {item.words}")]
    found.sort(key=lambda item: not begins(str(item.label)))
    return [replace(item, label=marked(str(item.label), words)) for item in found[:MOST]]


def _programs(request: Any, words: Sequence[str]) -> list[Item]:
    """The programs to go to: the user's own; for super admins all, which are looked up."""
    if request.user.is_superuser:
        rows = Program.objects.filter(is_active=True).annotate(folded=Fold("name"))
        for word in words:
            rows = rows.filter(Q(folded__contains=Value(word)) | Q(initials__iexact=word))
        found = list(rows[: MOST + 1])
    else:
        own = [m.program for m in request.memberships]
        found = [p for p in own if all(word in fold(f"{p} {p.initials}") for word in words)]
    found = [program for program in found if program != request.program]
    items = [
        Item(
            marked(program.name, words), glyph(program), form="switch", name="program", value=str(program.pk)
        )
        for program in found[:MOST]
    ]
    everything = _("All programs")
    if request.user.is_superuser and not request.all_programs and all(w in fold(everything) for w in words):
        hint = _("Every row; each visit is recorded")
        items.append(
            Item(marked(everything, words), glyph(None), hint, form="switch", name="program", value="all")
        )
    return items


# --- rows --------------------------------------------------------------------------------------------------


def _rows(views: type[crud.ModelViews], text: str) -> list[Item]:
    """Rows of an entity whose stored, folded name has every word."""
    rows = with_words(views.model._default_manager.all(), "search_name", search_words(text))
    return [_row(views, row, _marks(text)) for row in rows[:MOST]]


def _lessons(text: str) -> list[Item]:
    """Lessons by name; each opens in the tree of its course."""
    rows = lessons_named(text).order_by("search_name", "pk").select_related("module__curriculum__course")
    items = []
    for lesson in rows.only("name", "module__curriculum__course__name")[:MOST]:
        course = lesson.module.curriculum.course
        url = reverse("courses:lesson-detail", args=[course.pk, lesson.pk])
        items.append(Item(marked(lesson.name, _marks(text)), icon("file-text"), course.name, url=url))
    return items


def _similar(request: Any, text: str, known: set[str]) -> list[Item]:
    """Rows of any kind whose spelling is like that of the words, without those whose address is `known`."""
    items = []
    for views in ENTITIES:
        if request.user.has_perm(views.permission_for("view")):
            rows = views.model._default_manager.all()
            filterset: Any = views().get_filterset_class()(QueryDict(), queryset=rows, request=request)
            like = list(filterset.similarly(rows, text).values_list("pk", flat=True)[: 2 * MOST])
            found = _shown(views.model).in_bulk(like) if like else {}
            items += [item for row in found.values() if (item := _row(views, row)).url not in known]
    return items[:MOST]


def _elsewhere(request: Any, text: str) -> list[Item]:
    """How many rows of each kind match in the archive and in each of the user's other programs, as the lists say it."""
    items = []
    query = QueryDict(urlencode({"q": text}))
    for views in ENTITIES:
        if not request.user.has_perm(views.permission_for("view")):
            continue
        view = views(page="list")
        view.setup(request)
        listing, kind = Listing(view, request, query), capfirst(str(views.model._meta.verbose_name_plural))
        if number := listing.archived_matches:
            label = ngettext("%(counter)s archived match", "%(counter)s archived matches", number)
            items.append(Item(label % {"counter": number}, icon("archive"), kind, url=listing.archived_url))
        for program, number in listing.elsewhere:
            label = ngettext("%(counter)s match in %(there)s", "%(counter)s matches in %(there)s", number)
            label %= {"counter": number, "there": program.name}
            url = f"{listing.words_url}&{urlencode({PROGRAM_PARAMETER: program.pk})}"
            items.append(Item(label, glyph(program), kind, url=url))
    return items


def _row(views: type[crud.ModelViews], row: Any, words: Sequence[str] = ()) -> Item:
    if views is StudentViews:
        return _student(row, words)
    return Item(marked(row.name, words), icon(views.icon), _hint(row), url=_page_of(views, row))


def _page_of(views: type[crud.ModelViews], row: Any) -> str:
    return reverse(views.url_name("detail"), args=[row.pk])


def _hint(row: Any) -> str:
    if hasattr(row, "level"):
        return _("Level %(level)s") % {"level": row.level}
    parts = [row.get_facility_type_display(), row.get_status_display() if row.status != "active" else ""]
    return " · ".join(str(part) for part in parts if part)


def _student(student: Student, words: Sequence[str] = (), digits: str = "") -> Item:
    hint = marked(student.student_id, [word.removeprefix("stu-") for word in words])
    if digits and student.phone:
        hint = format_html("{} · {}", hint, marked(student.phone, [phone_needle(digits)], key=digits_of))
    elif student.age is not None:
        years = ngettext("%(years)d year", "%(years)d years", student.age) % {"years": student.age}
        hint = format_html("{} · {}", hint, years)
    name = student.full_name
    return Item(marked(name, words), avatar(name), hint, url=_page_of(StudentViews, student))


def _marks(text: str) -> list[str]:
    return [fold(word) for word in search_words(text)]


def _students(request: Any, text: str) -> list[Item]:
    digits = digits_of(text) if is_phone(text) else ""
    private = request.user.has_perm(StudentViews.permission_for(StudentViews.private_permission))
    found = find_students(text, MOST, private=private)
    items = [_student(student, _marks(text), digits) for student in found]
    if len(items) == MOST and not digits:
        query = f"{reverse(StudentViews.url_name('list'))}?{urlencode({'q': text})}"
        items.append(Item(_("All matches in the list"), icon("search"), url=query))
    return items


def find_students(text: str, limit: int, *, private: bool = False) -> list[Student]:
    """At most `limit` students of the active program: the likeliest first.

    `text` is a name in any order, a student number or its end, the digits of a phone number or part of an e-mail;
    for who may read them (`private`), also words of a contact or a condition. Each way to look stops at the limit
    and is tried only while there is room, and reads keys from an index alone.
    """
    keys: dict[uuid.UUID, None] = {}
    for way in _ways(text, limit, private=private):
        keys |= dict.fromkeys(way)
        if len(keys) >= limit:
            break
    found = _shown(Student).in_bulk(list(keys)[:limit])
    return [found[key] for key in keys if key in found]


def _shown(model: Any) -> QuerySet[Any]:
    """The rows present, with no more columns than a line shows."""
    rows = model._default_manager.all()
    columns = ("first_name", "last_name", "student_id", "phone", "date_of_birth")
    return rows.only(*columns) if model is Student else rows


def _ways(text: str, limit: int, *, private: bool) -> Iterator[Iterable[uuid.UUID]]:
    """The keys that each way to look finds, the likeliest way first. Read where they are iterated over."""
    yield from _names_and_numbers(text, limit)
    for rows in other_ways(Student.objects.order_by(), text, private=private):
        yield rows.values_list("pk", flat=True)[: 2 * limit]


def _names_and_numbers(text: str, limit: int) -> Iterator[Iterable[uuid.UUID]]:

    def first(rows: QuerySet[Student], most: int = 2 * limit) -> Iterable[uuid.UUID]:
        # Twice as many as are wanted: the ways before may have found the same.
        return rows.values_list("pk", flat=True)[:most]

    students = Student.objects.order_by()
    numbered = students.none()
    if match := NUMBER.fullmatch(text):
        year, number = match.groups()
        numbered = students.filter(student_id__in=_student_numbers(year, number)).order_by("-student_id")
        if year:
            yield first(numbered)
            yield first(students.filter(student_id__prefix=f"STU-{year}-{number}").order_by("student_id"))
    if is_phone(text):
        # "0203" ends a student number of each year, and may end a phone number as well: room for both.
        yield first(numbered, limit // 2)
        yield from _by_phone(text, 2 * limit)
        yield first(numbered)
        return
    yield first(numbered)
    # In the order of their indexes, so that the first letters of a name cost as little as the whole.
    beginning = FoldWord(Value(" ".join(search_words(text))))
    yield first(students.filter(search_name__prefix=beginning).order_by("search_name", "pk"))
    yield first(students.filter(sort_name__prefix=beginning).order_by("sort_name", "pk"))
    if len(unicodedata.normalize("NFC", text)) > 2:  # shorter ones match only there
        yield first(Student.objects.search(text))


def _student_numbers(year: str | None, number: str) -> list[str]:
    """The numbers that "2026-12" and, of any recent year, "12" may mean."""
    this = timezone.localdate().year
    years = [int(year)] if year else range(this - NUMBER_YEARS, this + 2)
    return [f"STU-{each}-{int(number):04}" for each in years]


def _by_phone(text: str, most: int) -> Iterator[Iterable[uuid.UUID]]:
    """Those whose number ends with the digits, then those who have them anywhere."""
    needle, students = phone_needle(text), Student.objects.order_by()
    if len(needle) <= COMMON:  # so many numbers have them that those which end with them must be asked for
        yield students.with_phone(needle, at_end=True).values_list("pk", flat=True)[:most]
    found = students.with_phone(needle).values_list("pk", "phone")[:RANKED]
    yield [pk for pk, phone in sorted(found, key=lambda row: not digits_of(row[1]).endswith(needle))]


def _recent(request: Any) -> list[Item]:
    """The rows that the user changed last, among the newest changes of the program."""
    if not request.program:
        return []
    changed: list[tuple[HistoryEntry, type[crud.ModelViews]]] = []
    for views in ENTITIES:
        if event_model(views.model) is not None and request.user.has_perm(views.permission_for("view")):
            newest = event_rows(events(views.model).order_by("-event_at"))[:EVENTS_READ]
            changed += [(entry, views) for entry in read(newest)]
    changed.sort(key=lambda change: change[0].at, reverse=True)
    user = str(request.user.pk)
    own = dict.fromkeys((views, entry.row) for entry, views in changed if entry.actor_id == user)
    rows: dict[Any, Any] = {}
    for views in ENTITIES:
        if keys := [key for of, key in list(own)[:MOST] if of is views]:
            rows |= _shown(views.model).in_bulk(keys)
    return [_row(views, rows[key]) for views, key in own if key in rows]


# --- marks -------------------------------------------------------------------------------------------------


def marked(text: str, words: Iterable[str], key: Callable[[str], str] = fold) -> SafeString:
    """`text` as HTML with what matches `words` in <mark>; `key` says how a letter is compared.

    One or two letters are marked at the beginning of words alone, where they are looked for.
    """
    keyed, origin = "", []
    for place, letter in enumerate(text):
        part = key(letter)
        keyed += part
        origin += [place] * len(part)
    hit: set[int] = set()
    for word in words:
        start = keyed.find(word) if word else -1
        while start >= 0:
            if len(word) > 2 or start == 0 or not keyed[start - 1].isalnum():
                hit.update(range(origin[start], origin[start + len(word) - 1] + 1))
            start = keyed.find(word, start + len(word))
    parts, within = [], False
    for place, letter in enumerate(text):
        if (place in hit) != within:
            within = not within
            parts.append("<mark>" if within else "</mark>")
        parts.append(escape(letter))
    return mark_safe("".join(parts) + ("</mark>" if within else ""))  # noqa: S308  each letter is escaped
