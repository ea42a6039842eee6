/* The rows of a list, for the keys. */

import { findAll } from "../shared/dom.js";

export const rowLinks = () => findAll("#list tbody .who a, #list .tile a");

/** The row or card of an element of it. */
export const rowOf = (element) => element.closest("tr, .tile");

/** Focus a row by its index, or the first or last one where the index is out of range. */
export const focusRow = (index) => {
  const all = rowLinks();
  const link = all[Math.min(Math.max(index, 0), all.length - 1)];
  if (!link) return;
  link.focus({ preventScroll: true });
  rowOf(link).scrollIntoView({ block: "nearest" });
};
