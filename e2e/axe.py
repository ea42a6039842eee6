"""What axe finds on a page for WCAG 2.2 A and AA, light and dark."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCRIPT = Axe().axe_script
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# The other rules look at what a page is made of, which is the same in both themes.
COLOURS = ["color-contrast", "link-in-text-block"]

# What repeats is looked at once: of the rows of a list those that differ in more than their words.
REPEATED = """() => {
  for (const list of document.querySelectorAll("tbody, ul, ol")) {
    const kinds = new Set();
    for (const row of [...list.children]) {
      const kind = row.outerHTML.replace(/>[^<]+</g, "><").replace(/ (?!class|type|role)[\\w-]+="[^"]*"/g, "");
      if (kinds.has(kind)) row.remove();
      kinds.add(kind);
    }
  }
}"""

# Colours take most of the time, so they are looked at once for what is built alike in a place that is built alike:
# its element and all around it have the same attributes, save those that hold words, addresses and keys, and the same
# colours and letters, which may differ with the size of the window.
# Only what is wrong comes back: whole results are megabytes.
FINDINGS = """async ({ tags, colours, seen }) => {
  const found = [];
  document.documentElement.dataset.theme = "light";
  const tell = (theme, { violations }) => {
    for (const { id, nodes } of violations)
      for (const { html, failureSummary } of nodes.slice(0, 3))
        found.push(`${theme}: ${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 250)}`);
  };
  const WORDS = new RegExp("^(id|href|src|rel|name|value|for|form|action|title|alt|content|datetime|placeholder|autocomplete"
    + "|max|min|maxlength|aria-(label|labelledby|describedby|controls)|hx-.*|popovertarget|data-fresh)$");
  const STYLES = ["color", "backgroundColor", "backgroundImage", "opacity", "fontSize", "fontWeight"];
  const told = ({ name, value }) => (name.startsWith("data-") && !/^[a-z-]{0,16}$/.test(value) ? name : `${name}=${value}`);
  const chains = new WeakMap([[document.body, 0]]);
  const chain = (element) => {
    if (!chains.has(element)) {
      const beside = [...element.parentNode.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      const own = [...element.attributes].filter(({ name }) => !WORDS.test(name)).map(told);
      const style = getComputedStyle(element);
      own.push(...STYLES.map((name) => style[name]));
      let hash = chain(element.parentElement);
      for (const letter of `${element.tagName} ${beside} ${own}`) hash = (Math.imul(hash, 31) + letter.codePointAt(0)) | 0;
      chains.set(element, hash);
    }
    return chains.get(element);
  };
  const known = new Set(seen);
  let fresh = 0;
  for (const element of document.querySelectorAll("body *")) {
    delete element.dataset.fresh;
    if (element.closest("svg") || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const hash = chain(element);
    if (known.has(hash)) continue;
    known.add(hash);
    element.dataset.fresh = "";
    fresh += 1;
  }
  axe.configure({ rules: [{ id: "color-contrast", selector: "[data-fresh]" }] });
  tell("light", await axe.run(document, { runOnly: tags, resultTypes: ["violations"] }));
  if (fresh) {
    document.documentElement.dataset.theme = "dark";
    tell("dark", await axe.run(document, { runOnly: { type: "rule", values: colours }, resultTypes: ["violations"] }));
  }
  return [found, [...known]];
}"""


class Look:
    """A look at pages, one after the other."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def at(self, page: Page) -> list[str]:
        """What is wrong with the page as it stands; rows that repeat are gone afterwards."""
        page.evaluate(REPEATED)
        if not page.evaluate("'axe' in window"):
            page.evaluate(SCRIPT)
        found, self.seen = page.evaluate(FINDINGS, {"tags": TAGS, "colours": COLOURS, "seen": self.seen})
        return list(found)
