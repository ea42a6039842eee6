/* The session of this page may have ended, or another one may have begun in another tab. */

import { find, findAll } from "../shared/dom.js";
import { headers } from "../shared/page.js";
import { notice, placeOf } from "./notices.js";

const setToken = (token) => {
  for (const input of findAll("input[name=csrfmiddlewaretoken]")) input.value = token;
  const changed = { ...headers(), "X-CSRFToken": token };
  document.body.setAttribute("hx-headers", JSON.stringify(changed));
};

/** Ask who is signed in now. If it is the user of this page, its forms get the token of the new session. */
export const whoIsThere = async () => {
  const { session, user } = find("[data-notices][data-session]")?.dataset || {};
  const answer = await fetch(session, { headers: { Accept: "application/json" }, cache: "no-store" });
  const told = await answer.json();
  if (told.user && told.user === user) setToken(told.token);
  return { ...told, same: told.user === user };
};

const signedOutForms = new Set();

/** Say in a form that the session has ended, and later that the user is signed in again. */
export const signedOut = (form) => {
  signedOutForms.add(form);
  if (placeOf(form)?.dataset.shown !== "signed-out") notice(form, "signed-out"); // shown once, not again with each draft
};

const lookForSession = async () => {
  if (!signedOutForms.size || document.hidden) return;
  const told = await whoIsThere().catch(() => null);
  if (!told?.user) return;
  for (const form of signedOutForms)
    notice(form, told.same ? "signed-in" : "other-user", { name: told.name });
  if (!told.same) return;
  signedOutForms.clear();
  document.dispatchEvent(new Event("academy:signed-in"));
};
window.addEventListener("focus", lookForSession);
document.addEventListener("visibilitychange", lookForSession);
