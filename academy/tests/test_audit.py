"""What the check of the dependencies says of what pip-audit found."""

from __future__ import annotations

from typing import Any

from scripts.audit import LISTS, ROOT, report

SOUND: dict[str, Any] = {"name": "django", "version": "5.2.19", "vulns": []}
FAULTY: dict[str, Any] = {
    "name": "old",
    "version": "1.0",
    "vulns": [
        {"id": "PYSEC-2024-1", "fix_versions": ["1.1", "2.0"], "aliases": [], "description": "…"},
        {"id": "PYSEC-2024-2", "fix_versions": [], "aliases": [], "description": "…"},
    ],
}
UNKNOWN: dict[str, Any] = {"name": "ours", "version": "1", "skip_reason": "Dependency not found on PyPI"}


def test_a_known_fault_is_named_with_the_version_that_mends_it() -> None:
    told, faults = report([SOUND, FAULTY, UNKNOWN])
    assert faults
    assert told == [
        "old 1.0: PYSEC-2024-1, mended in 1.1, 2.0",
        "old 1.0: PYSEC-2024-2, mended in no version yet",
        "2 packages were checked for known faults.",
        "The registry does not know 1: ours.",
    ]


def test_sound_versions_pass() -> None:
    assert report([SOUND]) == (["1 packages were checked for known faults."], False)


def test_a_registry_that_does_not_answer_is_told_and_passes() -> None:
    for answer in ([], [UNKNOWN]):
        told, faults = report(answer)
        assert told == ["The registry does not answer: nothing was checked for known faults."] and not faults


def test_the_continuous_integration_asks() -> None:
    assert "scripts/audit.py" in (ROOT / ".ci" / "run").read_text()
    assert all((ROOT / name).exists() for name in LISTS)
