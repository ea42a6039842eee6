/* The panel, which shows the selected node. */

import { find, findAll } from "../shared/dom.js";
import { byId, hasUnsaved, isBelow, isSelected, linkOf, page, showSaved } from "./course.js";
import { renameForm } from "./renaming.js";
import { idle, send } from "./requests.js";

let sent = null; // the form as it went to the server: {id, values}
let typedSince = []; // what was typed into it since: [name, value] each
let focusOpened = false; // whether the answer has filled the panel with another node, which gets the focus

/** True when nothing is lost by filling the panel anew, or the user agrees. */
export const mayLeave = async () => {
  await idle();
  return !hasUnsaved() || academy.ask(byId("panel-leave"));
};

const markSelected = () => {
  for (const link of findAll("[data-node]", page)) {
    const selected = isSelected(link.closest("li").dataset.id);
    link.closest(".node").classList.toggle("sel", selected);
    if (selected) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
};

/** Restore the address of the open node after a Back that was not carried out. */
const restoreAddress = (back) => {
  const shown = linkOf(page.dataset.selected)?.href || page.dataset.url;
  if (back) history.pushState(null, "", shown);
};

const focusPanel = (focus) => {
  const panel = byId("panel");
  if (isBelow()) panel.scrollIntoView({ block: "start" });
  const field = find("[name=name]:not([type=hidden])", panel);
  if (focus && field) {
    field.focus();
    if (focus === "name") field.select();
  } else if (focus || isBelow()) {
    find("#panel-title", page).focus();
  }
};

/** Show a node in the panel. `focus` is what is focused there: "field", "name", or nothing. */
export const open = async (link, focus, back = false) => {
  const { id } = link.closest("li").dataset;
  if (!isSelected(id) || !find("#panel [data-for]", page)) {
    if (!(await mayLeave()) || (await send("GET", link.href)) !== 200) {
      restoreAddress(back);
      return;
    }
    page.dataset.selected = id;
    if (!back) history.pushState(null, "", link.href);
    markSelected();
  }
  if (!renameForm()) focusPanel(focus); // it is there after the second click of a double click
};

/** Focus the row of the open node. */
export const focusSelectedRow = () => linkOf(page.dataset.selected)?.focus();

export const close = async (href, back = false) => {
  if (!(await mayLeave()) || (await send("GET", href)) !== 200) {
    restoreAddress(back);
    return;
  }
  focusSelectedRow();
  page.dataset.selected = "";
  if (!back) history.pushState(null, "", href);
  markSelected();
};

const focusOpenedNode = () => {
  find("#panel-title", page).focus();
  if (!isBelow()) linkOf(page.dataset.selected)?.scrollIntoView({ block: "nearest" });
};

/** Send a form of the page that is neither a new name nor a new node: that of the panel, or a button. */
export const submit = async (form, button, path, values) => {
  const isPanel = form.id === "edit";
  if (isPanel) sent = { id: page.dataset.selected, values };
  const status = await send("POST", path, values);
  if (![200, 409, 422].includes(status)) sent = null; // the panel stays as it is
  if (focusOpened) focusOpenedNode();
  focusOpened = false;
  if (isPanel && !status) academy.whenBack(form, () => form.requestSubmit(button));
  else if (isPanel && status === 200) academy.clearNotice(form);
  // The button went with its notice, as Undo does: continue at the row it was about.
  if (document.activeElement === document.body) linkOf(path.match(/([^/]+)\/[a-z]+\/$/)?.[1])?.focus();
};

/** Note what was typed into the panel since it was sent. */
const storeTyped = () => {
  const now = sent && byId("edit") ? [...new FormData(byId("edit"))] : [];
  typedSince = now.filter(
    ([name, value]) => name !== "take" && name in sent.values && sent.values[name] !== value,
  );
};

/** Put what was typed meanwhile into the new panel. */
export const restoreTyped = () => {
  const form = byId("edit");
  if (form && isSelected(sent?.id)) {
    for (const [name, value] of typedSince) {
      const field = form.elements[name];
      const caret = field.selectionStart;
      field.value = value;
      if (field === document.activeElement && caret !== null) field.setSelectionRange(caret, caret);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  sent = null;
  typedSince = [];
};

// Back and Forward go through what was open here.
const onPopState = () => {
  const link = findAll("[data-node]", page).find(({ pathname }) => pathname === location.pathname);
  if (link) open(link, "", true);
  else if (location.pathname !== page.dataset.url) location.reload();
  else if (page.dataset.selected) close(location.href, true);
};

export const startPanel = () => {
  page.addEventListener("htmx:beforeSwap", storeTyped);
  page.addEventListener("htmx:afterRequest", markSelected);
  window.addEventListener("popstate", onPopState);
  for (const kind of ["input", "change"]) {
    page.addEventListener(kind, ({ target }) => {
      if (target.closest("#edit")) setTimeout(showSaved);
    });
  }
  // The answer has filled the panel with another node, as with the copy of a curriculum.
  document.addEventListener("tree:opened", ({ detail: { id, url } }) => {
    page.dataset.selected = id;
    history.replaceState(null, "", url);
    focusOpened = true;
  });
  if (page.dataset.selected && !location.hash && !scrollY) {
    if (isBelow()) byId("panel").scrollIntoView({ block: "start" });
    else linkOf(page.dataset.selected)?.scrollIntoView({ block: "nearest" });
  }
};
