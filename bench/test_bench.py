"""The measurement runs from end to end on a handful of rows."""

import json
import os
import subprocess
import sys
from pathlib import Path

from bench.browser import forms_of
from database import BASE_DIR


def test_bench_measures_every_page_three_ways(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "--rounds=1", "--quick", "--rows=400", "--programs=4"]
    run = subprocess.run(
        [*command, f"--data={tmp_path}"],
        cwd=BASE_DIR,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "40 distinct numbers, 0 errors" in run.stdout
    result = json.loads((tmp_path / "result.json").read_text())
    large, small = result["programs"]
    assert large["students"] == 40
    for page in ("list", "deep", "prefix", "contains", "detail", "create", "tree", "dashboard"):
        for program in (large, small):
            ways = program["pages"][page]
            assert all(ways[way]["median_ms"] > 0 for way in ("academy", "plain", "bare"))
    assert "million" in large["pages"]["list"]
    assert "million" not in small["pages"]["list"]


def test_a_form_is_read_as_a_browser_sends_it() -> None:
    page = """
    <form action="/new/"><input name="first" value="A"><input type="submit" name="save">
      <template><input name="rows-__prefix__-name"><select name="x"><option>1</option></select></template>
      <select name="status"><option value="a">A<option value="b" selected>B</select>
      <input type="checkbox" name="off"><textarea name="note">N</textarea></form>
    """
    (form,) = forms_of(page)
    assert (form.action, form.fields) == ("/new/", [("first", "A"), ("status", "b"), ("note", "N")])
