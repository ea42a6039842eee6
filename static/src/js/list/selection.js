/* Selected rows: also those of other pages of the same search and filters, until the selection is cleared or changed.
   CSS shows which rows are selected; here they are counted and remembered. */

import { find, findAll, make, onClick } from "../shared/dom.js";
import { removeSelectedRows, SELECTED_ROWS } from "../shared/page.js";
import { listQuery } from "./address.js";
import { focusRow } from "./rows.js";

const root = document.documentElement;
const MAXIMUM = 1000; // so many can be sent at once

const boxes = () => findAll('#list [name="ids"]:not([data-carried])');
const wholeList = () => find('#bulk [name="all"]');

/** Whether anything is selected. */
export const hasSelection = () => Boolean(find('#list [name="ids"]:checked') || wholeList()?.checked);

/** Where the selection of this list is stored: its order and its pages make no difference. */
const storageKey = () => {
  const query = new URLSearchParams(listQuery());
  for (const name of ["page", "size", "sort"]) query.delete(name);
  query.sort();
  const program = find("#bulk [name=program_context]")?.value || "";
  return `${SELECTED_ROWS}${program} ${location.pathname}?${query}`;
};

const stored = () => new Set(JSON.parse(sessionStorage.getItem(storageKey()) || "[]"));

/** Store what is selected on this page with what is selected on others. */
const store = () => {
  const ids = stored();
  for (const box of boxes()) {
    if (!box.checked) ids.delete(box.value);
    else if (ids.size < MAXIMUM) ids.add(box.value);
  }
  sessionStorage.setItem(storageKey(), JSON.stringify([...ids]));
  addHiddenBoxes(ids);
  showCount();
};

/** Add a hidden box for each selected row of another page, so that it is sent too. */
const addHiddenBoxes = (ids) => {
  for (const box of findAll("[data-carried]")) box.remove();
  const here = new Set(boxes().map((box) => box.value));
  for (const id of ids) {
    if (here.has(id)) continue;
    const box = make("input", { type: "checkbox", name: "ids", value: id, checked: true, hidden: true });
    box.setAttribute("form", "bulk");
    box.dataset.carried = "";
    find("#list").append(box);
  }
};

/** Select the rows that were selected when this page was last shown. */
export const restoreSelection = () => {
  if (!find("#bulk")) return;
  const ids = stored();
  for (const box of boxes()) box.checked ||= ids.has(box.value);
  store();
};

/** Show how many rows are selected, and set the box in the head of the table. */
const showCount = () => {
  const bar = find("#bulk");
  if (!bar) return;
  const all = boxes();
  const checked = all.filter((box) => box.checked);
  const selected = checked.length + findAll("[data-carried]").length;
  const total = wholeList()?.checked ? Number(find("#list").dataset.total) : selected;
  find("[data-bulk-count]", bar).textContent = total.toLocaleString(root.lang);
  const head = find("[data-bulk-page]");
  if (head) {
    head.checked = all.length > 0 && checked.length === all.length;
    head.indeterminate = checked.length > 0 && !head.checked;
  }
};

const selectPage = (state) => {
  for (const box of boxes()) box.checked = state;
  if (!state && wholeList()) wholeList().checked = false;
  store();
};

export const clearSelection = () => {
  removeSelectedRows();
  selectPage(false);
};

let lastBox = null; // the box that was clicked before, where a range begins

const selectRange = (box) => {
  const all = boxes();
  const [from, to] = [all.indexOf(lastBox), all.indexOf(box)].sort((a, b) => a - b);
  for (const each of all.slice(from, to + 1)) each.checked = box.checked;
};

document.addEventListener("click", (event) => {
  const box = event.target.closest('#list [name="ids"]');
  if (box) {
    if (event.shiftKey && lastBox?.isConnected) selectRange(box);
    lastBox = box;
  }
  if (event.target.closest("[data-bulk-clear]")) {
    clearSelection();
    focusRow(0);
  }
  if (event.target.closest("[data-bulk-cancel]")) find("#bulk-dialog").close();
  // While selecting on a phone a row is a box, not a link.
  const row = root.hasAttribute("data-selecting") && event.target.closest("#list tbody tr");
  if (row && !box) {
    event.preventDefault();
    find('[name="ids"]', row)?.click();
  }
});

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-bulk-page]")) selectPage(target.checked);
  else if (target === wholeList() && target.checked) selectPage(true);
  else if (target.matches('#list [name="ids"]')) {
    if (!target.checked && wholeList()) wholeList().checked = false;
    store();
  } else if (target === wholeList()) showCount();
});

onClick("[data-select-mode]", (button) => {
  const on = root.toggleAttribute("data-selecting");
  button.setAttribute("aria-pressed", on);
  [button.textContent, button.dataset.textDone] = [button.dataset.textDone, button.textContent];
  if (!on) clearSelection();
});

// Back may bring the page as it was left, with its selection, or anew.
window.addEventListener("pageshow", restoreSelection);
document.addEventListener("htmx:afterSettle", ({ target }) =>
  target.id === "list" ? restoreSelection() : showCount(),
);
