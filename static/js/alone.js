(() => {
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
  onClick("[data-theme-set]", (button) => {
    const theme = button.dataset.themeSet;
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
  onClick("[data-open]", (button) => {
    closePopovers();
    find(`#${button.dataset.open}`)?.showModal();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.matches("dialog.dlg")) return;
    const { left, right, top, bottom } = event.target.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    if (x < left || x > right || y < top || y > bottom) event.target.close();
  });
  var place = (popover, button) => {
    const margin = 8;
    const at = button.getBoundingClientRect();
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
  document.addEventListener(
    "toggle",
    (event) => {
      const popover = event.target;
      if (!popover.matches("[popover].pop")) return;
      const button = buttonOf(popover);
      const open = event.newState === "open";
      button?.setAttribute("aria-expanded", open);
      if (open && button) place(popover, button);
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
    const button = make("button", { className: "btn sm" }, iconElement("arrow-back-up"), text("undo"));
    const form = make("form", { method: "post", action: url }, ...inputs, button);
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
    const dialog = find("#confirm");
    find("[data-slot=title]", dialog).textContent = dataset.confirm;
    find("[data-slot=text]", dialog).textContent = dataset.confirmText || "";
    find("[data-slot=ok]", dialog).textContent = dataset.confirmOk || text("continue");
    dialog.returnValue = "no";
    closePopovers();
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
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
    const { submitter: button, target: form } = event;
    if (event.defaultPrevented || !button?.dataset.confirm || confirmed === button) return;
    event.preventDefault();
    if (!await ask(button)) return;
    confirmed = button;
    form.requestSubmit(button);
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
    for (const button of findAll("[data-held]", form)) {
      button.disabled = false;
      delete button.dataset.held;
    }
  };
  var lock = (form) => {
    sentForms.add(form);
    setTimeout(() => unlock(form), LOCKED_FOR);
    setTimeout(() => {
      if (!sentForms.has(form)) return;
      for (const button of findAll("button:not([type=button]):not(:disabled)", form)) {
        button.disabled = true;
        button.dataset.held = "";
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
  var isGuarded = (form) => savedContent.has(form);

  // static/src/js/forms/rows.js
  var rowsOf = (box) => findAll("[data-row]:not([hidden])", box);
  var renumber = (box) => {
    rowsOf(box).forEach((row, index) => {
      for (const element of findAll("[data-row-number]", row)) element.textContent = index + 1;
    });
    const most = Number(find("[name$=-MAX_NUM_FORMS]", box)?.value || 1e3);
    for (const button of findAll("[data-row-add]", box)) button.hidden = rowsOf(box).length >= most;
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
  onClick("[data-row-add]", (button, event) => {
    const box = button.closest("[data-rows]");
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
  onClick("[data-row-remove]", (button, event) => {
    const box = button.closest("[data-rows]");
    const row = button.closest("[data-row]");
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
})();
