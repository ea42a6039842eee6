/* Renaming a node in its row. */

import { find } from "../shared/dom.js";
import { byId, hasUnsaved, isSelected, linkOf, page, rowOf } from "./course.js";
import { send } from "./requests.js";

let sending = false; // a new name is on its way
let typed = null; // the name that was being typed before a swap: {id, was, name, caret}

export const renameForm = () => find("form[data-rename]", page);

const removeForm = () => {
  const form = renameForm();
  form?.closest(".node").classList.remove("renaming");
  form?.remove();
};

/** Put the form for a new name in the place of the title of a row, with what was typed there before a swap. */
export const startRename = (row, before = null) => {
  const template = byId("rename-form");
  if (!row || !template || row.parentElement.dataset.change === undefined) return null;
  removeForm();
  const link = linkOf(row.dataset.id);
  const name = link.textContent.trim();
  const form = template.content.firstElementChild.cloneNode(true);
  form.action = `${link.href}rename/`;
  form.elements.was.value = before ? before.was : name;
  const input = form.elements.name;
  input.value = before ? before.name : name;
  const node = find(":scope > .node", row);
  node.classList.add("renaming");
  find(".code", node).after(form);
  if (!before) {
    input.focus();
    input.select();
  } else if (before.caret) {
    input.focus();
    input.setSelectionRange(...before.caret);
  }
  return form;
};

/** Leave without a new name. */
export const cancelRename = (form) => {
  const { id } = form.closest("li").dataset;
  removeForm();
  linkOf(id).focus();
};

export const rename = async (form) => {
  const { name, was } = form.elements;
  const { id } = form.closest("li").dataset;
  if (name.value.trim() === was.value) {
    cancelRename(form);
    return;
  }
  const path = form.action;
  const values = Object.fromEntries(new FormData(form));
  name.readOnly = true;
  sending = true;
  const status = await send("POST", path, values);
  sending = false;
  if (status === 200) {
    removeForm();
    linkOf(id)?.focus();
    if (isSelected(id) && !hasUnsaved()) await send("GET", linkOf(id).href);
  } else if (renameForm()) {
    const input = find("[name=name]", renameForm());
    input.readOnly = false;
    input.focus();
  }
};

const store = () => {
  const form = renameForm();
  const input = form && find("[name=name]", form);
  typed = input &&
    !sending && {
      id: input.closest("li").dataset.id,
      was: form.elements.was.value,
      name: input.value,
      caret: document.activeElement === input && [input.selectionStart, input.selectionEnd],
    };
};

const restore = () => {
  if (typed && !renameForm()) startRename(rowOf(typed.id), typed);
  typed = null;
};

/** The open panel continues from the new name, with what is being typed there. */
const updatePanel = ({ detail: { id, was, name, before, version } }) => {
  const form = byId("edit");
  if (!form || !isSelected(id) || Date.parse(form.elements.version.value) !== Date.parse(before)) return;
  if (form.elements.name.value === was) form.elements.name.value = name;
  form.elements.version.value = version;
};

export const keepTypedName = () => {
  page.addEventListener("htmx:beforeSwap", store);
  page.addEventListener("htmx:afterRequest", restore);
  document.addEventListener("tree:renamed", updatePanel);
};
