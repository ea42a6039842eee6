"use strict";
(() => {
  // static/src/js/sending.js
  (() => {
    const find = (selector, within = document) => within.querySelector(selector);
    const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];
    const isOpener = (form) => form.matches("[data-opens], [data-switch], [data-forget]");
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
    const alertOfFrame = (name, { heading, text, name: who }) => {
      const words = find("#notices")?.dataset || {};
      const key = name.replace(/-./g, ([, letter]) => letter.toUpperCase());
      const said = [words[key], heading, text, name === "other-user" && who].filter(Boolean).join(" ");
      if (!said) return null;
      const parts = { offline: [button(words.now, "sendNow"), button(words.not, "sendNot")], "signed-out": [signInLink(words)] };
      const tone = TONES[name] || "warning";
      const [element, inside, buttons] = ["div", "div", "p"].map((tag) => document.createElement(tag));
      element.className = `alert ${tone === "error" ? "danger" : tone}`;
      buttons.append(...parts[name] || []);
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
    const setToken = (token) => {
      for (const input of findAll("input[name=csrfmiddlewaretoken]")) input.value = token;
      const headers = { ...academy.headers(), "X-CSRFToken": token };
      document.body.setAttribute("hx-headers", JSON.stringify(headers));
    };
    const whoIsThere = async () => {
      const { session, user } = find("[data-notices][data-session]")?.dataset || {};
      const answer = await fetch(session, { headers: { Accept: "application/json" }, cache: "no-store" });
      const told = await answer.json();
      if (told.user && told.user === user) setToken(told.token);
      return { ...told, same: told.user === user };
    };
    const signedOutForms = /* @__PURE__ */ new Set();
    const signedOut = (form) => {
      signedOutForms.add(form);
      if (placeOf(form)?.dataset.shown !== "signed-out") notice(form, "signed-out");
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
    const LONGEST = 6e4;
    const answerOf = async (response) => {
      if (response.headers.has("X-Signed-Out")) return { kind: "signed-out" };
      const url = response.headers.get("X-Location");
      if (url) return { kind: "moved", url };
      const html = await response.text();
      const page = new DOMParser().parseFromString(html, "text/html");
      return { kind: "answer", status: response.status, html, page };
    };
    const TOO_LONG = "too long";
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
    const AGAIN_AFTER = [5e3, 1e4, 2e4, 3e4];
    const waiting = /* @__PURE__ */ new Map();
    const stopWaiting = (form) => {
      clearTimeout(waiting.get(form)?.timer);
      waiting.delete(form);
    };
    const sendWaiting = (form, automatic) => {
      const state = waiting.get(form);
      if (!state || !form.isConnected || automatic && state.changed) return;
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
    document.addEventListener("input", ({ target: { form } }) => {
      const state = waiting.get(form);
      if (!state || state.changed) return;
      if (isOpener(form)) {
        saved(form);
        return;
      }
      state.changed = true;
      notice(form, "offline-changed");
    });
    document.addEventListener("click", ({ target }) => {
      const button2 = target.closest("[data-send-now], [data-send-not]");
      if (!button2) return;
      const within = button2.closest("form");
      const form = waiting.has(within) ? within : waiting.keys().next().value;
      if (button2.matches("[data-send-now]")) sendWaiting(form, false);
      else saved(form);
    });
    const SLOW = 8e3;
    const sending = /* @__PURE__ */ new Map();
    const bodyOf = (form, submitter) => {
      const data = new FormData(form, submitter);
      return form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
    };
    const addressOf = (form, submitter) => submitter?.getAttribute("formaction") || form.getAttribute("action") || location.pathname + location.search;
    const go = (url) => {
      const target = new URL(url, location.href);
      const here = target.pathname === location.pathname && target.search === location.search;
      location.assign(target);
      if (here && target.hash) location.reload();
    };
    const wordsOf = (page) => ({
      heading: find("h1", page)?.textContent || academy.text("failed"),
      text: findAll("h1 ~ p", page).map((each) => each.textContent).join(" ")
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
    const addScripts = (page) => {
      for (const each of findAll("head script[src]", page)) {
        const src = each.getAttribute("src");
        if (find(`script[src="${src}"]`)) continue;
        const script = document.createElement("script");
        script.src = src;
        document.head.append(script);
      }
    };
    const open = (url, { html, page }) => {
      const address = new URL(url, location.href);
      const { program, several } = document.body.dataset;
      if (several !== void 0) address.searchParams.set("in", program);
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
    const dropOthers = (form) => {
      for (const other of [...waiting.keys()]) if (other !== form && isOpener(other)) saved(other);
    };
    const sayInToast = ({ kind, status }) => {
      if (kind === "signed-out" || kind === "other-user") location.reload();
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
      if (isOpener(form) && academy.forms.anyDirty()) return;
      event.preventDefault();
      sendForm(form, submitter);
    });
    const tellRefused = (event) => {
      const { xhr, elt, requestConfig } = event.detail;
      const form = elt.closest("form[data-guard]") || find("form[data-guard]");
      const own = form && new URL(form.action).pathname === requestConfig.path;
      if (xhr.getResponseHeader("X-Signed-Out")) signedOut(form);
      else if (xhr.getResponseHeader("X-Form-Out-Of-Date")) {
        whoIsThere().catch(() => null);
        return;
      } else if (own) notice(form, "refused", wordsOf(new DOMParser().parseFromString(xhr.responseText, "text/html")));
      else return;
      event.preventDefault();
    };
    document.addEventListener("htmx:responseError", tellRefused, true);
    Object.assign(academy, { post, notice, refused, whenBack, saved });
  })();
})();
