/* Forms that could not be sent for want of a connection. */

import { isOpener, notice } from "./notices.js";

const AGAIN_AFTER = [5000, 10000, 20000, 30000];
const waitingForms = new Map(); // form → {send, tries, timer, changed}

export const stopWaiting = (form) => {
  clearTimeout(waitingForms.get(form)?.timer);
  waitingForms.delete(form);
};

const sendWaiting = (form, automatic) => {
  const state = waitingForms.get(form);
  if (!state || !form.isConnected || (automatic && state.changed)) return;
  clearTimeout(state.timer);
  state.send();
};

/** Say that there is no connection, and send again when there is one or on request. */
export const whenBack = (form, sendAgain) => {
  const tries = waitingForms.get(form)?.tries ?? 0;
  stopWaiting(form);
  const timer = setTimeout(
    () => sendWaiting(form, true),
    AGAIN_AFTER[Math.min(tries, AGAIN_AFTER.length - 1)],
  );
  waitingForms.set(form, { send: sendAgain, tries: tries + 1, timer, changed: false });
  notice(form, "offline");
};

/** Stop waiting for the connection, and remove the notice of a form. */
export const clearNotice = (form) => {
  stopWaiting(form);
  notice(form, "");
};

/** Of the buttons that lead to another page, only the one pressed last is still wanted. */
export const dropOtherOpeners = (form) => {
  for (const other of [...waitingForms.keys()]) if (other !== form && isOpener(other)) clearNotice(other);
};

window.addEventListener("online", () => {
  for (const form of [...waitingForms.keys()]) sendWaiting(form, true);
});
// What is still being typed is not sent by itself.
document.addEventListener("input", ({ target: { form } }) => {
  const state = waitingForms.get(form);
  if (!state || state.changed) return;
  if (isOpener(form)) {
    clearNotice(form); // another choice is pressed once more
    return;
  }
  state.changed = true;
  notice(form, "offline-changed");
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-send-now], [data-send-not]");
  if (!button) return;
  const within = button.closest("form");
  const form = waitingForms.has(within) ? within : waitingForms.keys().next().value;
  if (button.matches("[data-send-now]")) sendWaiting(form, false);
  else clearNotice(form);
});
