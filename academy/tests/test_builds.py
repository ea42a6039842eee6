"""What is built and committed is told to be out of step when a source, a tool or the result changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import builds, check_js


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> builds.Build:
    monkeypatch.setattr(builds, "ROOT", tmp_path)
    for name in ("src/a.css", "src/b.css", "lock.json", "built.css"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    build = builds.Build("css", tmp_path / "inputs.json", ("src/*.css", "lock.json", "built.css"))
    build.write_record()
    return build


def test_nothing_changed(build: builds.Build) -> None:
    assert build.changed() == []


@pytest.mark.parametrize("name", ["src/a.css", "lock.json", "built.css"])
def test_a_file_changed(build: builds.Build, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("other")
    (told,) = build.changed()
    assert told.startswith(f"{name} changed") and told.endswith("npm run css")


def test_a_source_came_or_went(build: builds.Build, tmp_path: Path) -> None:
    (tmp_path / "src/a.css").rename(tmp_path / "src/c.css")
    assert [told.split()[0] for told in build.changed()] == ["src/a.css", "src/c.css"]


def test_never_built(build: builds.Build) -> None:
    build.record.unlink()
    assert len(build.changed()) == 4


def test_a_script_without_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("src/list.js", "src/tree.js", "js/list.js", "js/old.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(check_js, "SOURCES", tmp_path / "src")
    monkeypatch.setattr(check_js, "BUILT", tmp_path / "js")
    assert check_js.without_source() == [
        "static/js/old.js has no source in static/src/js",
        "static/src/js/tree.js is not built",
    ]


def test_the_project() -> None:
    assert builds.CSS.changed() == builds.JS.changed() == check_js.without_source() == []
