/* The preview of a change of many rows, and what follows it. */

import { closePopovers, find } from "../shared/dom.js";
import { clearSelection } from "./selection.js";

document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "bulk-preview") return;
  closePopovers();
  const dialog = find("#bulk-dialog");
  if (!dialog.open) dialog.showModal();
});

document.addEventListener("list-changed", () => {
  clearSelection();
  find("#bulk-dialog")?.close();
  if (document.documentElement.hasAttribute("data-selecting")) find("[data-select-mode]")?.click();
  htmx.ajax("GET", location.pathname + location.search, { target: "#list", swap: "outerHTML" });
});
