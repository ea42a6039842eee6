(() => {
  // static/src/js/page/composing.js
  var KEY_OF_INPUT_METHOD = 229;
  var android = /Android/.test(navigator.userAgent);
  var composing = false;
  var isPlainTyping = (text2) => android && /^[\p{Script=Latin}\p{M}\p{N}\p{P}\p{Zs}]*$/u.test(text2 || "");
  var begin = (event) => {
    composing = !isPlainTyping(event.data);
  };
  window.addEventListener("compositionstart", begin, true);
  window.addEventListener("compositionupdate", begin, true);
  window.addEventListener(
    "compositionend",
    ({ target }) => {
      if (!composing) return;
      composing = false;
      setTimeout(() => target.dispatchEvent(new Event("input", { bubbles: true })));
    },
    true
  );
  window.addEventListener("input", (event) => composing && event.stopImmediatePropagation(), true);
  for (const kind of ["keydown", "keyup"]) {
    window.addEventListener(
      kind,
      (event) => {
        const ofMethod = event.isComposing || event.keyCode === KEY_OF_INPUT_METHOD;
        if (ofMethod && !android) event.stopImmediatePropagation();
        else if (composing) event.stopImmediatePropagation();
      },
      true
    );
  }

  // static/src/js/shared/dom.js
  var find = (selector, within = document) => within.querySelector(selector);
  var findAll = (selector, within = document) => [...within.querySelectorAll(selector)];
  var make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  var onClick = (selector, handler) => document.addEventListener("click", (event) => {
    const element = event.target.closest(selector);
    if (element) handler(element, event);
  });
  var onLoad = (handler) => {
    handler(document);
    document.addEventListener("htmx:load", (event) => {
      if (event.target !== document.body) handler(event.target);
    });
  };
  var closePopovers = () => {
    for (const popover of findAll("[popover]:popover-open")) popover.hidePopover();
  };

  // static/src/js/shared/page.js
  var headers = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");
  var text = (name) => find("#toasts")?.getAttribute(`data-text-${name}`) || "";
  var takesShortcut = ({ target, ctrlKey, metaKey, altKey }, fields) => {
    const on = document.documentElement.dataset.shortcuts !== "off";
    return on && !ctrlKey && !metaKey && !altKey && !target.matches(fields);
  };
  var SELECTED_ROWS = "academy.ticked ";
  var removeSelectedRows = () => {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(SELECTED_ROWS)) sessionStorage.removeItem(key);
  };

  // static/src/js/page/appearance.js
  var root = document.documentElement;
  var sitePath = new URL("../../", document.currentScript.src).pathname;
  var setCookie = (name, value) => {
    document.cookie = `${name}=${value};path=${sitePath};max-age=31536000;samesite=lax`;
  };
  var saveInAccount = (name, value) => {
    const { preferences } = document.body.dataset;
    if (!preferences) return;
    const body = new URLSearchParams({ [name]: value });
    fetch(preferences, { method: "POST", body, headers: headers(), keepalive: true });
  };
  onClick("[data-theme-set]", (button2) => {
    const theme = button2.dataset.themeSet;
    setCookie("theme", theme);
    root.dataset.theme = theme;
    for (const each of findAll("[data-theme-set]")) {
      each.setAttribute("aria-pressed", each.dataset.themeSet === theme);
    }
  });
  onClick("button[data-density]", () => {
    const compact = root.dataset.density !== "compact";
    root.dataset.density = compact ? "compact" : "normal";
    setCookie("density", root.dataset.density);
    for (const each of findAll("button[data-density]")) each.setAttribute("aria-pressed", compact);
    saveInAccount("density", root.dataset.density);
  });
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-shortcuts-toggle]")) return;
    root.dataset.shortcuts = target.checked ? "on" : "off";
    setCookie("shortcuts", root.dataset.shortcuts);
    saveInAccount("shortcuts", root.dataset.shortcuts);
  });
  onClick("[data-print]", () => print());
  var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (document.body.dataset.preferences && zone && !document.cookie.split("; ").includes(`time_zone=${zone}`)) {
    setCookie("time_zone", zone);
  }

  // static/src/js/page/dialogs.js
  onClick("[data-open]", (button2) => {
    closePopovers();
    find(`#${button2.dataset.open}`)?.showModal();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.matches("dialog.dlg")) return;
    const { left, right, top, bottom } = event.target.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    if (x < left || x > right || y < top || y > bottom) event.target.close();
  });
  var place = (popover, button2) => {
    const margin = 8;
    const at = button2.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = popover;
    let left = document.documentElement.dir === "rtl" ? at.right - width : at.left;
    let top = at.bottom + 4;
    if (left < margin) left = at.left;
    if (left + width > innerWidth - margin) left = Math.max(margin, at.right - width);
    if (top + height > innerHeight - margin) {
      const above = at.top - height - 4;
      top = above > margin ? above : Math.max(margin, innerHeight - height - margin);
    }
    popover.style.left = `${left}px`;
    popover.style.top = `${top}px`;
  };
  var buttonOf = (popover) => findAll(`[popovertarget="${popover.id}"]`).find((each) => each.getClientRects().length > 0);
  var placeAgain = (popover, part) => {
    const button2 = buttonOf(popover);
    if (button2) place(popover, button2);
    part.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener(
    "toggle",
    (event) => {
      const popover = event.target;
      if (!popover.matches("[popover].pop")) return;
      const button2 = buttonOf(popover);
      const open3 = event.newState === "open";
      button2?.setAttribute("aria-expanded", open3);
      if (open3 && button2) place(popover, button2);
    },
    true
  );

  // static/src/js/page/toasts.js
  var ICONS = { error: "alert-circle", warning: "alert-triangle", info: "info-circle" };
  var SVG = "http://www.w3.org/2000/svg";
  var iconElement = (name) => {
    const svg = document.createElementNS(SVG, "svg");
    const use = document.createElementNS(SVG, "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${find("#toasts").dataset.sprite}#${name}`);
    svg.append(use);
    return svg;
  };
  var toneIcon = (tone) => iconElement(ICONS[tone] || "circle-check");
  var SHOWN_FOR = 8e3;
  var WITH_UNDO_SHOWN_FOR = 2e4;
  var activate = (toast2) => {
    const close = make("button", { type: "button", className: "btn ghost square sm" }, iconElement("x"));
    close.setAttribute("aria-label", text("close"));
    close.addEventListener("click", () => toast2.remove());
    toast2.append(close);
    if (toast2.classList.contains("error")) return;
    const leave = () => {
      if (toast2.matches(":hover, :focus-within, :has(.alert)")) setTimeout(leave, 2e3);
      else toast2.remove();
    };
    setTimeout(leave, find("form", toast2) ? WITH_UNDO_SHOWN_FOR : SHOWN_FOR);
  };
  var undoForm = (url) => {
    const { "X-CSRFToken": token, "X-Program-Context": program } = headers();
    const fields = {
      csrfmiddlewaretoken: token,
      program_context: program,
      next: location.pathname + location.search
    };
    const inputs = Object.entries(fields).map(
      ([name, value]) => make("input", { type: "hidden", name, value: value ?? "" })
    );
    const button2 = make("button", { className: "btn sm" }, iconElement("arrow-back-up"), text("undo"));
    const form = make("form", { method: "post", action: url }, ...inputs, button2);
    form.dataset.opens = "";
    return form;
  };
  var toast = (message, tone = "success", undo = "") => {
    const region = find("#toasts");
    if (!region) return;
    const element = make("div", { className: `toast ${tone}` }, toneIcon(tone), make("p", {}, message));
    if (/^\/(?!\/)/.test(undo)) element.append(undoForm(undo));
    region.append(element);
    activate(element);
  };
  document.addEventListener(
    "toast",
    ({ detail }) => toast(detail.message ?? detail.value, detail.tone, detail.undo)
  );
  for (const element of findAll("#toasts [data-toast]")) {
    const region = element.parentElement;
    element.remove();
    setTimeout(() => {
      region.append(element);
      activate(element);
    }, 100);
  }

  // static/src/js/page/swaps.js
  document.addEventListener("htmx:responseError", (event) => {
    const { detail } = event;
    if (event.defaultPrevented) return;
    toast(text(detail.xhr.status) || text("failed"), "error");
  });
  document.addEventListener("htmx:sendError", () => toast(text("offline"), "error"));
  document.addEventListener("htmx:timeout", () => toast(text("slow"), "error"));
  var SKELETON_AFTER = 200;
  var skeletons = 0;
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    detail.target?.setAttribute("aria-busy", "true");
    clearTimeout(skeletons);
    skeletons = setTimeout(() => {
      for (const part of findAll(".list-wrap.htmx-request")) part.classList.add("is-loading");
    }, SKELETON_AFTER);
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    clearTimeout(skeletons);
    detail.target?.removeAttribute("aria-busy");
    for (const part of findAll(".is-loading")) part.classList.remove("is-loading");
  });
  var focused = null;
  var placeOf = (element) => {
    if (element.id) return `#${CSS.escape(element.id)}`;
    if (element.rel) return `a[rel="${CSS.escape(element.rel)}"]`;
    return element.matches("a[href]") ? `a[href="${CSS.escape(element.getAttribute("href"))}"]` : "";
  };
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const at = document.activeElement;
    const part = detail.target?.contains(at) ? detail.target : at?.closest("#list-tabs");
    focused = part && at !== document.body ? { place: placeOf(at), part: part.id } : null;
    if (focused && at.matches(".list-wrap a, #list-tabs a")) at.blur();
  });
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    const lost = !document.activeElement || document.activeElement === document.body;
    if (!focused || !lost) return;
    const part = focused.part && find(`#${CSS.escape(focused.part)}`) || target;
    const same = focused.place && find(focused.place, part) || find("[data-swap-focus]", part) || part;
    focused = null;
    if (!same.matches("a[href], button, input, select, textarea, summary, [tabindex]")) same.tabIndex = -1;
    same.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { login } = document.body.dataset;
    const answered = event.detail.xhr.responseURL;
    if (login && answered && new URL(answered).pathname === login) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });

  // static/src/js/page/confirm.js
  var ask = ({ dataset }) => {
    const dialog2 = find("#confirm");
    find("[data-slot=title]", dialog2).textContent = dataset.confirm;
    find("[data-slot=text]", dialog2).textContent = dataset.confirmText || "";
    find("[data-slot=ok]", dialog2).textContent = dataset.confirmOk || text("continue");
    dialog2.returnValue = "no";
    closePopovers();
    dialog2.showModal();
    return new Promise((resolve) => {
      dialog2.addEventListener("close", () => resolve(dialog2.returnValue === "yes"), { once: true });
    });
  };
  document.addEventListener("htmx:confirm", async (event) => {
    const asking = event.detail.triggeringEvent?.submitter || event.detail.elt;
    if (!asking.dataset?.confirm) return;
    event.preventDefault();
    if (await ask(asking)) event.detail.issueRequest(true);
  });
  var confirmed = null;
  document.addEventListener("submit", async (event) => {
    const { submitter: button2, target: form } = event;
    if (event.defaultPrevented || !button2?.dataset.confirm || confirmed === button2) return;
    event.preventDefault();
    if (!await ask(button2)) return;
    confirmed = button2;
    form.requestSubmit(button2);
    confirmed = null;
  });
  onClick("a[data-post]", async (link, event) => {
    event.preventDefault();
    if (link.dataset.confirm && !await ask(link)) return;
    const form = find("#confirm-post");
    form.action = link.href;
    form.requestSubmit();
  });

  // static/src/js/forms/guard.js
  var savedContent = /* @__PURE__ */ new Map();
  var contentOf = (form) => {
    const data = new FormData(form);
    data.delete("csrfmiddlewaretoken");
    return new URLSearchParams([...data].map(([name, value]) => [name, String(value)])).toString();
  };
  var isDirty = (form) => form.dataset.guard === "dirty" || contentOf(form) !== savedContent.get(form);
  var showUnsaved = (form) => {
    const dirty = isDirty(form);
    for (const element of findAll("[data-dirty]", form)) element.hidden = !dirty;
    for (const element of findAll("[data-clean]", form)) element.hidden = dirty;
  };
  onLoad((within) => {
    const forms = findAll("form[data-guard]", within);
    if (within.matches?.("form[data-guard]")) forms.push(within);
    for (const form of forms) {
      savedContent.set(form, contentOf(form));
      showUnsaved(form);
    }
    find("[data-focus]", within)?.focus();
  });
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const { form } = event.target;
      if (savedContent.has(form)) showUnsaved(form);
    });
  }
  var isTouched = (field) => {
    if (field.options) {
      const sent = [...field.options].filter((option) => option.defaultSelected);
      if (!sent.length && !field.multiple) sent.push(field.options[0]);
      return [...field.options].some((option) => option.selected !== sent.includes(option));
    }
    if (/^(checkbox|radio)$/.test(field.type)) return field.checked !== field.defaultChecked;
    return /^(INPUT|TEXTAREA)$/.test(field.tagName) && field.type !== "file" && field.value !== field.defaultValue;
  };
  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.forms) {
      if (![...form.elements].some(isTouched)) continue;
      if (form.matches("[role=search][hx-get]")) form.requestSubmit();
      if (!savedContent.has(form)) continue;
      form.dataset.guard = "dirty";
      showUnsaved(form);
      form.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  var keepOwnVersion = (form, name) => {
    for (const take of findAll('[name="take"]', form)) {
      const { value } = take;
      if (name === value || name.startsWith(`${value}-`) || name === `${value}_other`) take.checked = false;
    }
  };
  document.addEventListener("input", ({ target: { form, name } }) => {
    if (form && name) keepOwnVersion(form, name);
  });
  var sentForms = /* @__PURE__ */ new Set();
  var LOCKED_FOR = 1e4;
  var unlock = (form) => {
    sentForms.delete(form);
    for (const button2 of findAll("[data-held]", form)) {
      button2.disabled = false;
      delete button2.dataset.held;
    }
  };
  var lock = (form) => {
    sentForms.add(form);
    setTimeout(() => unlock(form), LOCKED_FOR);
    setTimeout(() => {
      if (!sentForms.has(form)) return;
      for (const button2 of findAll("button:not([type=button]):not(:disabled)", form)) {
        button2.disabled = true;
        button2.dataset.held = "";
      }
    });
  };
  var hasUnsavedForms = () => [...savedContent.keys()].some((form) => form.isConnected && !sentForms.has(form) && isDirty(form));
  window.addEventListener("beforeunload", (event) => {
    if (hasUnsavedForms()) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (sentForms.has(form)) {
      event.preventDefault();
      return;
    }
    lock(form);
  });
  window.addEventListener("pageshow", () => [...sentForms].forEach(unlock));
  var isSent = (form) => sentForms.has(form);
  var isGuarded = (form) => savedContent.has(form);
  var markSaved = (form) => {
    form.dataset.guard = "";
    savedContent.set(form, contentOf(form));
    showUnsaved(form);
  };

  // static/src/js/forms/rows.js
  var rowsOf = (box) => findAll("[data-row]:not([hidden])", box);
  var renumber = (box) => {
    rowsOf(box).forEach((row, index) => {
      for (const element of findAll("[data-row-number]", row)) element.textContent = index + 1;
    });
    const most = Number(find("[name$=-MAX_NUM_FORMS]", box)?.value || 1e3);
    for (const button2 of findAll("[data-row-add]", box)) button2.hidden = rowsOf(box).length >= most;
  };
  var rename = (element, from, to) => {
    for (const { name, value } of [...element.attributes]) {
      if (value.includes(from)) element.setAttribute(name, value.replaceAll(from, to));
    }
  };
  var changed = (box, words) => {
    renumber(box);
    keepOwnVersion(box.closest("form"), box.dataset.rows);
    const said = find("[data-rows-said]", box);
    if (said) said.textContent = words;
    const { form } = find("[name$=-TOTAL_FORMS]", box);
    if (isGuarded(form)) showUnsaved(form);
  };
  onClick("[data-row-add]", (button2, event) => {
    const box = button2.closest("[data-rows]");
    const template = find("template", box);
    if (!template) return;
    event.preventDefault();
    const total = find("[name$=-TOTAL_FORMS]", box);
    const part = template.content.cloneNode(true);
    for (const element of part.querySelectorAll("*")) rename(element, "__prefix__", total.value);
    const row = find("[data-row]", part);
    find("[data-rows-list]", box).append(part);
    total.value = Number(total.value) + 1;
    changed(box, text("added"));
    find("input:not([type=hidden]), select, textarea", row)?.focus();
  });
  onClick("[data-row-remove]", (button2, event) => {
    const box = button2.closest("[data-rows]");
    const row = button2.closest("[data-row]");
    if (!box || !row) return;
    event.preventDefault();
    const rows = rowsOf(box);
    const neighbour = rows[rows.indexOf(row) + 1] || rows[rows.indexOf(row) - 1];
    const tick = find("[name$=-DELETE]", row);
    if (tick) {
      if (tick.type === "checkbox") tick.checked = true;
      else tick.value = "on";
      row.hidden = true;
    } else {
      row.remove();
      const prefix = box.dataset.rows;
      findAll("[data-row]", box).forEach((each, index) => {
        const number = find("[name]", each)?.name.match(/-(\d+)-/)?.[1];
        if (number === void 0 || Number(number) === index) return;
        for (const element of [each, ...findAll("*", each)]) {
          rename(element, `${prefix}-${number}-`, `${prefix}-${index}-`);
        }
      });
      const total = find("[name$=-TOTAL_FORMS]", box);
      total.value = Number(total.value) - 1;
    }
    changed(box, text("removed"));
    (neighbour ? find("[data-row-remove]", neighbour) : find("[data-row-add]", box))?.focus();
  });
  onLoad((within) => findAll("[data-rows]", within).forEach(renumber));

  // static/src/js/page/program.js
  var STORED = "academy.program";
  var watchProgram = () => {
    const { program, programName } = document.body.dataset;
    if (programName === void 0) {
      sessionStorage.removeItem(STORED);
      removeSelectedRows();
      return;
    }
    const before = JSON.parse(sessionStorage.getItem(STORED) || "null");
    const bar = find("[data-tab-bar]");
    if (bar) {
      bar.hidden = !before || before.id === program;
      if (!bar.hidden) {
        find("[data-tab-program]", bar).value = before.id;
        for (const name of findAll("[data-tab-name]", bar)) name.textContent = before.name;
      }
    }
    sessionStorage.setItem(STORED, JSON.stringify({ id: program, name: programName }));
  };
  window.addEventListener("pageshow", watchProgram);
  var shared = find("link[rel=canonical]")?.getAttribute("href");
  if (shared && shared !== location.pathname + location.search) {
    history.replaceState(history.state, "", shared + location.hash);
  }
  var nameProgram = ({ target }) => {
    const link = target.closest?.("a[href]");
    const { program, several } = document.body.dataset;
    if (!link || several === void 0 || link.origin !== location.origin) return;
    const url = new URL(link.href);
    if (url.searchParams.has("in") || url.pathname === location.pathname && url.hash) return;
    url.searchParams.set("in", program);
    link.href = url;
  };
  for (const kind of ["click", "auxclick", "contextmenu"]) document.addEventListener(kind, nameProgram, true);
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-switch], [data-forget]")) sessionStorage.removeItem(STORED);
  });

  // static/src/js/page/keys.js
  var wentAt = 0;
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if ((event.ctrlKey || event.metaKey) && key === "Enter") {
      const form = target.closest('form[method="post"]') || find("main form[data-guard]");
      form?.requestSubmit(find("[data-save], .btn.primary:not([type=button])", form));
      return;
    }
    if (!takesShortcut(event, "input, textarea, select, [contenteditable]") || find("dialog[open]")) return;
    const follows = Date.now() - wentAt < 1e3;
    wentAt = 0;
    const link = follows && /^[a-z]$/.test(key) && find(`[data-go="${key}"]`);
    if (link) {
      link.click();
    } else if (key === "g") {
      wentAt = Date.now();
    } else if (key === "?") {
      find("#shortcuts")?.showModal();
    } else if (key === "/") {
      const search = find('[data-key="/"]');
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    } else if (key === "n") {
      find('[data-key="n"]')?.click();
    }
  });

  // static/src/js/forms/notices.js
  var isOpener = (form) => form.matches("[data-opens], [data-switch], [data-forget]");
  var placeBelow = (form) => {
    if (!form.isConnected || !form.getClientRects().length) return find("#notices");
    const place2 = make("div", { className: "form-notices" });
    place2.dataset.notices = "";
    place2.setAttribute("role", "alert");
    form.append(place2);
    return place2;
  };
  var placeOf2 = (form) => {
    const own = form && find("[data-notices]", form);
    if (own || !(form && isOpener(form))) return own || find("[data-notices]");
    return placeBelow(form);
  };
  var TONES = { "signed-in": "success", "other-user": "error", refused: "error" };
  var button = (words, name) => {
    const element = make("button", { type: "button", className: "btn sm" }, words);
    element.dataset[name] = "";
    return element;
  };
  var signInLink = ({ signIn, session }) => {
    const href = `${document.body.dataset.login}?next=${session}`;
    return make("a", { className: "btn sm", target: "_blank", rel: "noopener", href }, signIn);
  };
  var alertOfFrame = (name, { heading, text: text2, name: who }) => {
    const words = find("#notices")?.dataset || {};
    const key = name.replace(/-./g, ([, letter]) => letter.toUpperCase());
    const said = [words[key], heading, text2, name === "other-user" && who].filter(Boolean).join(" ");
    if (!said) return null;
    const parts = {
      offline: [button(words.now, "sendNow"), button(words.not, "sendNot")],
      "signed-out": [signInLink(words)]
    };
    const tone = TONES[name] || "warning";
    const inside = make("div", {}, said, make("p", {}, ...parts[name] || []));
    const className = `alert ${tone === "error" ? "danger" : tone}`;
    return make("div", { className }, toneIcon(tone), inside);
  };
  var notice = (form, name, words = {}) => {
    const place2 = placeOf2(form);
    if (!place2) return null;
    place2.dataset.shown = name;
    for (const shown of findAll(":scope > :not(template)", place2)) shown.remove();
    const template = name && find(`template[data-notice="${name}"]`, place2);
    const element = template ? template.content.cloneNode(true).firstElementChild : name && alertOfFrame(name, words);
    if (!element) return null;
    for (const [slot, text2] of Object.entries(words)) {
      for (const each of findAll(`[data-slot="${slot}"]`, element)) each.textContent = text2;
    }
    place2.append(element);
    const popover = place2.closest("[popover]:popover-open");
    if (popover) placeAgain(popover, element);
    return element;
  };

  // static/src/js/forms/session.js
  var setToken = (token) => {
    for (const input2 of findAll("input[name=csrfmiddlewaretoken]")) input2.value = token;
    const changed2 = { ...headers(), "X-CSRFToken": token };
    document.body.setAttribute("hx-headers", JSON.stringify(changed2));
  };
  var whoIsThere = async () => {
    const { session, user } = find("[data-notices][data-session]")?.dataset || {};
    const answer = await fetch(session, { headers: { Accept: "application/json" }, cache: "no-store" });
    const told = await answer.json();
    if (told.user && told.user === user) setToken(told.token);
    return { ...told, same: told.user === user };
  };
  var signedOutForms = /* @__PURE__ */ new Set();
  var signedOut = (form) => {
    signedOutForms.add(form);
    if (placeOf2(form)?.dataset.shown !== "signed-out") notice(form, "signed-out");
  };
  var lookForSession = async () => {
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

  // static/src/js/forms/requests.js
  var TIMEOUT = 6e4;
  var answerOf = async (response) => {
    if (response.headers.has("X-Signed-Out")) return { kind: "signed-out" };
    const url = response.headers.get("X-Location");
    if (url) return { kind: "moved", url };
    const html = await response.text();
    const page = new DOMParser().parseFromString(html, "text/html");
    return { kind: "answer", status: response.status, html, page };
  };
  var TOO_LONG = "too long";
  var post = async (url, body, { keepalive = false, stop = new AbortController() } = {}) => {
    const headers2 = { "X-Form": "1" };
    const send = () => fetch(url, { method: "POST", body, headers: headers2, keepalive, signal: stop.signal });
    const timer = setTimeout(() => stop.abort(TOO_LONG), TIMEOUT);
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

  // static/src/js/forms/retries.js
  var AGAIN_AFTER = [5e3, 1e4, 2e4, 3e4];
  var waitingForms = /* @__PURE__ */ new Map();
  var stopWaiting = (form) => {
    clearTimeout(waitingForms.get(form)?.timer);
    waitingForms.delete(form);
  };
  var sendWaiting = (form, automatic) => {
    const state = waitingForms.get(form);
    if (!state || !form.isConnected || automatic && state.changed) return;
    clearTimeout(state.timer);
    state.send();
  };
  var whenBack = (form, sendAgain) => {
    const tries = waitingForms.get(form)?.tries ?? 0;
    stopWaiting(form);
    const timer = setTimeout(
      () => sendWaiting(form, true),
      AGAIN_AFTER[Math.min(tries, AGAIN_AFTER.length - 1)]
    );
    waitingForms.set(form, { send: sendAgain, tries: tries + 1, timer, changed: false });
    notice(form, "offline");
  };
  var clearNotice = (form) => {
    stopWaiting(form);
    notice(form, "");
  };
  var dropOtherOpeners = (form) => {
    for (const other of [...waitingForms.keys()]) if (other !== form && isOpener(other)) clearNotice(other);
  };
  window.addEventListener("online", () => {
    for (const form of [...waitingForms.keys()]) sendWaiting(form, true);
  });
  document.addEventListener("input", ({ target: { form } }) => {
    const state = waitingForms.get(form);
    if (!state || state.changed) return;
    if (isOpener(form)) {
      clearNotice(form);
      return;
    }
    state.changed = true;
    notice(form, "offline-changed");
  });
  document.addEventListener("click", ({ target }) => {
    const button2 = target.closest("[data-send-now], [data-send-not]");
    if (!button2) return;
    const within = button2.closest("form");
    const form = waitingForms.has(within) ? within : waitingForms.keys().next().value;
    if (button2.matches("[data-send-now]")) sendWaiting(form, false);
    else clearNotice(form);
  });

  // static/src/js/forms/sending.js
  var SLOW = 8e3;
  var sending = /* @__PURE__ */ new Map();
  var bodyOf = (form, submitter) => {
    const data = new FormData(form, submitter);
    return form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  };
  var addressOf = (form, submitter) => submitter?.getAttribute("formaction") || form.getAttribute("action") || location.pathname + location.search;
  var go = (url) => {
    const target = new URL(url, location.href);
    const here = target.pathname === location.pathname && target.search === location.search;
    location.assign(target);
    if (here && target.hash) location.reload();
  };
  var wordsOf = (page) => ({
    heading: find("h1", page)?.textContent || text("failed"),
    text: findAll("h1 ~ p", page).map((each) => each.textContent).join(" ")
  });
  var refused = (form, { kind, name, page }) => {
    if (kind === "signed-out") signedOut(form);
    else if (kind === "other-user") notice(form, "other-user", { name });
    else if (kind === "answer") notice(form, "refused", wordsOf(page));
  };
  var put = (selector, html) => htmx.swap(find(selector), html, { swapStyle: "outerHTML" }, { select: selector });
  var closeAll = () => {
    closePopovers();
    for (const dialog2 of findAll("dialog[open]")) dialog2.close();
  };
  var addScripts = (page) => {
    for (const each of findAll("head script[src]", page)) {
      const src = each.getAttribute("src");
      if (find(`script[src="${src}"]`)) continue;
      const script = document.createElement("script");
      script.src = src;
      document.head.append(script);
    }
  };
  var open = (url, { html, page }) => {
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
  var show = (form, url, answer) => {
    if (answer.kind !== "answer" || !find("#main", answer.page)) {
      refused(form, answer);
      return;
    }
    const opens = isOpener(form);
    if (opens) closeAll();
    if (opens && answer.status === 200) open(url, answer);
    else put("#main", answer.html);
  };
  var sayInToast = ({ kind, status: status2 }) => {
    if (kind === "signed-out" || kind === "other-user")
      location.reload();
    else toast(text(kind === "offline" ? kind : status2) || text("failed"), "error");
  };
  var sendForm = async (form, submitter) => {
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
    if (isOpener(form) && hasUnsavedForms()) return;
    event.preventDefault();
    sendForm(form, submitter);
  });
  var tellRefused = (event) => {
    const { xhr, elt, requestConfig } = event.detail;
    const form = elt.closest("form[data-guard]") || find("form[data-guard]");
    const own = form && new URL(form.action).pathname === requestConfig.path;
    if (xhr.getResponseHeader("X-Signed-Out")) signedOut(form);
    else if (xhr.getResponseHeader("X-Form-Out-Of-Date")) {
      whoIsThere().catch(() => null);
      return;
    } else if (own)
      notice(form, "refused", wordsOf(new DOMParser().parseFromString(xhr.responseText, "text/html")));
    else return;
    event.preventDefault();
  };
  document.addEventListener("htmx:responseError", tellRefused, true);

  // static/src/js/page/palette.js
  var dialog = document.getElementById("palette");
  var input = document.getElementById("palette-input");
  var results = document.getElementById("palette-results");
  var status = document.getElementById("palette-said");
  var options = () => findAll("[role=option]", results);
  var active = () => find("[aria-selected=true]", results);
  var query = () => input.value.split(/\s+/).filter(Boolean).join(" ");
  var isCurrent = () => find("[role=listbox]", results)?.dataset.query === query();
  var waitingEnter = null;
  var activate2 = (option) => {
    for (const each of options()) each.setAttribute("aria-selected", each === option);
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };
  var tellOpened = () => input.dispatchEvent(new CustomEvent("palette-open"));
  var open2 = () => {
    closePopovers();
    for (const next of findAll("[name=next]", dialog)) {
      if (next.value !== dialog.dataset.home) next.value = location.pathname + location.search;
    }
    dialog.showModal();
    tellOpened();
  };
  var run = (option, { ctrlKey, metaKey }) => {
    if (option.href && (ctrlKey || metaKey)) window.open(option.href, "_blank", "noopener");
    else option.click();
  };
  var onShortcut = (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    if (event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else if (!find("dialog[open]")) open2();
  };
  var onEnter = (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (!isCurrent()) waitingEnter = { ctrlKey: event.ctrlKey, metaKey: event.metaKey };
    else if (active()) run(active(), event);
  };
  var onKey = (event) => {
    if (event.isComposing || event.shiftKey || event.altKey) return;
    if (event.key === "Enter") {
      onEnter(event);
      return;
    }
    const all = options();
    const place2 = all.indexOf(active());
    let next;
    if (event.key === "ArrowDown") next = all[(place2 + 1) % all.length];
    else if (event.key === "ArrowUp") next = all.at(place2 < 0 ? -1 : place2 - 1);
    else if (event.key === "Home" && all.length) [next] = all;
    else if (event.key === "End" && all.length) next = all.at(-1);
    else return;
    event.preventDefault();
    if (next) activate2(next);
  };
  var onResults = ({ target }) => {
    const all = options();
    input.setAttribute("aria-expanded", all.length > 0);
    const nothing = document.getElementById("palette-nothing");
    if (nothing) nothing.hidden = all.length > 0;
    if (target === results || !active()) activate2(query() ? all[0] : null);
    status.textContent = findAll("[data-said]", results).at(-1).dataset.said;
    if (waitingEnter && isCurrent() && active()) run(active(), waitingEnter);
    if (isCurrent()) waitingEnter = null;
  };
  var onResultClick = (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    if (option.href && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
    const button2 = option.dataset.press && find(option.dataset.press);
    dialog.close();
    if (!button2) return;
    event.preventDefault();
    button2.click();
  };
  var clear = () => {
    waitingEnter = null;
    input.value = "";
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    results.replaceChildren();
    status.textContent = "";
  };
  var listen = () => {
    document.addEventListener("DOMContentLoaded", () => dialog.open && tellOpened());
    onClick("[data-palette-open]", (_, event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open2();
    });
    document.addEventListener("keydown", onShortcut);
    input.addEventListener("keydown", onKey);
    input.addEventListener("input", () => {
      waitingEnter = null;
    });
    results.addEventListener("htmx:afterSwap", onResults);
    results.addEventListener("click", onResultClick);
    results.addEventListener("mousedown", (event) => event.preventDefault());
    dialog.addEventListener("close", clear);
  };
  if (dialog) {
    const mac = /Mac|iPhone|iPad/.test(navigator.platform);
    for (const key of findAll("[data-mac]")) if (mac) key.textContent = key.dataset.mac;
    listen();
  }

  // static/src/js/forms/drafts.js
  var PAUSE = 1500;
  var states = /* @__PURE__ */ new WeakMap();
  var stateOf = (form) => {
    if (!states.has(form)) states.set(form, { timer: 0, saved: "", stop: null });
    return states.get(form);
  };
  var formOf = (target) => target.closest?.("form[data-draft]");
  var contentOf2 = (form) => {
    const data = new FormData(form);
    data.append("draft_form", form.dataset.draft);
    return new URLSearchParams([...data].filter(([, value]) => typeof value === "string"));
  };
  var saveDraft = async (form, late = false) => {
    const state = stateOf(form);
    clearTimeout(state.timer);
    state.timer = 0;
    const body = contentOf2(form);
    const text2 = body.toString();
    if (!form.isConnected || isSent(form) || text2 === state.saved) return;
    state.saved = text2;
    state.stop = new AbortController();
    const answer = await post(form.dataset.draftUrl, body, { keepalive: late, stop: state.stop });
    if (answer.kind === "answer" && answer.status < 400) return;
    if (answer.status === 413) {
      notice(form, "draft-large");
      return;
    }
    state.saved = "";
    if (answer.kind !== "answer") refused(form, answer);
  };
  var later = ({ target }) => {
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
    state.stop?.abort();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    for (const form of document.querySelectorAll("form[data-draft]")) {
      if (stateOf(form).timer) saveDraft(form, true);
    }
  });

  // static/src/js/app.js
  window.academy = { toast, ask, markSaved, notice, post, whenBack, clearNotice, refused };
})();
