/* Quick add: the form is free for the next student at once. Entries wait in a queue, shown as lines of the list below, and
   are sent one after the other. An entry that the server refuses becomes a form in its line. Without this script each
   student is added on a page of its own.

   form[data-quick] is the form of the page or of a line, [data-quick-list] the list with the words in data-text-…. */

import { find, findAll, make } from "./shared/dom.js";
import { newToken } from "./shared/page.js";

const list = () => find("[data-quick-list]");
const text = (key, values = {}) =>
  Object.entries(values).reduce(
    (words, [name, value]) => words.replace(`{${name}}`, () => value),
    list().getAttribute(`data-text-${key}`) || "",
  );

const queue = []; // {line, body, name}, the first of them on its way
let sending = false;

const say = (words) => {
  find("[data-quick-said]").textContent = words;
};
const unsaved = () => queue.length + findAll("[data-refused]", list()).length;
const showState = () => {
  find("[data-quick-state]").textContent = unsaved() ? text("left", { n: unsaved() }) : text("all");
};

/** The line of an entry in the queue: its name and its state. */
const lineOf = (name) => {
  const words = make("span", { className: "min-w-0 flex-1 truncate" }, name);
  const state = make("span", { className: "text-sm text-ink-3" });
  state.dataset.lineState = "";
  return make("li", { className: "flex items-center gap-3 px-4 py-2.5" }, words, state);
};
const setState = (line, key) => {
  const state = find("[data-line-state]", line);
  if (state) state.textContent = text(key);
};

/** Put the line that the server drew in place of the one that waited. */
const replace = (line, part) => {
  line.replaceWith(part);
  htmx.process(part);
  const first = find("[data-refused] [aria-invalid=true]", part.parentElement);
  if (!first) return;
  const typing = document.activeElement?.closest("#form");
  if (!typing) first.focus(); // the focus stays in a form that is being filled in
};

/** What becomes of the entry at the head of the queue. True when the next can be sent. */
const settle = ({ line, name }, answer) => {
  const part = answer.page && find("li", answer.page);
  if (part) {
    queue.shift();
    replace(line, document.importNode(part, true));
    say(text(answer.status < 300 ? "saved" : "refused", { name }));
    academy.clearNotice(list());
    return true;
  }
  if (answer.kind === "offline") {
    setState(line, "waiting");
    academy.whenBack(list(), sendQueue); // also while the next is being typed
  } else {
    setState(line, answer.kind === "answer" ? "failed" : "signed-out");
    academy.refused(find("#form"), answer);
  }
  return false;
};

const sendQueue = async () => {
  if (sending || !queue.length) return;
  sending = true;
  let goesOn = true;
  while (goesOn && queue.length) {
    const entry = queue[0];
    setState(entry.line, "saving");
    // The token of the page, which may be newer than that of the entry.
    entry.body.set("csrfmiddlewaretoken", find("#form").elements.csrfmiddlewaretoken.value);
    const answer = await academy.post(location.pathname, entry.body);
    goesOn = settle(entry, answer);
    showState();
  }
  sending = false;
};

const isEmpty = (form) =>
  [...form.elements].every(
    (field) => field.type === "hidden" || !/^(INPUT|SELECT)$/.test(field.tagName) || !field.value,
  );

const empty = (form) => {
  for (const field of form.elements) {
    if (field.type !== "hidden" && field.tagName === "INPUT") field.value = "";
  }
  for (const part of findAll(".alert[data-focus], .errorlist", form)) part.remove();
  for (const field of findAll("[aria-invalid]", form)) field.removeAttribute("aria-invalid");
  form.elements.token.value = newToken();
  academy.markSaved(form);
  find("input:not([type=hidden])", form).focus();
};

const nameOf = (form) => `${form.elements.first_name.value} ${form.elements.last_name.value}`.trim() || "…";

// Before the handlers of other forms, which would send the page away.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("form[data-quick]")) return;
    event.preventDefault();
    event.stopPropagation();
    if (form.id === "form" && isEmpty(form)) {
      find("input:not([type=hidden])", form).focus();
      return;
    }
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const line = lineOf(nameOf(form));
    if (form.id === "form") {
      list().prepend(line);
      find("[data-quick-none]")?.remove();
    } else {
      form.closest("li").replaceWith(line);
      find("#form input:not([type=hidden])").focus();
    }
    queue.push({ line, body, name: nameOf(form) });
    setState(line, "saving");
    if (form.id === "form") empty(form);
    showState();
    sendQueue();
  },
  true,
);

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-quick-drop]");
  if (!button) return;
  button.closest("li").remove();
  showState();
  find("#form input:not([type=hidden])").focus();
});

// Signed in again, here or in another tab.
document.addEventListener("academy:signed-in", sendQueue);

window.addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});
