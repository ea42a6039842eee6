/* Dialogs and popovers. */

import { closePopovers, find, findAll, onClick } from "../shared/dom.js";

onClick("[data-open]", (button) => {
  closePopovers();
  find(`#${button.dataset.open}`)?.showModal();
});
document.addEventListener("click", (event) => {
  if (!event.target.matches("dialog.dlg")) return;
  const { left, right, top, bottom } = event.target.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  if (x < left || x > right || y < top || y > bottom) event.target.close(); // a click on the backdrop
});

/** Put a popover below its button, or above where there is no room. */
const place = (popover, button) => {
  const margin = 8;
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  let left = document.documentElement.dir === "rtl" ? at.right - width : at.left;
  let top = at.bottom + 4;
  if (left < margin) left = at.left;
  if (left + width > innerWidth - margin) left = Math.max(margin, at.right - width);
  if (top + height > innerHeight - margin) {
    const above = at.top - height - 4;
    top = above > margin ? above : Math.max(margin, innerHeight - height - margin);
  }
  popover.style.left = `${left}px`;
  popover.style.top = `${top}px`;
};

const buttonOf = (popover) =>
  findAll(`[popovertarget="${popover.id}"]`).find((each) => each.getClientRects().length > 0);

/** A popover has grown: find it a place once more, and show the part of it that is new. */
export const placeAgain = (popover, part) => {
  const button = buttonOf(popover);
  if (button) place(popover, button);
  part.scrollIntoView({ block: "nearest" });
};

document.addEventListener(
  "toggle",
  (event) => {
    const popover = event.target;
    if (!popover.matches("[popover].pop")) return;
    const button = buttonOf(popover);
    const open = event.newState === "open";
    button?.setAttribute("aria-expanded", open);
    if (open && button) place(popover, button);
  },
  true,
);
