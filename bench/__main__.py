"""`python -m bench`: fill, serve, measure, compare. `make bench` runs it without options."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime

from .database import BenchError, Database, add_options, prepared

ROUNDS, QUICK_ROUNDS = 40, 8


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. 0 where everything could be measured, also where a goal is not met."""
    options = _parser().parse_args(arguments)
    database = prepared(options)
    try:
        _measure(database, options)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _measure(database: Database, options: argparse.Namespace) -> None:
    from . import measure, report, servers

    load = report.busy()
    number = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    subjects = [database.subject(name) for name in ("scale-large", "scale-small")]
    with servers.academy(database) as academy, servers.plain(database) as plain:
        rounds = [measure.Round(database, s, academy, plain, million=s is subjects[0]) for s in subjects]
        try:
            results = measure.run(rounds, number, 1 if options.quick else 3, _progress)
            signed_in = rounds[0].browsers[measure.ACADEMY]
            crowd = measure.crowd(database, signed_in, academy, 40 if options.quick else 200)
        finally:
            for one in rounds:
                one.bare.close()
            database.remove_created()
    about = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": options.rows,
        "programs": options.programs,
        "rounds": number,
        "load_before": round(load, 2),
        "processors": os.cpu_count(),
    }
    _progress("")
    print(
        f"{options.rows:,} students in {options.programs:,} programs, {number} rounds, gunicorn with 2 workers"
    )
    print(report.table(results))
    print()
    print(report.crowd_line(crowd))
    if load > 1:
        print(f"The machine was busy (load {load:.1f}) when this began: the times are too long.")
    path = database.folder / "result.json"
    path.write_text(json.dumps(report.as_data(results, crowd, about), indent=2) + "\n")
    print(f"As data: {path}")


def _progress(text: str) -> None:
    if sys.stdout.isatty():
        print(f"\r{text:20}\r", end="", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Academy at scale.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds instead of {ROUNDS}")
    parser.add_argument("--rounds", type=int, default=0, help="as many rounds")
    add_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
