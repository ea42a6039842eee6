/* Asking before an action.

   data-confirm="Archive Ana Ruiz?" data-confirm-text="…" data-confirm-ok="Archive" on a submit button, on an element with
   hx-…, or with data-post on a link to the page that asks: the link is then posted to. */

import { closePopovers, find, onClick } from "../shared/dom.js";
import { text } from "../shared/page.js";

/** Show the question of an element with data-confirm; return a promise of true or false. */
export const ask = ({ dataset }) => {
  const dialog = find("#confirm");
  find("[data-slot=title]", dialog).textContent = dataset.confirm;
  find("[data-slot=text]", dialog).textContent = dataset.confirmText || "";
  find("[data-slot=ok]", dialog).textContent = dataset.confirmOk || text("continue");
  dialog.returnValue = "no";
  closePopovers();
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
};

document.addEventListener("htmx:confirm", async (event) => {
  const asking = event.detail.triggeringEvent?.submitter || event.detail.elt;
  if (!asking.dataset?.confirm) return;
  event.preventDefault();
  if (await ask(asking)) event.detail.issueRequest(true);
});

let confirmed = null; // the button whose question was just answered with yes

document.addEventListener("submit", async (event) => {
  const { submitter: button, target: form } = event;
  if (event.defaultPrevented || !button?.dataset.confirm || confirmed === button) return;
  event.preventDefault();
  if (!(await ask(button))) return;
  confirmed = button;
  form.requestSubmit(button);
  confirmed = null;
});

onClick("a[data-post]", async (link, event) => {
  event.preventDefault();
  if (link.dataset.confirm && !(await ask(link))) return;
  const form = find("#confirm-post");
  form.action = link.href;
  form.requestSubmit();
});
