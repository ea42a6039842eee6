/* Sends a form[data-guard] without leaving its page: the page changes when the server has saved. Without a connection,
   or when the session has ended, the form stays as it is, says so, and can be sent again. A form[data-opens] is a button
   rather than a form: nothing is typed into it, and its answer is another page, or the address of one.

   [data-notices] in a guarded form holds what can be said, a template[data-notice] each (components/form_notices.html).
   For form[data-opens] the page holds the words, in #notices (components/notices.html): they are said in the form,
   below its button, or in #notices where the form is hidden. Where the page has none, a toast says it.
   Other scripts may use:
     academy.post(url, body, options)  sends; a promise of {kind, …}: "moved" with url, "answer" with status, html and
                                       page (the parsed answer), "offline", "signed-out" or "other-user" with name
     academy.notice(form, name, words) shows a notice in the form, "" takes it away
     academy.refused(form, answer)     says why an answer of post() has not saved: the session has ended, somebody else is
                                       signed in, or what the page says that came instead
     academy.whenBack(form, send)      says that there is no connection, and sends when there is one or on request
     academy.saved(form)               takes back what was said of a form that is saved now */

"use strict";

(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

  /** Whether the form is a button to another page. Those that switch the program and that sign out are, always. */
  const isOpener = (form) => form.matches("[data-opens], [data-switch], [data-forget]");

  /* --- Notices --- */

  /** Where a form[data-opens] speaks. Made when something is to be said. */
  const placeBelow = (form) => {
    if (!form.isConnected || !form.getClientRects().length) return find("#notices");
    const place = document.createElement("div");
    place.className = "form-notices";
    place.dataset.notices = "";
    place.setAttribute("role", "alert");
    form.append(place);
    return place;
  };

  const placeOf = (form) => {
    const own = form && find("[data-notices]", form);
    if (own || !(form && isOpener(form))) return own || find("[data-notices]");
    return placeBelow(form);
  };

  const TONES = { "signed-in": "success", "other-user": "error", refused: "error" };

  const button = (words, name) => {
    const element = document.createElement("button");
    Object.assign(element, { type: "button", className: "btn sm", textContent: words });
    element.dataset[name] = "";
    return element;
  };

  const signInLink = ({ signIn, session }) => {
    const link = document.createElement("a");
    Object.assign(link, { className: "btn sm", target: "_blank", rel: "noopener", textContent: signIn });
    link.href = `${document.body.dataset.login}?next=${session}`;
    return link;
  };

  /** An alert made of the words that the frame has for it, and those given. */
  const alertOfFrame = (name, { heading, text, name: who }) => {
    const words = find("#notices")?.dataset || {};
    const key = name.replace(/-./g, ([, letter]) => letter.toUpperCase());
    const said = [words[key], heading, text, name === "other-user" && who].filter(Boolean).join(" ");
    if (!said) return null;
    const parts = { offline: [button(words.now, "sendNow"), button(words.not, "sendNot")], "signed-out": [signInLink(words)] };
    const tone = TONES[name] || "warning";
    const [element, inside, buttons] = ["div", "div", "p"].map((tag) => document.createElement(tag));
    element.className = `alert ${tone === "error" ? "danger" : tone}`;
    buttons.append(...(parts[name] || []));
    inside.append(said, buttons);
    element.append(academy.icon(tone), inside);
    return element;
  };

  const notice = (form, name, words = {}) => {
    const place = placeOf(form);
    if (!place) return null;
    place.dataset.shown = name;
    for (const shown of findAll(":scope > :not(template)", place)) shown.remove();
    const template = name && find(`template[data-notice="${name}"]`, place);
    const element = template ? template.content.cloneNode(true).firstElementChild : name && alertOfFrame(name, words);
    if (!element) return null;
    for (const [slot, text] of Object.entries(words)) {
      for (const each of findAll(`[data-slot="${slot}"]`, element)) each.textContent = text;
    }
    place.append(element);
    const popover = place.closest("[popover]:popover-open");
    if (popover) academy.placeAgain(popover, element);
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
    const { session, user } = find("[data-notices][data-session]")?.dataset || {};
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
    if (isOpener(form)) {
      saved(form); // another choice is pressed once more
      return;
    }
    state.changed = true;
    notice(form, "offline-changed");
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-send-now], [data-send-not]");
    if (!button) return;
    const within = button.closest("form");
    const form = waiting.has(within) ? within : waiting.keys().next().value;
    if (button.matches("[data-send-now]")) sendWaiting(form, false);
    else saved(form);
  });

  /* --- Guarded forms, and those that open a page --- */

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

  const refused = (form, { kind, name, page }) => {
    if (kind === "signed-out") signedOut(form);
    else if (kind === "other-user") notice(form, "other-user", { name });
    else if (kind === "answer") notice(form, "refused", wordsOf(page));
  };

  const put = (selector, html) => htmx.swap(find(selector), html, { swapStyle: "outerHTML" }, { select: selector });

  const closeAll = () => {
    for (const popover of findAll("[popover]:popover-open")) popover.hidePopover();
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

  /** Only the last of the buttons pressed is still wanted. */
  const dropOthers = (form) => {
    for (const other of [...waiting.keys()]) if (other !== form && isOpener(other)) saved(other);
  };

  /** A page without #notices, such as a list, says in a toast that nothing was changed, as it does of its other requests. */
  const sayInToast = ({ kind, status }) => {
    if (kind === "signed-out" || kind === "other-user") location.reload(); // to sign in
    else academy.toast(academy.text(kind === "offline" ? kind : status) || academy.text("failed"), "error");
  };

  const sendForm = async (form, submitter) => {
    sending.get(form)?.abort();
    const stop = new AbortController();
    sending.set(form, stop);
    if (isOpener(form)) dropOthers(form);
    academy.forms.leave(form);
    notice(form, "");
    const slow = setTimeout(() => notice(form, "slow"), SLOW);
    const url = addressOf(form, submitter);
    const answer = await academy.post(url, bodyOf(form, submitter), { stop });
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
    if (isOpener(form) && !find("#notices") && !(answer.page && find("#main", answer.page))) {
      sayInToast(answer);
      return;
    }
    if (answer.kind === "offline") {
      whenBack(form, () => sendForm(form, submitter));
      return;
    }
    saved(form);
    show(form, url, answer);
  };

  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || !(form.matches("[data-guard]") || isOpener(form)) || form.method !== "post") return;
    // Left to the browser, which asks before what is typed elsewhere on the page is lost.
    if (isOpener(form) && academy.forms.anyDirty()) return;
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

  Object.assign(academy, { post, notice, refused, whenBack, saved });
})();
