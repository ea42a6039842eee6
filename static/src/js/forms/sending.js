/* Sends a form[data-guard] without leaving its page: the page changes when the server has saved. Without a connection, or
   when the session has ended, the form stays as it is, says so, and can be sent again. A form[data-opens] is a button
   rather than a form: nothing is typed into it, and its answer is another page, or the address of one. */

import { toast } from "../page/toasts.js";
import { closePopovers, find, findAll } from "../shared/dom.js";
import { text } from "../shared/page.js";
import { hasUnsavedForms, lock, unlock } from "./guard.js";
import { isOpener, notice } from "./notices.js";
import { post } from "./requests.js";
import { clearNotice, dropOtherOpeners, stopWaiting, whenBack } from "./retries.js";
import { signedOut, whoIsThere } from "./session.js";

const SLOW = 8000;
const sending = new Map(); // form → what stops its sending

const bodyOf = (form, submitter) => {
  const data = new FormData(form, submitter);
  return form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
};

const addressOf = (form, submitter) =>
  submitter?.getAttribute("formaction") || form.getAttribute("action") || location.pathname + location.search;

/** Open a page, also one that differs from this one only behind the "#". */
const go = (url) => {
  const target = new URL(url, location.href);
  const here = target.pathname === location.pathname && target.search === location.search;
  location.assign(target);
  if (here && target.hash) location.reload();
};

/** The words of an error page: its heading, and its sentences without the number of the error. */
const wordsOf = (page) => ({
  heading: find("h1", page)?.textContent || text("failed"),
  text: findAll("h1 ~ p", page)
    .map((each) => each.textContent)
    .join(" "),
});

/** Say why an answer of post() has not saved. */
export const refused = (form, { kind, name, page }) => {
  if (kind === "signed-out") signedOut(form);
  else if (kind === "other-user") notice(form, "other-user", { name });
  else if (kind === "answer") notice(form, "refused", wordsOf(page));
};

const put = (selector, html) =>
  htmx.swap(find(selector), html, { swapStyle: "outerHTML" }, { select: selector });

const closeAll = () => {
  closePopovers();
  for (const dialog of findAll("dialog[open]")) dialog.close();
};

/** Run the scripts that a page brings in its head and this one has not, such as the one that prints. */
const addScripts = (page) => {
  for (const each of findAll("head script[src]", page)) {
    const src = each.getAttribute("src");
    if (find(`script[src="${src}"]`)) continue;
    const script = document.createElement("script");
    script.src = src;
    document.head.append(script);
  }
};

/** Put a page in the place of this one, under its own address. Back opens this one again: htmx does that. */
const open = (url, { html, page }) => {
  const address = new URL(url, location.href);
  const { program, several } = document.body.dataset;
  if (several !== undefined) address.searchParams.set("in", program);
  history.replaceState({ htmx: true }, "");
  history.pushState({ htmx: true }, "", address);
  put(".main", html);
  find("#main").focus({ preventScroll: true });
  scrollTo(0, 0);
  addScripts(page);
};

const show = (form, url, answer) => {
  if (answer.kind !== "answer" || !find("#main", answer.page)) {
    refused(form, answer);
    return;
  }
  const opens = isOpener(form);
  if (opens) closeAll();
  if (opens && answer.status === 200) open(url, answer);
  else put("#main", answer.html);
};

/** A page without #notices, such as a list, says in a toast that nothing was changed, as it does of its other requests. */
const sayInToast = ({ kind, status }) => {
  if (kind === "signed-out" || kind === "other-user")
    location.reload(); // to sign in
  else toast(text(kind === "offline" ? kind : status) || text("failed"), "error");
};

const sendForm = async (form, submitter) => {
  sending.get(form)?.abort();
  const stop = new AbortController();
  sending.set(form, stop);
  if (isOpener(form)) dropOtherOpeners(form);
  lock(form);
  notice(form, "");
  const slow = setTimeout(() => notice(form, "slow"), SLOW);
  const url = addressOf(form, submitter);
  const answer = await post(url, bodyOf(form, submitter), { stop });
  clearTimeout(slow);
  if (answer.kind === "stopped") return;
  sending.delete(form);
  if (answer.kind === "moved") {
    stopWaiting(form);
    lock(form);
    go(answer.url);
    return;
  }
  unlock(form);
  if (isOpener(form) && !find("#notices") && !(answer.page && find("#main", answer.page))) {
    sayInToast(answer);
    return;
  }
  if (answer.kind === "offline") {
    whenBack(form, () => sendForm(form, submitter));
    return;
  }
  clearNotice(form);
  show(form, url, answer);
};

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || !(form.matches("[data-guard]") || isOpener(form)) || form.method !== "post")
    return;
  // Left to the browser, which asks first: another form of the page has unsaved changes.
  if (isOpener(form) && hasUnsavedForms()) return;
  event.preventDefault();
  sendForm(form, submitter);
});
/* --- What htmx sends, as the tree of a course does --- */
const tellRefused = (event) => {
  const { xhr, elt, requestConfig } = event.detail;
  const form = elt.closest("form[data-guard]") || find("form[data-guard]");
  const own = form && new URL(form.action).pathname === requestConfig.path;
  if (xhr.getResponseHeader("X-Signed-Out")) signedOut(form);
  else if (xhr.getResponseHeader("X-Form-Out-Of-Date")) {
    whoIsThere().catch(() => null);
    return; // the next try has the new token
  } else if (own)
    notice(form, "refused", wordsOf(new DOMParser().parseFromString(xhr.responseText, "text/html")));
  else return;
  event.preventDefault();
};
// Before page/swaps.js, which shows a toast.
document.addEventListener("htmx:responseError", tellRefused, true);
