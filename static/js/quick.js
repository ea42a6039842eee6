(() => {
  // static/src/js/shared/dom.js
  var find = (selector, within = document) => within.querySelector(selector);
  var findAll = (selector, within = document) => [...within.querySelectorAll(selector)];
  var make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // static/src/js/shared/page.js
  var newToken = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  // static/src/js/quick.js
  var list = () => find("[data-quick-list]");
  var text = (key, values = {}) => Object.entries(values).reduce(
    (words, [name, value]) => words.replace(`{${name}}`, () => value),
    list().getAttribute(`data-text-${key}`) || ""
  );
  var queue = [];
  var sending = false;
  var say = (words) => {
    find("[data-quick-said]").textContent = words;
  };
  var unsaved = () => queue.length + findAll("[data-refused]", list()).length;
  var showState = () => {
    find("[data-quick-state]").textContent = unsaved() ? text("left", { n: unsaved() }) : text("all");
  };
  var lineOf = (name) => {
    const words = make("span", { className: "min-w-0 flex-1 truncate" }, name);
    const state = make("span", { className: "text-sm text-ink-3" });
    state.dataset.lineState = "";
    return make("li", { className: "flex items-center gap-3 px-4 py-2.5" }, words, state);
  };
  var setState = (line, key) => {
    const state = find("[data-line-state]", line);
    if (state) state.textContent = text(key);
  };
  var replace = (line, part) => {
    line.replaceWith(part);
    htmx.process(part);
    const first = find("[data-refused] [aria-invalid=true]", part.parentElement);
    if (!first) return;
    const typing = document.activeElement?.closest("#form");
    if (!typing) first.focus();
  };
  var settle = ({ line, name }, answer) => {
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
      academy.whenBack(list(), sendQueue);
    } else {
      setState(line, answer.kind === "answer" ? "failed" : "signed-out");
      academy.refused(find("#form"), answer);
    }
    return false;
  };
  var sendQueue = async () => {
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
  var isEmpty = (form) => [...form.elements].every(
    (field) => field.type === "hidden" || !/^(INPUT|SELECT)$/.test(field.tagName) || !field.value
  );
  var empty = (form) => {
    for (const field of form.elements) {
      if (field.type !== "hidden" && field.tagName === "INPUT") field.value = "";
    }
    for (const part of findAll(".alert[data-focus], .errorlist", form)) part.remove();
    for (const field of findAll("[aria-invalid]", form)) field.removeAttribute("aria-invalid");
    form.elements.token.value = newToken();
    academy.markSaved(form);
    find("input:not([type=hidden])", form).focus();
  };
  var nameOf = (form) => `${form.elements.first_name.value} ${form.elements.last_name.value}`.trim() || "…";
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
    true
  );
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-quick-drop]");
    if (!button) return;
    button.closest("li").remove();
    showState();
    find("#form input:not([type=hidden])").focus();
  });
  document.addEventListener("academy:signed-in", sendQueue);
  window.addEventListener("beforeunload", (event) => {
    if (unsaved()) event.preventDefault();
  });
})();
