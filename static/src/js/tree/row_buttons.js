/* The buttons of a row: one set, moved to the row under the pointer or the focus. */

import { find, findAll } from "../shared/dom.js";
import { byId, linkOf, page, rowOf, text } from "./course.js";

let buttons; // the element that holds them
let held = null; // the row that has them before a swap, and the button that has the focus: {id, focus}

const label = (button, key, name, hidden) => {
  button.hidden = hidden;
  button.setAttribute("aria-label", text(key, name));
};

const show = (row) => {
  if (!buttons || !row || buttons.closest("li") === row) return;
  const link = linkOf(row.dataset.id);
  const name = link.textContent.trim();
  const { change, archivable } = row.parentElement.dataset;
  for (const button of findAll("[data-step]", buttons)) {
    label(button, button.dataset.step, name, change === undefined);
  }
  label(find("[data-start-rename]", buttons), "rename", name, change === undefined);
  const archive = find("[data-archive]", buttons);
  label(archive, "archive", name, archivable === undefined);
  archive.href = `${link.href}archive/`;
  archive.dataset.confirm = text("ask", name);
  archive.dataset.confirmText = row.dataset.warning || text("restorable");
  find(":scope > .node", row).append(buttons);
  buttons.hidden = false;
};

const store = () => {
  const row = buttons?.closest("li");
  held = row && {
    id: row.dataset.id,
    focus: buttons.contains(document.activeElement) && document.activeElement,
  };
};

const restore = () => {
  if (!held || buttons.isConnected) return;
  show(rowOf(held.id));
  if (held.focus && buttons.isConnected) held.focus.focus();
};

export const startRowButtons = () => {
  buttons = byId("row-acts");
  for (const kind of ["pointerover", "focusin"]) {
    page.addEventListener(kind, ({ target }) => show(target.closest(".tree li[data-id]")));
  }
  page.addEventListener("htmx:beforeSwap", store);
  page.addEventListener("htmx:afterRequest", restore);
};
