/* The page of a course: its parts, its words, and the line that says whether everything is saved. */

import { find } from "../shared/dom.js";

export const page = find("[data-course]");

export const byId = (id) => document.getElementById(id);

/** The link of a node by the node's id. */
export const linkOf = (id) => byId(`t-${id}`);

/** The row of a node by the node's id. */
export const rowOf = (id) => linkOf(id)?.closest("li");

export const isSelected = (id) => id === page.dataset.selected;

/** The words of data-text-<key>, with `name` in the place of {name}. */
export const text = (key, name = "") =>
  (page.getAttribute(`data-text-${key}`) || "").replace("{name}", () => name);

/** Say something to screen readers. The same words twice are read twice. */
export const say = (words) => {
  const region = find("[data-tree-said]", page);
  region.textContent = "";
  setTimeout(() => {
    region.textContent = words;
  }, 50);
};

/** Show the words of `key` beside the heading. */
export const showState = (key) => {
  const state = find("[data-tree-state]", page);
  if (state) state.textContent = text(key);
};

/** Whether the panel has changes that are not saved. */
export const hasUnsaved = () => {
  const form = find("#panel form[data-guard]", page);
  const note = form && find("[data-dirty]", form);
  return Boolean(note && !note.hidden);
};

export const showSaved = () => showState(hasUnsaved() ? "unsaved" : "saved");

/** Whether the panel stands below the tree, not beside it. */
export const isBelow = () => matchMedia("(max-width: 68.74rem)").matches;
