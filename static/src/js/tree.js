/* The tree of a course, changed in place. Every action is a form, a button or a link that works without scripts; here they
   are sent by htmx, one after the other, and the parts of the answer replace those of the page.

   Attributes: [data-course] the page · [data-node] the link of a row · [data-list] a list, its kind, with
   [data-parent], and data-change and data-archivable where the user may · [data-grip] the handle · [data-fold]
   folds the list below · #row-acts the buttons of the row under the pointer or the focus, moved from row to row ·
   [data-step] moves · [data-start-rename] puts the form of #rename-form in place of a title · a[data-archive]
   archives · form[data-add] the line that adds · #acts the form of buttons that stand outside one ·
   data-text-… texts in the user's language ·
   [data-tree-state] the state beside the heading · [data-tree-said] the live region. */

import { startActions } from "./tree/actions.js";
import { keepTypedLines } from "./tree/adding.js";
import { page, say } from "./tree/course.js";
import { allowDragging } from "./tree/dragging.js";
import { startFolding } from "./tree/folding.js";
import { startKeys } from "./tree/keys.js";
import { startNews } from "./tree/news.js";
import { restoreTyped, startPanel } from "./tree/panel.js";
import { keepTypedName } from "./tree/renaming.js";
import { startRowButtons } from "./tree/row_buttons.js";

// In the order in which they restore the page after an answer.
if (page && window.htmx) {
  keepTypedLines();
  startFolding();
  keepTypedName();
  startNews();
  startRowButtons();
  startPanel();
  startActions();
  startKeys();
  allowDragging(page);
  document.addEventListener("tree:said", ({ detail }) => say(detail.value));
  document.addEventListener("htmx:load", ({ target }) => {
    if (target === document.body || !page.contains(target)) return;
    allowDragging(target);
    if (target.id === "panel") restoreTyped();
  });
}
