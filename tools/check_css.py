"""Check the style sheet: it is what the sources build, and classes and rules answer each other.

Without Node: neither the sources of the style sheet nor the versions of the tools changed since the last build, nobody
edited the result, every class that is used has a rule, and every class of a rule is used. With Node: built again and
compared.

    python tools/check_css.py             check
    python tools/check_css.py --record    after a build: `npm run css` does it
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from academy.rooms import ROOMS  # noqa: E402
from tools import builds, css_classes  # noqa: E402

BUILT = ROOT / "static" / "css" / "app.css"
ADMIN_SHEETS = ("admin.css", "admin-pages.css", "admin-noscript.css")
ADMIN_FOLDERS = {"admin", "unfold"}

WITHOUT_RULE = {
    "group": "Tailwind: marks the parent of group-hover:…",
    "peer": "Tailwind: marks the sibling of peer-checked:…",
    "default": "Unfold: the tone of a label",
    "tab": "Django: a fieldset that Unfold shows as a tab",
    "logging.StreamHandler": "a class of Python in the settings of the log",
}
"""Classes that are used and need no rule in a style sheet of ours, each with the reason."""

UNUSED = {
    **dict.fromkeys(
        ("amber", "blue", "green", "rose", "teal", "violet"), "the colour of a program, a stored value"
    ),
    "htmx-request": "htmx sets it on what waits for an answer",
    "sortable-chosen": "SortableJS sets it on what is dragged",
    "sortable-ghost": "SortableJS sets it where the dragged row would land",
    "change-list": "Django's list page of the admin",
    "result-list-wrapper": "Unfold's list page of the admin",
}
"""Classes of rules that no source of ours writes down, each with the reason."""


@dataclass
class Classes:
    """The classes of the project: by file where they are used, and by style sheet where they have rules."""

    product: dict[str, set[str]] = field(default_factory=dict)
    admin: dict[str, set[str]] = field(default_factory=dict)
    sought: dict[str, set[str]] = field(default_factory=dict)
    """What selectors of scripts look for."""
    components: set[str] = field(default_factory=set)
    built: set[str] = field(default_factory=set)
    admin_rules: set[str] = field(default_factory=set)
    library_rules: set[str] = field(default_factory=set)

    def troubles(self) -> list[str]:
        return [*self.without_rule(), *self.unused(), *self.stale_exemptions()]

    def without_rule(self) -> list[str]:
        admin_rules = self.built | self.admin_rules | self.library_rules
        places = [
            *((name, used, self.built) for name, used in self.product.items()),
            *((name, used, admin_rules) for name, used in self.admin.items()),
            *((name, used, self.built | self.admin_rules) for name, used in self.sought.items()),
        ]
        return [
            f"{name}: no style sheet has a rule for the class {each}"
            for name, used, rules in places
            for each in sorted(used)
            if each.partition("/")[0] not in WITHOUT_RULE and not css_classes.matches(each, rules)
        ]

    def unused(self) -> list[str]:
        product, admin = _all(self.product), _all(self.admin)
        rules = [
            ("static/src/css: nothing uses the component", self.components, product),
            (
                "static/css/app.css: nothing uses the utility (if it is a word, name it in static/src/css/app.css)",
                self.built - self.components,
                product | self.components,
            ),
            (
                "static/css/admin*.css: nothing uses the class",
                self.admin_rules - self.library_rules,
                product | admin,
            ),
        ]
        return [
            f"{said}: {each}"
            for said, names, used in rules
            for each in sorted(names)
            if each not in UNUSED and not css_classes.matches(each, used)
        ]

    def stale_exemptions(self) -> list[str]:
        used = _all(self.product) | _all(self.admin)
        ruled = self.components | self.admin_rules
        return [
            *(
                f"WITHOUT_RULE: nothing uses {name}"
                for name in WITHOUT_RULE
                if name not in used | {"group", "peer"}
            ),
            *(f"UNUSED: no rule names {name}" for name in UNUSED if name not in ruled),
        ]


def main(arguments: list[str]) -> int:
    if arguments == ["--record"]:
        builds.CSS.write_record()
        return 0
    troubles = [*builds.CSS.changed(), *classes_of_project().troubles()] or builds.run_npm(
        "check", "tailwindcss"
    )
    for trouble in troubles:
        print(trouble)
    return 1 if troubles else 0


def classes_of_project() -> Classes:
    """Read every source. Tests and migrations write no classes of pages."""
    found = Classes()
    templates = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")]
    modules = [path for room in ROOMS for path in ROOT.glob(f"{room}/**/*.py") if "tests" not in path.parts]
    for path in sorted(templates):
        _note(found, path, css_classes.in_template(path.read_text()))
    for path in sorted(modules):
        _note(found, path, css_classes.in_python(path.read_text()))
    for path in sorted(ROOT.glob("static/src/js/**/*.js")):
        _note(found, path, css_classes.set_by_script(path.read_text()))
        found.sought[_name(path)] = css_classes.sought_by_script(path.read_text())
    found.components = _rules(*ROOT.glob("static/src/css/*.css"))
    found.built = _rules(BUILT)
    found.admin_rules = _rules(*(BUILT.parent / name for name in ADMIN_SHEETS))
    found.library_rules = _rules(*_library_sheets())
    return found


def _note(found: Classes, path: Path, names: set[str]) -> None:
    in_admin = bool(ADMIN_FOLDERS & set(path.parts)) or path.name.startswith("admin")
    (found.admin if in_admin else found.product)[_name(path)] = names


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _rules(*sheets: Path) -> set[str]:
    return set().union(*(css_classes.in_style_sheet(sheet.read_text()) for sheet in sheets))


def _library_sheets() -> list[Path]:
    """The style sheets of the admin that are Unfold's own."""
    unfold = importlib.util.find_spec("unfold")
    folders = unfold.submodule_search_locations if unfold else None
    return [path for folder in folders or () for path in Path(folder).glob("static/unfold/css/styles.css")]


def _all(places: dict[str, set[str]]) -> set[str]:
    return set().union(*places.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
