"""Starts three processes at once on an empty and on an older database, and kills some at random moments.

    python -m scripts.starts [--rounds 10] [--seed 1]

Each round sets up a database by three `manage.py prepare_database` at once. One of them, or all three, are killed after a
random time (SIGKILL). The others, and one more that starts afterwards, must come to their end, and the tables must be
those that an undisturbed start makes. Runs on a server of its own in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

import database
from database.embedded import Cluster
from database.server_files import SUPERUSER, program_folder

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 180
TOGETHER = 3
STUDENTS = 5000
OLDER = (("pghistory",), ("students", "0001_initial"))
"""What the older database has: the first migration of the last app, and what that and its triggers need."""

SOME_ROWS = """
WITH made AS (
    INSERT INTO programs (id, name, initials) VALUES (gen_random_uuid(), 'Swimming', 'SW') RETURNING id
)
INSERT INTO students (id, program_id, first_name, last_name, date_of_birth)
SELECT gen_random_uuid(), made.id, 'Ada', 'Student ' || n, date '2015-01-01' FROM made, generate_series(1, %s) n
"""
INVALID_INDEXES = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready)"


class Wrong(Exception):
    """A start did not come to its end, or left something else than the tables; the message says what."""


class Academy:
    """The databases of a server of our own: one that was set up undisturbed, an older one, and scratch ones."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        reference = self.start("reference")
        for target in OLDER:
            self._run(self.start("older", "migrate", *target, "--verbosity=0"))
        self._run(reference)
        with psycopg.connect(cluster.url(database.OWNER, "older")) as owner:
            owner.execute(SOME_ROWS, [STUDENTS])
        self.reference = self.schema("reference")

    def start(self, name: str, *command: str) -> subprocess.Popen[str]:
        """Start `manage.py prepare_database`, or another command, for the database `name`."""
        if command:
            urls = {alias: self.cluster.url(role, name) for alias, role in ROLES.items()}
            database.prepare(
                urls["DATABASE_OWNER_URL"], urls["DATABASE_URL"], administrator_url=self.administrator
            )
        environment = os.environ | {
            **{alias: self.cluster.url(role, name) for alias, role in ROLES.items()},
            "DATABASE_ADMIN_URL": self.administrator,
            "SECRET_KEY": "for one round of starts only: protects nothing at all, is known to everyone",
        }
        return subprocess.Popen(
            [sys.executable, "manage.py", *(command or ("prepare_database", "--verbosity=0"))],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def administrator(self) -> str:
        return self.cluster.url(SUPERUSER, "postgres")

    def schema(self, name: str) -> str:
        """The tables of `name` with all that belongs to them, as SQL."""
        command: list[Path | str] = [program_folder() / "pg_dump", "--schema-only", "--restrict-key=none"]
        url = self.cluster.url(SUPERUSER, name)
        return subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout

    @contextmanager
    def scratch(self, older: bool) -> Iterator[str]:
        """The name of a database for one round: an older one, or one that is not there yet."""
        name = "scratch"
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        if older:
            self._execute("CREATE DATABASE {} TEMPLATE older", name)
        yield name
        self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def round(self, *, older: bool, kill: int, after: float) -> float:
        """Three starts at once, of which `kill` are killed `after` seconds; return the seconds all took. Raises Wrong."""
        with self.scratch(older) as name:
            began = time.monotonic()
            started = [self.start(name) for _ in range(TOGETHER)]
            time.sleep(after)
            for process in started[:kill]:
                process.kill()
                process.communicate()
            for process in [*started[kill:], self.start(name)]:
                self._run(process)
            took = time.monotonic() - began
            with psycopg.connect(self.cluster.url(SUPERUSER, name)) as connection:
                if invalid := connection.execute(INVALID_INDEXES).fetchall():
                    raise Wrong(f"invalid indexes: {invalid}")
            if self.schema(name) != self.reference:
                raise Wrong("the tables are not those of an undisturbed start")
        return took

    def _run(self, process: subprocess.Popen[str]) -> None:
        try:
            output, _ = process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Wrong(f"a start hangs for {PATIENCE_SECONDS} s\n{process.communicate()[0]}") from None
        if process.returncode:
            raise Wrong(f"a start ended with {process.returncode}\n{output}")

    def _execute(self, statement: str, name: str) -> None:
        with psycopg.connect(self.administrator, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


ROLES = {"DATABASE_URL": database.RUNTIME, "DATABASE_OWNER_URL": database.OWNER}


@contextmanager
def academy() -> Iterator[Academy]:
    """An Academy on a server that lives as long as the block."""
    with tempfile.TemporaryDirectory(prefix="academy-starts-") as folder:
        cluster = Cluster(Path(folder), throwaway=True)
        cluster.start()
        try:
            yield Academy(cluster)
        finally:
            cluster.release()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with academy() as found:
        calm = {older: found.round(older=older, kill=0, after=0) for older in (False, True)}
        for number in range(options.rounds):
            for older in (False, True):
                kill, after = chance.choice((1, 1, TOGETHER)), chance.uniform(0.5, calm[older])
                what = f"round {number + 1}, {'an older' if older else 'an empty'} database, {kill} killed"
                try:
                    took = found.round(older=older, kill=kill, after=after)
                except Wrong as error:
                    print(f"WRONG: {what} after {after:.2f} s: {error}")
                    return 1
                print(f"ok: {what} after {after:.2f} s; all done after {took:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
