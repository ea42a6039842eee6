/* Saves what is typed into a form on the server, so that a closed tab or an empty battery loses nothing.
   form[data-draft] names the draft, data-draft-url takes it. Nothing is stored in the browser. */

import { isSent } from "./guard.js";
import { notice } from "./notices.js";
import { post } from "./requests.js";
import { refused } from "./sending.js";

const PAUSE = 1500;
const states = new WeakMap(); // form → {timer, saved, stop}
const stateOf = (form) => {
  if (!states.has(form)) states.set(form, { timer: 0, saved: "", stop: null });
  return states.get(form);
};
const formOf = (target) => target.closest?.("form[data-draft]");

const contentOf = (form) => {
  const data = new FormData(form);
  data.append("draft_form", form.dataset.draft);
  return new URLSearchParams([...data].filter(([, value]) => typeof value === "string"));
};

const saveDraft = async (form, late = false) => {
  const state = stateOf(form);
  clearTimeout(state.timer);
  state.timer = 0;
  const body = contentOf(form);
  const text = body.toString();
  if (!form.isConnected || isSent(form) || text === state.saved) return;
  state.saved = text;
  state.stop = new AbortController();
  const answer = await post(form.dataset.draftUrl, body, { keepalive: late, stop: state.stop });
  if (answer.kind === "answer" && answer.status < 400) return;
  if (answer.status === 413) {
    notice(form, "draft-large");
    return;
  }
  state.saved = ""; // not saved: the next change tries again
  if (answer.kind !== "answer") refused(form, answer);
};

const later = ({ target }) => {
  const form = formOf(target);
  if (!form) return;
  const state = stateOf(form);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => saveDraft(form), PAUSE);
};

document.addEventListener("input", later);
document.addEventListener("change", later);
document.addEventListener("submit", ({ target }) => {
  const form = formOf(target);
  if (!form) return;
  const state = stateOf(form);
  clearTimeout(state.timer);
  state.stop?.abort(); // a saved form needs no draft
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  for (const form of document.querySelectorAll("form[data-draft]")) {
    if (stateOf(form).timer) saveDraft(form, true);
  }
});
