"""The table of a run, and whether the goals are met."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from .measure import (
    ACADEMY,
    BARE,
    FIRST_PART,
    LISTS,
    MILLION,
    PLAIN,
    PLAIN_ROWS,
    ROWS,
    SEARCHES,
    TITLES,
    Crowd,
    Measured,
    Times,
    deep_page,
)

TIMES_FASTER_LARGE = 5
TIMES_FASTER_SMALL = 2
TIMES_BARE = 3
P95_MS = 60
P95_SLOW_MS = 150
SLOW_PAGES = ("contains", "dashboard")
"""Pages that read every row of the program may take P95_SLOW_MS."""
LARGE_ROWS = 50_000


@dataclass(frozen=True)
class Goal:
    """A number to reach. `value` and `limit` are milliseconds or times."""

    name: str
    value: float
    limit: float
    met: bool


def goals(page: str, size: int, times: dict[str, Times]) -> list[Goal]:
    ours = times[ACADEMY].median
    limit = P95_SLOW_MS if page in SLOW_PAGES else P95_MS
    p95 = times[ACADEMY].p95 * 1000
    # A list of 100 rows is there to be compared with the plain admin's; it has no time of its own to keep.
    found = [] if page == "hundred" else [Goal("p95", p95, limit, p95 <= limit)]
    ratio = ours / times[BARE].median
    found.append(Goal("bare", ratio, TIMES_BARE, ratio <= TIMES_BARE))
    at_least = 1
    if size >= LARGE_ROWS and page in (*LISTS, *SEARCHES):
        at_least = TIMES_FASTER_LARGE
    elif page in LISTS:
        at_least = TIMES_FASTER_SMALL
    faster = times[PLAIN].median / ours
    found.append(Goal("plain", faster, at_least, faster >= at_least))
    if MILLION in times:
        faster = times[MILLION].median / ours
        found.append(Goal("million", faster, TIMES_FASTER_LARGE, faster >= TIMES_FASTER_LARGE))
    return found


HEAD = (
    f"{'':18}{'Academy':>15}{'plain admin':>17}{'':9}{'over all rows':>17}{'':9}{'bare SQL':>10}{'':8}\n"
    f"{'':18}{'median':>8}{'p95':>7}{'median':>9}{'p95':>8}{'faster':>9}{'median':>9}{'p95':>8}{'faster':>9}"
    f"{'+ page':>10}{'times':>8}  goals"
)


def table(results: list[Measured]) -> str:
    """Milliseconds of every page, ratios, and what is not met."""
    lines = []
    for result in results:
        lines += ["", f"In the program of {result.subject.size:,} (milliseconds)", HEAD]
        for page, times in result.times.items():
            title = TITLES[page]
            if page == "deep":
                title = f"list, page {deep_page(result.subject):,}"
            lines.append(_line(title, page, result.subject.size, times))
        first_part = result.times["tree"][FIRST_PART].median
        lines.append(
            f"The plain admin shows a page of {PLAIN_ROWS} rows where Academy shows {ROWS}, and the tree on "
            f"{len(result.subject.tree)} pages, summed here; the course's own page takes {_ms(first_part)}."
        )
    return "\n".join(lines)


def _line(title: str, page: str, size: int, times: dict[str, Times]) -> str:
    by_name = {goal.name: goal for goal in goals(page, size, times)}
    cells = f"{title:18}{_ms(times[ACADEMY].median):>8}{_ms(times[ACADEMY].p95):>7}"
    for way in (PLAIN, MILLION):
        if way in times:
            faster = f"{by_name[way].value:.1f}×"
            cells += f"{_ms(times[way].median):>9}{_ms(times[way].p95):>8}{faster:>9}"
        else:
            cells += " " * 26
    bare = f"{by_name['bare'].value:.1f}×"
    cells += f"{_ms(times[BARE].median):>10}{bare:>8}"
    missed = [_missed(goal) for goal in by_name.values() if not goal.met]
    return f"{cells}  {'met' if not missed else 'NOT MET: ' + ', '.join(missed)}"


def _missed(goal: Goal) -> str:
    if goal.name == "p95":
        return f"p95 above {goal.limit} ms"
    if goal.name == "bare":
        return f"more than {goal.limit}× bare"
    if goal.limit == 1:
        return "slower than the plain admin"
    return f"not {goal.limit}× faster than the plain admin" + (" over all" if goal.name == "million" else "")


def crowd_line(crowd: Crowd) -> str:
    verdict = "met" if crowd.wanted == crowd.created == crowd.distinct and not crowd.errors else "NOT MET"
    errors = f"; first error: {crowd.errors[0].splitlines()[0]}" if crowd.errors else ""
    return (
        f"8 threads creating {crowd.wanted} students: {crowd.created} created, {crowd.distinct} distinct numbers, "
        f"{len(crowd.errors)} errors, {crowd.seconds:.1f} s  {verdict}{errors}"
    )


def as_data(results: list[Measured], crowd: Crowd | None, about: dict[str, Any]) -> dict[str, Any]:
    """The same as JSON: milliseconds, and the goals of each page."""
    return {
        **about,
        "programs": [
            {
                "students": result.subject.size,
                "pages": {
                    page: {
                        **{
                            way: {
                                "median_ms": round(one.median * 1000, 2),
                                "p95_ms": round(one.p95 * 1000, 2),
                                "samples": len(one.seconds),
                            }
                            for way, one in times.items()
                        },
                        "goals": [
                            {
                                "name": goal.name,
                                "value": round(goal.value, 2),
                                "limit": goal.limit,
                                "met": goal.met,
                            }
                            for goal in goals(page, result.subject.size, times)
                        ],
                    }
                    for page, times in result.times.items()
                },
            }
            for result in results
        ],
        "crowd": vars(crowd) if crowd else None,
    }


def busy() -> float:
    """How many processes of this machine wanted a processor in the last minute."""
    return os.getloadavg()[0]


def _ms(seconds: float) -> str:
    milliseconds = seconds * 1000
    return f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.1f}"
