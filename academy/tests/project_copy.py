"""A copy of the project with another app in it, for the tests that follow the guide to a new entity."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from programs.testing import owner_url, runtime_url, scratch_database

ROOT = Path(__file__).resolve().parent.parent.parent
# After which line of a file that is there the lines of the guide are added.
ADDED_AFTER = {"academy/rooms.py": "APPS = (\n", "academy/urls.py": "urlpatterns = [\n"}


def copy_of_the_project(folder: Path) -> None:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in names:
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def add_files(blocks: dict[str, str], folder: Path) -> None:
    """Write the files of a new app; what is for files that are there is added to them."""
    for path, code in blocks.items():
        file = folder / path
        if path in ADDED_AFTER:
            text = file.read_text()
            assert text.count(ADDED_AFTER[path]) == 1
            file.write_text(text.replace(ADDED_AFTER[path], ADDED_AFTER[path] + code))
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(code)
        if path.endswith("/models.py"):
            file.with_name("__init__.py").touch()


def make_migrations() -> list[list[str]]:
    """The commands of `make migrations`, with this Python."""
    recipe = (ROOT / "Makefile").read_text().partition("\nmigrations:")[2].partition("\n\n")[0]
    recipe = (
        recipe.replace("\\\n", "").replace("$(VENV)", str(Path(sys.executable).parent)).replace("$$", "$")
    )
    recipe = recipe.replace('$(if $(NAME),--name "$(NAME)")', "")
    lines = [line.strip().removeprefix("@") for line in recipe.splitlines()[1:]]
    return [["sh", "-c", line] for line in lines]


class Copy:
    """A copy of the project with more entities, migrated into a database of its own."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database

    def run(self, command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "STATIC_ROOT": str(self.folder), "PYTHONPATH": str(self.folder)}
        return subprocess.run(
            command,
            check=False,
            cwd=self.folder,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=400,
        )

    def manage(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command on the database of the copy."""
        return self.run(
            command,
            DJANGO_SETTINGS_MODULE="academy.settings",
            DATABASE_URL=runtime_url(self.database),
            DATABASE_OWNER_URL=owner_url(self.database),
            DATABASE_POOL_SIZE="0",
        )


@contextmanager
def migrated_copy(blocks: dict[str, str], folder: Path) -> Iterator[Copy]:
    """The project with the files of `blocks`, after `make migrations`."""
    copy_of_the_project(folder)
    add_files(blocks, folder)
    with scratch_database() as name:
        copy = Copy(folder, name)
        for command in make_migrations():
            done = copy.manage(command)
            assert done.returncode == 0, done.stdout + done.stderr
        yield copy
