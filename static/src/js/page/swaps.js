/* What happens around the requests of htmx: errors, waiting, the focus, and a session that has ended. */

import { find, findAll } from "../shared/dom.js";
import { text } from "../shared/page.js";
import { toast } from "./toasts.js";

document.addEventListener("htmx:responseError", (event) => {
  const { detail } = event;
  if (event.defaultPrevented) return; // shown in the form by forms/sending.js
  toast(text(detail.xhr.status) || text("failed"), "error");
});
document.addEventListener("htmx:sendError", () => toast(text("offline"), "error"));
document.addEventListener("htmx:timeout", () => toast(text("slow"), "error"));

// A part that is being fetched is busy for screen readers at once, and shows a skeleton (loading.css) when it takes long.
const SKELETON_AFTER = 200;
let skeletons = 0; // the timer

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  detail.target?.setAttribute("aria-busy", "true");
  clearTimeout(skeletons);
  skeletons = setTimeout(() => {
    for (const part of findAll(".list-wrap.htmx-request")) part.classList.add("is-loading");
  }, SKELETON_AFTER);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  clearTimeout(skeletons);
  detail.target?.removeAttribute("aria-busy");
  for (const part of findAll(".is-loading")) part.classList.remove("is-loading");
});

// The focus stays where it was: htmx finds an element with the same id again; here one that stands in the same place.
let focused = null; // what had the focus in the part that is swapped: {place, part}, the id of the part

const placeOf = (element) => {
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element.rel) return `a[rel="${CSS.escape(element.rel)}"]`;
  return element.matches("a[href]") ? `a[href="${CSS.escape(element.getAttribute("href"))}"]` : "";
};

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const at = document.activeElement;
  // The tabs of a list stand beside the part, and are swapped along with it.
  const part = detail.target?.contains(at) ? detail.target : at?.closest("#list-tabs");
  focused = part && at !== document.body ? { place: placeOf(at), part: part.id } : null;
  // Removed before the swap: else the browser lays out the new rows once more to find where the focus goes.
  if (focused && at.matches(".list-wrap a, #list-tabs a")) at.blur();
});
document.addEventListener("htmx:afterSettle", ({ target }) => {
  const lost = !document.activeElement || document.activeElement === document.body;
  if (!focused || !lost) return;
  const part = (focused.part && find(`#${CSS.escape(focused.part)}`)) || target;
  const same = (focused.place && find(focused.place, part)) || find("[data-swap-focus]", part) || part;
  focused = null;
  if (!same.matches("a[href], button, input, select, textarea, summary, [tabindex]")) same.tabIndex = -1;
  same.focus({ preventScroll: true });
});

// The session has ended: the answer is the sign-in page, which belongs in the window, not in a part of it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { login } = document.body.dataset;
  const answered = event.detail.xhr.responseURL;
  if (login && answered && new URL(answered).pathname === login) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});
