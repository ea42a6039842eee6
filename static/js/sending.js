/* Sends a form[data-guard] without leaving its page: the page changes when the server has saved. Without a connection,
   or when the session has ended, the form stays as it is, says so, and can be sent again.

   [data-notices] in the form holds what can be said, a template[data-notice] each; see components/form_notices.html.
   Other scripts may use:
     academy.post(url, body, options)  sends; a promise of {kind, …}: "moved" with url, "answer" with status, html and
                                       page (the parsed answer), "offline", "signed-out" or "other-user" with name
     academy.notice(form, name, words) shows a notice in the form, "" takes it away
     academy.signedOut(form)           says that the session has ended, and when it is back
     academy.whenBack(form, send)      says that there is no connection, and sends when there is one or on request
     academy.saved(form)               takes back what was said of a form that is saved now */

"use strict";

(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

  /* --- Notices --- */

  const placeOf = (form) => (form && find("[data-notices]", form)) || find("[data-notices]");

  const notice = (form, name, words = {}) => {
    const place = placeOf(form);
    if (!place) return null;
    place.dataset.shown = name;
    for (const shown of findAll(":scope > :not(template)", place)) shown.remove();
    const template = name && find(`template[data-notice="${name}"]`, place);
    if (!template) return null;
    const part = template.content.cloneNode(true);
    const element = part.firstElementChild;
    for (const [slot, text] of Object.entries(words)) {
      for (const each of findAll(`[data-slot="${slot}"]`, element)) each.textContent = text;
    }
    place.append(part);
    return element;
  };

  /* --- The session: may be another one than that of the page --- */

  const setToken = (token) => {
    for (const input of findAll("input[name=csrfmiddlewaretoken]")) input.value = token;
    const headers = { ...academy.headers(), "X-CSRFToken": token };
    document.body.setAttribute("hx-headers", JSON.stringify(headers));
  };

  /** Who is signed in now. Where it is whoever opened the page, its forms get the token of the new session. */
  const whoIsThere = async () => {
    const { session, user } = placeOf()?.dataset || {};
    const answer = await fetch(session, { headers: { Accept: "application/json" }, cache: "no-store" });
    const told = await answer.json();
    if (told.user && told.user === user) setToken(told.token);
    return { ...told, same: told.user === user };
  };

  const signedOutForms = new Set();

  const signedOut = (form) => {
    signedOutForms.add(form);
    if (placeOf(form)?.dataset.shown !== "signed-out") notice(form, "signed-out"); // said once, not with each draft
  };

  const look = async () => {
    if (!signedOutForms.size || document.hidden) return;
    const told = await whoIsThere().catch(() => null);
    if (!told?.user) return;
    for (const form of signedOutForms) notice(form, told.same ? "signed-in" : "other-user", { name: told.name });
    if (!told.same) return;
    signedOutForms.clear();
    document.dispatchEvent(new Event("academy:signed-in"));
  };
  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);

  /* --- Sending --- */

  const LONGEST = 60000;

  const answerOf = async (response) => {
    if (response.headers.has("X-Signed-Out")) return { kind: "signed-out" };
    const url = response.headers.get("X-Location");
    if (url) return { kind: "moved", url };
    const html = await response.text();
    const page = new DOMParser().parseFromString(html, "text/html");
    return { kind: "answer", status: response.status, html, page };
  };

  const TOO_LONG = "too long";

  /** `stop` is an AbortController: what it stops is "stopped", what lasts too long is "offline". */
  const post = async (url, body, { keepalive = false, stop = new AbortController() } = {}) => {
    const headers = { "X-Form": "1" };
    const send = () => fetch(url, { method: "POST", body, headers, keepalive, signal: stop.signal });
    const timer = setTimeout(() => stop.abort(TOO_LONG), LONGEST);
    try {
      let response = await send();
      if (response.headers.has("X-Form-Out-Of-Date")) {
        const told = await whoIsThere();
        if (!told.user) return { kind: "signed-out" };
        if (!told.same) return { kind: "other-user", name: told.name };
        body.set("csrfmiddlewaretoken", told.token);
        response = await send();
      }
      return await answerOf(response);
    } catch {
      return { kind: stop.signal.aborted && stop.signal.reason !== TOO_LONG ? "stopped" : "offline" };
    } finally {
      clearTimeout(timer);
    }
  };

  /* --- Without a connection --- */

  const AGAIN_AFTER = [5000, 10000, 20000, 30000];
  const waiting = new Map(); // form → {send, tries, timer, changed}

  const stopWaiting = (form) => {
    clearTimeout(waiting.get(form)?.timer);
    waiting.delete(form);
  };

  const sendWaiting = (form, automatic) => {
    const state = waiting.get(form);
    if (!state || !form.isConnected || (automatic && state.changed)) return;
    clearTimeout(state.timer);
    state.send();
  };

  const whenBack = (form, sendAgain) => {
    const tries = waiting.get(form)?.tries ?? 0;
    stopWaiting(form);
    const timer = setTimeout(() => sendWaiting(form, true), AGAIN_AFTER[Math.min(tries, AGAIN_AFTER.length - 1)]);
    waiting.set(form, { send: sendAgain, tries: tries + 1, timer, changed: false });
    notice(form, "offline");
  };

  const saved = (form) => {
    stopWaiting(form);
    notice(form, "");
  };

  window.addEventListener("online", () => {
    for (const form of [...waiting.keys()]) sendWaiting(form, true);
  });
  // What is still being typed is not sent by itself.
  document.addEventListener("input", ({ target: { form } }) => {
    const state = waiting.get(form);
    if (!state || state.changed) return;
    state.changed = true;
    notice(form, "offline-changed");
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-send-now]");
    const form = button?.closest("form");
    if (button) sendWaiting(waiting.has(form) ? form : waiting.keys().next().value, false);
  });

  /* --- Guarded forms --- */

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

  /** What a page says that stands alone: its heading, and its sentences without the number of the error. */
  const wordsOf = (page) => ({
    heading: find("h1", page)?.textContent || academy.text("failed"),
    text: findAll("h1 ~ p", page).map((each) => each.textContent).join(" "),
  });

  const show = (form, answer) => {
    if (find("#main", answer.page)) {
      htmx.swap(find("#main"), answer.html, { swapStyle: "outerHTML" }, { select: "#main" });
    } else {
      notice(form, "refused", wordsOf(answer.page));
    }
  };

  const sendForm = async (form, submitter) => {
    sending.get(form)?.abort();
    const stop = new AbortController();
    sending.set(form, stop);
    academy.forms.leave(form);
    notice(form, "");
    const slow = setTimeout(() => notice(form, "slow"), SLOW);
    const answer = await academy.post(addressOf(form, submitter), bodyOf(form, submitter), { stop });
    clearTimeout(slow);
    if (answer.kind === "stopped") return;
    sending.delete(form);
    if (answer.kind === "moved") {
      stopWaiting(form);
      academy.forms.leave(form);
      go(answer.url);
      return;
    }
    academy.forms.release(form);
    if (answer.kind === "offline") {
      whenBack(form, () => sendForm(form, submitter));
      return;
    }
    saved(form);
    if (answer.kind === "signed-out") signedOut(form);
    else if (answer.kind === "other-user") notice(form, "other-user", { name: answer.name });
    else show(form, answer);
  };

  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || !form.matches("form[data-guard]") || form.method !== "post") return;
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
    } else if (own) notice(form, "refused", wordsOf(new DOMParser().parseFromString(xhr.responseText, "text/html")));
    else return;
    event.preventDefault();
  };
  // Before app.js, which says it in a toast.
  document.addEventListener("htmx:responseError", tellRefused, true);

  Object.assign(academy, { post, notice, signedOut, whenBack, saved });
})();
