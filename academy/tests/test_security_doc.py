"""Every test that docs/security.md names exists under the file it names."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FILE = re.compile(r"^\| `(?P<path>[\w/]+\.py)` \| (?P<short>[\w-]+) \|$", re.MULTILINE)


def test_every_promise_names_tests_that_exist() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    files = {match["short"]: (ROOT / match["path"]).read_text() for match in FILE.finditer(text)}
    rows = [line for line in text.splitlines() if line.startswith("| ") and "`test_" in line]
    assert len(rows) > 40
    missing = []
    for row in rows:
        cell = row.rstrip(" |").rpartition(" | ")[2]
        named = 0
        for part in cell.split("; "):
            short, _, tests = part.partition(" ")
            for name in re.findall(r"`(test_\w+)`", tests):
                named += 1
                if f"def {name}(" not in files[short]:
                    missing.append(f"{short} {name}")
        assert named, row
    assert missing == []
