/* Keys of the tree: the arrows walk and fold, with Alt they move; F2 renames, Escape leaves. */

import { findAll } from "../shared/dom.js";
import { move, renameOrOpen } from "./actions.js";
import { linkOf, page } from "./course.js";
import { setFolded } from "./folding.js";
import { focusSelectedRow } from "./panel.js";
import { cancelRename } from "./renaming.js";

const isVertical = (key) => key === "ArrowUp" || key === "ArrowDown";

/** The keys that lead to the parent and to the children in the direction of the language. */
const horizontal = () => {
  const rtl = document.documentElement.dir === "rtl";
  return rtl ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
};

const onEscape = ({ target }) => {
  const form = target.closest("[data-rename]");
  if (target.closest("#panel") && !target.matches("select")) focusSelectedRow();
  else if (form) cancelRename(form);
};

/** With Alt: move the row among its siblings, or to the parent's neighbour. */
const onMoveKey = (event, row) => {
  const { key } = event;
  const [back, forward] = horizontal();
  const { change, list } = row.parentElement.dataset;
  if (isVertical(key)) {
    event.preventDefault();
    if (change !== undefined) move(row, key === "ArrowUp" ? "up" : "down");
  } else if (key === back || key === forward) {
    event.preventDefault(); // the browser's own Back
    if (change !== undefined && list !== "curricula") move(row, key === back ? "previous" : "next");
  }
};

const onNodeKey = (event, row) => {
  const { key } = event;
  const [back, forward] = horizontal();
  const link = linkOf(row.dataset.id);
  if (isVertical(key)) {
    event.preventDefault();
    const links = findAll("[data-node]", page).filter((each) => each.offsetParent);
    links[links.indexOf(link) + (key === "ArrowUp" ? -1 : 1)]?.focus();
  } else if (key === back || key === forward) {
    setFolded(row, key === back);
  } else if (key === "F2") {
    event.preventDefault();
    renameOrOpen(link);
  }
};

export const startKeys = () =>
  page.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key === "Escape" && target.closest("#panel, [data-rename]")) {
      onEscape(event);
      return;
    }
    const row = target.closest(".tree li[data-id]");
    if (!row || target.matches("input") || target.closest("[data-rename]")) return;
    if (event.altKey) onMoveKey(event, row);
    else if (!event.ctrlKey && !event.metaKey && target.matches("[data-node]")) onNodeKey(event, row);
  });
