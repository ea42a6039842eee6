"""Parses the outlines of courses, plain text files in `outlines/`.

    = Course | level 1
    == Curriculum
    === Module
    ==== Lesson

The description follows its heading. The text of a lesson consists of parts, each starting with its name:
`Aims: …`, `Warm-up (5): …`. The numbers are minutes; their sum is the duration of the lesson. A line that starts
with "- " is a step of the part above; a line that starts with two spaces continues the line above.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "outlines"
HEADING = re.compile(r"(=+) (.+)")
MINUTES = re.compile(r"^([A-Z][\w -]*) \((\d+)\):", re.MULTILINE)
PART = re.compile(r"[A-Z][\w -]*?(?: \(\d+\))?:")


class OutlineError(ValueError):
    """The text is no valid outline; the message names file and line."""


@dataclass
class Node:
    """A course, curriculum, module or lesson. Only courses have a `level`, only lessons have `minutes`."""

    name: str
    level: int = 0
    text: str = ""
    minutes: int = 0
    children: list[Node] = field(default_factory=list)


def read(name: str) -> list[Node]:
    """The courses in the file `outlines/{name}.txt`. Raises OutlineError."""
    path = FOLDER / f"{name}.txt"
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(text: str, source: str = "outline") -> list[Node]:
    """The courses in the text of an outline. Raises OutlineError, whose message names `source`."""
    root = Node("")
    path = [root]
    lines: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        heading = HEADING.fullmatch(line)
        if heading is None:
            if line.startswith("  ") and lines:
                lines[-1] += line[1:]
            elif line.strip():
                lines.append(line)
            continue
        depth = len(heading[1])
        if depth > min(len(path), 4):
            raise OutlineError(f"{source}, line {number}: a heading of depth {depth} has no parent")
        _finish(path[-1], lines, is_lesson=len(path) == 5, where=f"{source}, before line {number}")
        lines = []
        name, _, level = heading[2].partition(" | level ")
        if bool(level) != (depth == 1):
            raise OutlineError(f"{source}, line {number}: a course, and nothing else, has a level")
        node = Node(name.strip(), int(level or 0))
        del path[depth:]
        path[-1].children.append(node)
        path.append(node)
    _finish(path[-1], lines, is_lesson=len(path) == 5, where=f"{source}, at its end")
    return root.children


def _finish(node: Node, lines: list[str], *, is_lesson: bool, where: str) -> None:
    """Set text and minutes of a node from the lines below its heading."""
    if not is_lesson:
        node.text = "\n\n".join(lines)
        return
    paragraphs: list[str] = []
    for line in lines:
        if line.startswith("- ") and paragraphs:
            paragraphs[-1] += f"\n{line}"
        elif PART.match(line):
            paragraphs.append(line)
        else:
            raise OutlineError(f"{where}: a line of “{node.name}” starts no part: {line[:40]}")
    text = "\n\n".join(paragraphs)
    node.minutes = sum(int(minutes) for _, minutes in MINUTES.findall(text))
    if not node.minutes:
        raise OutlineError(f"{where}: “{node.name}” has no minutes")
    node.text = MINUTES.sub(r"\1 (\2 min):", text)
