"""The import contracts: made from the list of packages in `academy/rooms.py`, checked by import-linter.

python scripts/imports.py     ends with 1, and names the imports, where a contract is broken
"""

from __future__ import annotations

import configparser
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from importlinter.cli import lint_imports  # noqa: E402

from academy.rooms import APPS, ROOMS, WORKSHOP  # noqa: E402

# Highest first. A module such as `visit_views` is in the layer of `views`.
INSIDE_AN_APP = (
    ("urls",),
    ("views", "admin"),
    ("forms", "filters", "tables"),
    ("services",),
    ("models",),
)
# Modules without a package, in the root folder. import-linter knows them as "external" ones.
SINGLE_MODULES = sorted(path.stem for path in ROOT.glob("*.py"))


def contracts() -> dict[str, dict[str, str]]:
    return {
        "importlinter": {
            "root_packages": lines(*WORKSHOP, *ROOMS),
            "include_external_packages": "true",
        },
        "importlinter:contract:rooms": {
            "name": "A room imports from the rooms below it only",
            "type": "layers",
            "layers": lines(*WORKSHOP, *ROOMS),
            "ignore_imports": lines("**.tests.** -> **", "**.testing -> **"),  # a test may reach anywhere
            "unmatched_ignore_imports_alerting": "none",
        },
        "importlinter:contract:inside": {
            "name": "Inside an app: urls, views, then forms, filters and tables, then services, then models",
            "type": "layers",
            "containers": lines(*APPS),
            "layers": lines(*(layer(*names) for names in INSIDE_AN_APP)),
        },
        "importlinter:contract:single": {
            "name": "No package imports the modules of the root folder",
            "type": "forbidden",
            "source_modules": lines(*WORKSHOP, *ROOMS),
            "forbidden_modules": lines(*SINGLE_MODULES),
        },
    }


def layer(*names: str) -> str:
    """A layer of optional modules that may import each other: those with these names, and with such a name's ending."""
    ending = {path.stem for app in APPS for name in names for path in (ROOT / app).glob(f"*_{name}.py")}
    return " : ".join(f"({name})" for name in (*names, *sorted(ending)))


def lines(*values: str) -> str:
    return "\n" + "\n".join(values)


def main() -> int:
    configuration = configparser.ConfigParser()
    configuration.read_dict(contracts())
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        configuration.write(file)
        file.flush()
        return lint_imports(config_filename=file.name, no_logo=True)


if __name__ == "__main__":
    sys.exit(main())
