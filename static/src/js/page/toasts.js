/* Messages in the corner of the page, and the way back where a message has one. */

import { find, findAll } from "../shared/dom.js";
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
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn ghost square sm";
  close.setAttribute("aria-label", text("close"));
  close.append(iconElement("x"));
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
  const form = document.createElement("form");
  form.method = "post";
  form.action = url;
  form.dataset.opens = "";
  const { "X-CSRFToken": token, "X-Program-Context": program } = headers();
  const fields = {
    csrfmiddlewaretoken: token,
    program_context: program,
    next: location.pathname + location.search,
  };
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value: value ?? "" });
    form.append(input);
  }
  const button = document.createElement("button");
  button.className = "btn sm";
  button.append(iconElement("arrow-back-up"), text("undo"));
  form.append(button);
  return form;
};

/** Show a message. `tone`: success, info, warning or error; `undo`: a URL to post to. */
export const toast = (message, tone = "success", undo = "") => {
  const region = find("#toasts");
  if (!region) return;
  const element = document.createElement("div");
  element.className = `toast ${tone}`;
  const words = document.createElement("p");
  words.textContent = message;
  element.append(toneIcon(tone), words);
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
