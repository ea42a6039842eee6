"""The translations: gathered and checked, with no program but Python.

python scripts/translations.py update    after texts have changed: what is new waits in the .po, to be translated
python scripts/translations.py compile   writes the .mo that the application reads; every start does it, too
python scripts/translations.py check     is every text marked and translated? `make test` asks

English is the language of the source. The others lie in locale/<language>/LC_MESSAGES/.
"""

from __future__ import annotations

import io
import os
import re
import sys
from ast import literal_eval
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "academy.settings")

from babel.messages.catalog import Catalog  # noqa: E402
from babel.messages.extract import extract  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402
from django.utils.functional import Promise  # noqa: E402, F401
from django.utils.translation import trim_whitespace  # noqa: E402, F401
from django.utils.translation.template import templatize  # noqa: E402

from academy.rooms import ROOMS  # noqa: E402
from academy.translations import compile_translations, read, sources  # noqa: E402

# Not shown on pages: what tests, commands, migrations and demo data say.
LEFT_OUT = {"tests", "migrations", "management", "demo"}

PYTHON_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


class Message(NamedTuple):
    id: str | tuple[str, str]
    context: str | None
    path: str


# ---- gathering


def messages() -> Iterator[Message]:
    """Every text of the source that is marked for translation."""
    for path in python_files():
        with path.open("rb") as file:
            for _, text, _, context in extract("python", file, keywords=PYTHON_KEYWORDS):  # type: ignore[arg-type]
                if text and text != ("", ""):
                    yield Message(text if isinstance(text, str) else (text[0], text[1]), context, name(path))
    for path in templates():
        yield from messages_of_template(path)


STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*({STRING}(?:\s*,\s*{STRING})*)", re.DOTALL)


def messages_of_template(path: Path) -> Iterator[Message]:
    # Django turns the template into calls, blanking out all else; these are read here instead of by xgettext.
    for function, arguments in CALL.findall(templatize(path.read_text())):
        texts = [literal_eval(text) for text in re.findall(STRING, arguments)]
        context = texts.pop(0) if "p" in function else None
        if texts and texts[0]:
            yield Message((texts[0], texts[1]) if "n" in function else texts[0], context, name(path))


def python_files() -> list[Path]:
    found = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return sorted(path for path in found if not LEFT_OUT.intersection(path.relative_to(ROOT).parts))


def templates() -> list[Path]:
    folders = [ROOT / "templates", *ROOT.glob("*/templates")]
    kinds = ("*.html", "*.txt")  # pages and mails
    return sorted({path for folder in folders for kind in kinds for path in folder.rglob(kind)})


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def template_catalog() -> Catalog:
    """All messages, untranslated, each with the files it stands in."""
    catalog = Catalog(project="Academy", charset="utf-8")
    for message in messages():
        flags = ["python-format"] if re.search(r"%\(\w+\)[sd]", str(message.id)) else []
        catalog.add(message.id, locations=[(message.path, 1)], flags=flags, context=message.context)
    for entry in catalog:  # one line for each file, not for each place in it
        entry.locations = sorted({(path, None) for path, _ in entry.locations}, key=lambda at: at[0])  # type: ignore[misc]
    return catalog


# ---- the catalogues


def update() -> int:
    for path in sources():
        catalog = read(path)
        catalog.update(template_catalog(), no_fuzzy_matching=True, update_header_comment=False)
        catalog.obsolete.clear()
        buffer = io.BytesIO()
        write_po(buffer, catalog, width=110, include_lineno=False, sort_output=False)
        text = re.sub(
            rb'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Report-Msgid-Bugs-To|Last-Translator|Language-Team):.*\n',
            b"",
            buffer.getvalue(),
            flags=re.MULTILINE,
        )
        path.write_bytes(text)
        missing = sum(1 for message in catalog if message.id and not translated(message))
        print(f"{name(path)}: {len(catalog)} texts, {missing} to translate")
    return 0


def compile_all() -> int:
    compile_translations()
    return 0


def translated(message: object) -> bool:
    text = message.string  # type: ignore[attr-defined]
    return bool(text) if isinstance(text, str) else bool(text) and all(text)


def check() -> int:
    troubles = [*unmarked(), *(trouble for path in sources() for trouble in troubles_of(path))]
    for trouble in troubles:
        print(trouble)
    if troubles:
        print("Mark, then: python scripts/translations.py update; translate")
    return 1 if troubles else 0


def troubles_of(path: Path) -> Iterator[str]:
    """What is missing, in doubt or left over in the catalogue of one language."""
    catalog = read(path)
    wanted = {(message.id, message.context) for message in template_catalog() if message.id}
    known = {(message.id, message.context): message for message in catalog if message.id}
    for key in sorted(wanted, key=str):
        message = known.get(key)
        if message is None:
            yield f"{name(path)} lacks {key[0]!r}"
        elif not translated(message):
            yield f"{name(path)} does not translate {key[0]!r}"
        elif message.fuzzy:
            yield f"{name(path)} is in doubt about {key[0]!r}"
        elif errors := message.check(catalog):
            yield f"{name(path)}: {key[0]!r}: {errors[0]}"
    yield from (f"{name(path)} still has {key[0]!r}" for key in sorted(set(known) - wanted, key=str))
    yield from answers_for_others(catalog)


# Texts of Django and of the libraries that mean the same with us, and that we put in other words on purpose: the
# Django admin then says what our pages say.
SAME_MEANING = {
    "Administration",
    "Continue",
    "Filter",
    "History",
    "Recovery codes",
    "Remove",
    "Save",
    "Save and add another",
    "Save and continue editing",
    "Save and view",
    "Sessions",
    "Show all",
    "active",
    "created",
    "sent",
    "user",
    "users",
}


def answers_for_others(catalog: Catalog) -> Iterator[str]:
    """Our texts that would answer, otherwise translated, for a text of Django or of a library.

    All catalogues are one to Django, and ours come first: a "May" that allows something turned the month into it. A
    text that means something else needs a context (`pgettext`, `{% translate … context … %}`).
    """
    ours = {(_singular(message), message.context): message for message in catalog if message.id}
    for other in catalogs_of_libraries(str(catalog.locale)):
        for theirs in other:
            message = ours.get((_singular(theirs), theirs.context)) if theirs.id else None
            if message is None or not translated(theirs) or _singular(theirs) in SAME_MEANING:
                continue
            if (message.id, message.string) != (theirs.id, theirs.string):
                yield f"{_singular(theirs)!r} answers for a text of a library ({theirs.string!r}): give it a context"


def _singular(message: object) -> str:
    text = message.id  # type: ignore[attr-defined]
    return text if isinstance(text, str) else str(text[0])


def catalogs_of_libraries(language: str) -> Iterator[Catalog]:
    """The catalogues that Django reads beside ours: its own, and those of the installed apps."""
    import django
    from django.apps import apps

    django.setup()
    folders = [Path(django.__file__).parent / "conf", *(Path(app.path) for app in apps.get_app_configs())]
    for folder in folders:
        path = folder / "locale" / language / "LC_MESSAGES" / "django.po"
        if path.exists():
            with path.open("rb") as file:
                yield read_po(file, locale=language)


# ---- texts in templates that nobody marked

# Letters that mean the same in every language.
EXEMPT = {
    "Academy": "the name of the product",
    "Ctrl": "the name of a key",
    "Alt": "the name of a key",
    "Esc": "the name of a key",
    "Enter": "the name of a key",
    "Ctrl Enter": "the names of keys",
    "Ctrl K": "the names of keys",
    "Tab": "the name of a key",
}
WORDS = re.compile(r"[^\W\d_]{2,}")
SPOKEN = re.compile(r"^(aria-label|aria-description|placeholder|title|alt|data-confirm.*|data-text.*)$")
GIVEN = re.compile(
    r"""\b(heading|text|action|label|title|name|key|after|reason|note)=(?=["'])("[^"]*"|'[^']*')"""
    r"""|\|(default|default_if_none|yesno|pluralize):("[^"]*"|'[^']*')"""
)
DATES = re.compile(
    r"""\|(date|time):"(?!(?:SHORT_)?(?:DATE|TIME|DATETIME)_FORMAT"|YEAR_MONTH_FORMAT"|MONTH_DAY_FORMAT"|c"|Y-m-d"|[a-zA-Z]")[^"]*\""""
)
NAMES = {"system", "folder"}  # of a theme, of an icon
BLANK = "\ue000"  # stands for what the template puts there


def unmarked() -> Iterator[str]:
    for path in templates():
        if "admin" not in path.parts:  # super admins read English there
            for line, text in unmarked_in(path.read_text()):
                yield f"{name(path)}:{line}: not marked for translation: {text.strip()[:80]!r}"


def unmarked_in(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of what people read or hear in a template and no language can change."""

    def blank(match: re.Match[str]) -> str:
        return BLANK + "\n" * match[0].count("\n")

    source = re.sub(r"{#.*?#}", "", source)
    source = re.sub(r"{%\s*comment\b.*?{%\s*endcomment\s*%}", blank, source, flags=re.DOTALL)
    source = re.sub(
        r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", blank, source, flags=re.DOTALL
    )
    for tag in re.finditer(r"{%.*?%}|{{.*?}}", source, flags=re.DOTALL):
        line = source.count("\n", 0, tag.start()) + 1
        if (
            re.match(r"{%-?\s*(translate|trans|url|static|if|elif|with|block|load|extends|icon)\b", tag[0])
            and "|" not in tag[0]
        ):
            continue
        for found in GIVEN.finditer(tag[0]):
            if (
                WORDS.search((found[2] or found[4]).replace("\\n", ""))
                and (found[2] or found[4]).strip("\"'") not in NAMES
            ):
                yield line, found[0]
        for found in DATES.finditer(tag[0]):
            yield line, found[0]
    # Tags that are one or the other, or whose name is a variable.
    source = re.sub(r"<(/?){%.*?%}(?=\w)", r"<\1", source)
    source = re.sub(r"(<\w+[^<>]*){%\s*else\s*%}<?\w+", r"\1", source)
    source = re.sub(r"<(/?){{.*?}}", r"<\1x", source)
    source = re.sub(r"{%.*?%}|{{.*?}}", blank, source, flags=re.DOTALL)
    reader = _Reader()
    reader.feed(source)
    yield from reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self.silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.silent = tag
        for key, value in attrs:
            if SPOKEN.match(key) and value:
                self.say(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == self.silent:
            self.silent = ""

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.say(data)

    def say(self, text: str) -> None:
        left = text.replace(BLANK, " ").strip()
        parts = {part.strip("\n ·:,.…–—()“”!?↑↓←→") for part in text.split(BLANK)}
        if WORDS.search(left) and not all(part in EXEMPT or not WORDS.search(part) for part in parts):
            self.found.append((self.getpos()[0], left))


COMMANDS = {"update": update, "compile": compile_all, "check": check}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    sys.exit(COMMANDS[sys.argv[1]]())
