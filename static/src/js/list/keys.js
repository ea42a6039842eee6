/* Keys of a list: next and previous row, select, clear the selection, print. */

import { find } from "../shared/dom.js";
import { takesShortcut } from "../shared/page.js";
import { focusRow, rowLinks, rowOf } from "./rows.js";
import { clearSelection, hasSelection } from "./selection.js";

const isPrint = ({ key, ctrlKey, metaKey, shiftKey, altKey }) =>
  (ctrlKey || metaKey) && !shiftKey && !altKey && key.toLowerCase() === "p";

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const printout = find("[data-printout]");
  if (printout && isPrint(event)) {
    event.preventDefault(); // the browser would print this page of the list alone
    printout.click();
    return;
  }
  if (find("dialog[open]") || find("[popover]:popover-open")) return;
  if (key === "Escape" && hasSelection()) {
    clearSelection();
    return;
  }
  if (!takesShortcut(event, "input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const row = rowOf(target);
  const index = row ? rowLinks().indexOf(find(".who a, .tile a", row)) : -1;
  if (key === "j") focusRow(index + 1);
  else if (key === "k") focusRow(index < 0 ? 0 : index - 1);
  else if (key === "x" && index >= 0) find('[name="ids"]', row)?.click();
});
