"use strict";
(() => {
  // static/src/js/quick.js
  (() => {
    const find = (selector, within = document) => within.querySelector(selector);
    const list = () => find("[data-quick-list]");
    const text = (key, values = {}) => Object.entries(values).reduce(
      (words, [name, value]) => words.replace(`{${name}}`, () => value),
      list().getAttribute(`data-text-${key}`) || ""
    );
    const queue = [];
    let sending = false;
    const say = (words) => {
      find("[data-quick-said]").textContent = words;
    };
    const left = () => queue.length + list().querySelectorAll("[data-refused]").length;
    const showState = () => {
      find("[data-quick-state]").textContent = left() ? text("left", { n: left() }) : text("all");
    };
    const lineOf = (name) => {
      const line = document.createElement("li");
      line.className = "flex items-center gap-3 px-4 py-2.5";
      const words = document.createElement("span");
      words.className = "min-w-0 flex-1 truncate";
      words.textContent = name;
      const state = document.createElement("span");
      state.className = "text-sm text-ink-3";
      state.dataset.lineState = "";
      line.append(words, state);
      return line;
    };
    const setState = (line, key) => {
      const state = find("[data-line-state]", line);
      if (state) state.textContent = text(key);
    };
    const replace = (line, part) => {
      line.replaceWith(part);
      htmx.process(part);
      const first = find("[data-refused] [aria-invalid=true]", part.parentElement);
      if (!first) return;
      const typing = document.activeElement?.closest("#form");
      if (!typing) first.focus();
    };
    const settle = ({ line, name }, answer) => {
      const part = answer.page && find("li", answer.page);
      if (part) {
        queue.shift();
        replace(line, document.importNode(part, true));
        say(text(answer.status < 300 ? "saved" : "refused", { name }));
        academy.saved(list());
        return true;
      }
      if (answer.kind === "offline") {
        setState(line, "waiting");
        academy.whenBack(list(), work);
      } else {
        setState(line, answer.kind === "answer" ? "failed" : "signed-out");
        academy.refused(find("#form"), answer);
      }
      return false;
    };
    const work = async () => {
      if (sending || !queue.length) return;
      sending = true;
      let goesOn = true;
      while (goesOn && queue.length) {
        const entry = queue[0];
        setState(entry.line, "saving");
        entry.body.set("csrfmiddlewaretoken", find("#form").elements.csrfmiddlewaretoken.value);
        const answer = await academy.post(location.pathname, entry.body);
        goesOn = settle(entry, answer);
        showState();
      }
      sending = false;
    };
    const isEmpty = (form) => [...form.elements].every((field) => field.type === "hidden" || !/^(INPUT|SELECT)$/.test(field.tagName) || !field.value);
    const empty = (form) => {
      for (const field of form.elements) {
        if (field.type !== "hidden" && field.tagName === "INPUT") field.value = "";
      }
      for (const part of form.querySelectorAll(".alert[data-focus], .errorlist")) part.remove();
      for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
      form.elements.token.value = academy.newToken();
      academy.forms.settle(form);
      find("input:not([type=hidden])", form).focus();
    };
    const nameOf = (form) => `${form.elements.first_name.value} ${form.elements.last_name.value}`.trim() || "…";
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
        work();
      },
      true
    );
    document.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-quick-drop]");
      if (!button) return;
      button.closest("li").remove();
      showState();
      find("#form input:not([type=hidden])").focus();
    });
    document.addEventListener("academy:signed-in", work);
    window.addEventListener("beforeunload", (event) => {
      if (left()) event.preventDefault();
    });
  })();
})();
