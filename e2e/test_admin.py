"""The admin as a super admin uses it, in a browser: dropdown, search, change, history, action; light and dark."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from courses.models import Course
from e2e.axe import COLOURS, SCRIPT, TAGS
from e2e.conftest import PHONE, WIDER, at_address
from programs.models import Program
from programs.scope import use_program

# What is Unfold's own and can't be mended from outside:
# small targets, labels of its filters and of the toggle of all rows, and parts that open by a click on what is no button.
UNFOLDS = [
    "target-size",
    "label",
    "aria-allowed-attr",
    "scrollable-region-focusable",
    "select-name",
    "nested-interactive",
]
FINDINGS = """async ({ tags, colours, allowed }) => {
  const found = [];
  const look = async (theme, rules) => {
    for (const { id, impact, nodes } of (await axe.run(document, { runOnly: rules, resultTypes: ["violations"] })).violations)
      if (["serious", "critical"].includes(impact) && !allowed.includes(id))
        for (const { html, failureSummary } of nodes.slice(0, 3))
          found.push(`${theme}: ${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 200)}`);
  };
  await look("light", { type: "tag", values: tags });
  document.documentElement.classList.add("dark");
  await look("dark", { type: "rule", values: colours });
  return found;
}"""


def enter(page: Page, program: str) -> None:
    page.locator(".a-switch").click()
    button = page.locator(f"#pop-program button[name=program]:has-text('{program}')")
    button.click()
    expect(page.locator(".a-switch-name")).to_have_text(program)


def test_the_main_path_of_a_super_admin(open_as):
    page = open_as("super", "/admin/")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    enter(page, "Football")
    page.goto("/admin/facilities/facility/")
    page.locator("#result_list tbody th a").first.click()
    page.locator("[name=name]").fill("Renamed in the admin")
    page.locator("[name=_save]").click()
    expect(page.locator("#result_list")).to_contain_text("Renamed in the admin")
    page.wait_for_load_state("load")  # until then no script listens to the key, or to what is typed
    page.keyboard.press("Control+k")
    expect(page.locator("#search-input-command")).to_be_focused()
    page.locator("#search-input-command").press_sequentially("renamed in")
    page.locator("#command-results-list a:has-text('Renamed in the admin')").click()
    page.wait_for_url(at_address("/change/"))
    page.locator("a[href*='/facility/'][href$='/history/']").first.click()
    expect(page.locator("#change-history tbody tr").first).to_contain_text("Renamed in the admin")
    page.goto("/admin/facilities/facility/")
    page.locator("#result_list .action-select").first.check()
    page.locator("select[name=action]").select_option("open")
    page.locator("#changelist-actions button[name=index]").click()
    expect(page.locator("#main")).to_contain_text(re.compile("1 row changed|Nothing was to change"))
    for path in ("/admin/", "/admin/students/student/", "/admin/students/student/add/", "/admin/history/"):
        page.goto(path)
    assert refused == []


def test_overview_list_and_change_are_accessible(academy, open_as):
    with academy.working(), use_program(Program.objects.get(name="Swimming")):
        change = f"/admin/courses/course/{Course.objects.order_by('pk')[0].pk}/change/"
    page = open_as("super", "/admin/", reduced_motion="reduce")
    page.context.add_cookies([{"name": "theme", "value": "light", "url": academy.url}])
    found = []
    for path in ("/admin/", "/admin/courses/course/", "/admin/history/", change):
        page.goto(path)
        page.wait_for_selector("#main")
        page.evaluate(SCRIPT)
        options = {"tags": TAGS, "colours": COLOURS, "allowed": UNFOLDS}
        found += [f"{path} {line}" for line in page.evaluate(FINDINGS, options)]
    assert found == []


def test_the_phone_needs_no_sideways_scrolling(open_as):
    page = open_as("super", "/admin/", **PHONE)
    for path in ("/admin/", "/admin/students/student/", "/admin/programs/program/"):
        page.goto(path)
        assert page.evaluate(WIDER) <= 0, path


def test_without_a_script_the_pages_are_shown(academy):
    with academy.context("super", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/admin/students/student/")
        expect(page.locator("#result_list")).to_be_visible()
        page.locator(".a-switch").click()
        expect(page.locator("#pop-program")).to_be_visible()
