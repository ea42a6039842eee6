"""Compiled translations: gettext reads `.mo` files, which are built from the `.po` files and not committed.

`compile_translations()` runs whenever Django starts; with nothing to do it looks at the times of two files for each
language. `python -m academy.translations` does the same without Django, for the image.
"""

from __future__ import annotations

import datetime
import io
import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

logger = logging.getLogger(__name__)

LOCALE = Path(__file__).resolve().parent.parent / "locale"
EPOCH = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def sources(folder: Path = LOCALE) -> list[Path]:
    """The `.po` files, one for each language."""
    return sorted(folder.glob("*/LC_MESSAGES/django.po"))


def read(path: Path) -> Catalog:
    """The catalogue of a `.po` file, without the time of reading: what is compiled follows from the file alone."""
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parts[-3])
    catalog.creation_date = catalog.revision_date = EPOCH
    return catalog


def compile_translations(folder: Path = LOCALE) -> None:
    """Build each `.mo` file that is missing or older than its source.

    A file that is built gets the time of its source, so that a checkout of an older source is noticed too. Several
    processes may do this at once. Raises ImproperlyConfigured where a file is missing and can't be built: pages would
    be English without anybody being told.
    """
    for path in sources(folder):
        built = path.with_suffix(".mo")
        if not is_current(built, path):
            try:
                _build(built, path)
            except (OSError, ImportError) as error:
                said = f"The translation {path.parts[-3]} can't be compiled into {built} ({error})."
                if not built.exists():
                    raise ImproperlyConfigured(said) from error
                logger.warning("%s The older one is used.", said)


def is_current(built: Path, source: Path) -> bool:
    return built.exists() and built.stat().st_mtime_ns == source.stat().st_mtime_ns


def _build(built: Path, source: Path) -> None:
    from babel.messages.mofile import write_mo

    time = source.stat().st_mtime_ns
    buffer = io.BytesIO()
    write_mo(buffer, read(source))
    with tempfile.NamedTemporaryFile(dir=built.parent, suffix=".tmp", delete=False) as file:
        file.write(buffer.getvalue())
    os.utime(file.name, ns=(time, time))
    os.chmod(file.name, source.stat().st_mode & 0o777)  # noqa: PTH101
    os.replace(file.name, built)  # noqa: PTH105


if __name__ == "__main__":
    compile_translations()
