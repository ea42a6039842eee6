"""Check the style sheet: it is what the sources build, and classes and rules answer each other.

Without Node: neither the sources of the style sheet nor the versions of the tools changed since the last build, nobody
edited the result, every class that is used has a rule, and every class of a rule is used. With Node: built again and
compared.

    python tools/check_css.py             check
    python tools/check_css.py --record    after a build: `npm run css` does it
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from academy.rooms import ROOMS  # noqa: E402
from tools import css_classes  # noqa: E402

BUILT = ROOT / "static" / "css" / "app.css"
RECORD = ROOT / "static" / "css" / "app.css.inputs.json"
RECORDED = ("static/src/css/*.css", "package-lock.json", "static/css/app.css")
ADMIN_SHEETS = ("admin.css", "admin-noscript.css")
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
                "static/css/app.css: nothing uses the utility (a word of a text? see app.css, `@source not inline`)",
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
        RECORD.write_text(json.dumps(fingerprints(), indent=2) + "\n")
        return 0
    changed, classes = changed_since_build(), classes_of_project().troubles()
    differs = [] if changed or classes else rebuild_differs()
    for trouble in (*changed, *classes, *differs):
        print(trouble)
    if changed or differs:
        print("Build it again: npm install && npm run css")
    return 1 if changed or classes or differs else 0


def fingerprints() -> dict[str, str]:
    paths = sorted(path for pattern in RECORDED for path in ROOT.glob(pattern))
    return {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


def changed_since_build() -> list[str]:
    recorded = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    now = fingerprints()
    return [
        f"{name} changed since the last build"
        for name in sorted(recorded.keys() | now.keys())
        if recorded.get(name) != now.get(name)
    ]


def classes_of_project() -> Classes:
    """Read every source. Tests and migrations write no classes of pages."""
    found = Classes()
    templates = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")]
    modules = [path for room in ROOMS for path in ROOT.glob(f"{room}/**/*.py") if "tests" not in path.parts]
    for path in sorted(templates):
        _note(found, path, css_classes.in_template(path.read_text()))
    for path in sorted(modules):
        _note(found, path, css_classes.in_python(path.read_text()))
    for path in sorted(ROOT.glob("static/js/*.js")):
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


def rebuild_differs() -> list[str]:
    """Build again with Node. Where it is not there, or can't fetch its packages, the checks above must do."""
    npm = shutil.which("npm")
    if npm is None:
        return []
    if not (ROOT / "node_modules" / ".bin" / "tailwindcss").exists():
        if not os.environ.get("CI"):
            return []
        install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        if subprocess.call(install, cwd=ROOT, timeout=240):
            print("npm could not fetch its packages: the style sheet was not built again")
            return []
    run = subprocess.run(
        [npm, "run", "--silent", "check"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    return [run.stdout + run.stderr] if run.returncode else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
