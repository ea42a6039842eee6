/* Folded parts of the tree: remembered for the tab, and until the outline is read anew. */

import { find, findAll } from "../shared/dom.js";
import { byId, page, rowOf } from "./course.js";

let folded; // the ids of folded nodes
let archivedOpen = false;

const storageKey = () => `academy.folded.${page.dataset.url}`;

/** Show or hide the list below a row as it was left. */
const apply = (row) => {
  const button = find(":scope > .node > [data-fold]", row);
  if (!button) return;
  const open = !folded.has(row.dataset.id);
  button.setAttribute("aria-expanded", open);
  find(":scope > ul", row).hidden = !open;
};

const applyAll = () => findAll("li[data-id]", page).forEach(apply);

export const setFolded = (row, shut) => {
  if (shut) folded.add(row.dataset.id);
  else folded.delete(row.dataset.id);
  sessionStorage.setItem(storageKey(), JSON.stringify([...folded]));
  apply(row);
};

export const startFolding = () => {
  folded = new Set(JSON.parse(sessionStorage.getItem(storageKey()) || "[]"));
  // The node of the address is shown.
  for (let row = rowOf(page.dataset.selected); row; row = row.parentElement.closest("li")) {
    folded.delete(row.dataset.id);
  }
  applyAll();
  page.addEventListener("htmx:beforeSwap", () => {
    archivedOpen = Boolean(byId("archived")?.open);
  });
  page.addEventListener("htmx:afterRequest", () => {
    if (archivedOpen && byId("archived")) byId("archived").open = true;
    applyAll();
  });
};
