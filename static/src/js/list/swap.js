/* What makes a new list visible sooner. */

import { find } from "../shared/dom.js";
import { restoreSelection } from "./selection.js";

const FOLD = 930; // the height of a window that shows the first part of a list at most, in pixels

let isList = false; // whether the answer is a new list
let fromTop = false; // whether the page is shown from its top

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  isList = detail.shouldSwap && detail.target?.id === "list";
  fromTop = scrollY === 0 || Boolean(detail.requestConfig?.elt?.closest(".pager"));
});

for (const kind of ["pushedIntoHistory", "replacedInHistory"]) {
  document.addEventListener(`htmx:${kind}`, () => {
    // The old list is removed as a whole: htmx would send an event to each of its parts, which nobody handles.
    if (isList) find("#list")?.replaceChildren();
  });
}

document.addEventListener("htmx:afterSwap", () => {
  const later = find("#list tbody > template");
  if (!later) return;
  const show = () => {
    if (!later.isConnected) return;
    later.replaceWith(later.content);
    restoreSelection();
  };
  // Rows below the fold are added after the first paint.
  if (!fromTop || innerHeight > FOLD) {
    show();
    return;
  }
  scrollTo(0, 0); // with the first paint, not after it
  requestAnimationFrame(() => setTimeout(show));
});
