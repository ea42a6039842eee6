/* What a form says while it stays on its page.

   [data-notices] in a guarded form holds a template[data-notice] for each notice (components/form_notices.html). For
   form[data-opens], a button that leads to another page, the words stand in #notices (components/notices.html): they are
   shown in the form, below its button, or in #notices where the form is hidden. */

import { placeAgain } from "../page/dialogs.js";
import { toneIcon } from "../page/toasts.js";
import { find, findAll, make } from "../shared/dom.js";

/** Whether a form is a button that leads to another page. */
export const isOpener = (form) => form.matches("[data-opens], [data-switch], [data-forget]");

/** The place for notices of a form[data-opens], made when there is one to show. */
const placeBelow = (form) => {
  if (!form.isConnected || !form.getClientRects().length) return find("#notices");
  const place = make("div", { className: "form-notices" });
  place.dataset.notices = "";
  place.setAttribute("role", "alert");
  form.append(place);
  return place;
};

/** Where a form shows its notices. */
export const placeOf = (form) => {
  const own = form && find("[data-notices]", form);
  if (own || !(form && isOpener(form))) return own || find("[data-notices]");
  return placeBelow(form);
};

const TONES = { "signed-in": "success", "other-user": "error", refused: "error" };

const button = (words, name) => {
  const element = make("button", { type: "button", className: "btn sm" }, words);
  element.dataset[name] = "";
  return element;
};

const signInLink = ({ signIn, session }) => {
  const href = `${document.body.dataset.login}?next=${session}`;
  return make("a", { className: "btn sm", target: "_blank", rel: "noopener", href }, signIn);
};

/** An alert made of the words in #notices and those given. */
const alertOfFrame = (name, { heading, text, name: who }) => {
  const words = find("#notices")?.dataset || {};
  const key = name.replace(/-./g, ([, letter]) => letter.toUpperCase());
  const said = [words[key], heading, text, name === "other-user" && who].filter(Boolean).join(" ");
  if (!said) return null;
  const parts = {
    offline: [button(words.now, "sendNow"), button(words.not, "sendNot")],
    "signed-out": [signInLink(words)],
  };
  const tone = TONES[name] || "warning";
  const inside = make("div", {}, said, make("p", {}, ...(parts[name] || [])));
  const className = `alert ${tone === "error" ? "danger" : tone}`;
  return make("div", { className }, toneIcon(tone), inside);
};

/** Show a notice in a form and return its element; the name "" removes the one that is shown. */
export const notice = (form, name, words = {}) => {
  const place = placeOf(form);
  if (!place) return null;
  place.dataset.shown = name;
  for (const shown of findAll(":scope > :not(template)", place)) shown.remove();
  const template = name && find(`template[data-notice="${name}"]`, place);
  const element = template
    ? template.content.cloneNode(true).firstElementChild
    : name && alertOfFrame(name, words);
  if (!element) return null;
  for (const [slot, text] of Object.entries(words)) {
    for (const each of findAll(`[data-slot="${slot}"]`, element)) each.textContent = text;
  }
  place.append(element);
  const popover = place.closest("[popover]:popover-open");
  if (popover) placeAgain(popover, element);
  return element;
};
