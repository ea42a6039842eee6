/* Messages in the corner of the page, and the way back where a message has one. */

import { find, findAll, make } from "../shared/dom.js";
import { headers, text } from "../shared/page.js";

const ICONS = { error: "alert-circle", warning: "alert-triangle", info: "info-circle" };
const SVG = "http://www.w3.org/2000/svg";

const iconElement = (name) => {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${find("#toasts").dataset.sprite}#${name}`);
  svg.append(use);
  return svg;
};

/** The picture of a tone. */
export const toneIcon = (tone) => iconElement(ICONS[tone] || "circle-check");

const SHOWN_FOR = 8000;
const WITH_UNDO_SHOWN_FOR = 20000;

/** Add a close button, and remove the toast after some seconds unless it is an error. */
const activate = (toast) => {
  const close = make("button", { type: "button", className: "btn ghost square sm" }, iconElement("x"));
  close.setAttribute("aria-label", text("close"));
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  if (toast.classList.contains("error")) return;
  const leave = () => {
    if (toast.matches(":hover, :focus-within, :has(.alert)")) setTimeout(leave, 2000);
    else toast.remove();
  };
  setTimeout(leave, find("form", toast) ? WITH_UNDO_SHOWN_FOR : SHOWN_FOR);
};

/** A form that posts to `url` with the token and the program of this page, and comes back here. */
const undoForm = (url) => {
  const { "X-CSRFToken": token, "X-Program-Context": program } = headers();
  const fields = {
    csrfmiddlewaretoken: token,
    program_context: program,
    next: location.pathname + location.search,
  };
  const inputs = Object.entries(fields).map(([name, value]) =>
    make("input", { type: "hidden", name, value: value ?? "" }),
  );
  const button = make("button", { className: "btn sm" }, iconElement("arrow-back-up"), text("undo"));
  const form = make("form", { method: "post", action: url }, ...inputs, button);
  form.dataset.opens = "";
  return form;
};

/** Show a message. `tone`: success, info, warning or error; `undo`: a URL to post to. */
export const toast = (message, tone = "success", undo = "") => {
  const region = find("#toasts");
  if (!region) return;
  const element = make("div", { className: `toast ${tone}` }, toneIcon(tone), make("p", {}, message));
  if (/^\/(?!\/)/.test(undo)) element.append(undoForm(undo));
  region.append(element);
  activate(element);
};

// The answer's header HX-Trigger: {"toast": {"message": "Saved", "tone": "success", "undo": "/…/"}} or {"toast": "Saved"}.
document.addEventListener("toast", ({ detail }) =>
  toast(detail.message ?? detail.value, detail.tone, detail.undo),
);

// Messages that came with the page are put in again, since a live region only speaks of what changes in it.
for (const element of findAll("#toasts [data-toast]")) {
  const region = element.parentElement;
  element.remove();
  setTimeout(() => {
    region.append(element);
    activate(element);
  }, 100);
}
