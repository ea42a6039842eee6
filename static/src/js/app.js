/* What the pages do in the browser. Every handler is delegated, so parts swapped in by htmx just work, and each
   page works without this file except for what only a script can do (theme, toasts, dialogs, keys).

   Other scripts may use:
     academy.headers()            headers of a fetch(): the CSRF token and the program of this page
     academy.toast(text, tone, undo)   tone: success (default), info, warning, error; undo: a URL to post to
     academy.text(name)           the words of data-text-<name> of #toasts, in the user's language
     academy.ask(element)         the dialog of data-confirm…; a promise of true or false
     academy.placeAgain(popover, part)  keeps an open popover on the screen when `part` of it has come
     academy.icon(tone)           the picture of a tone, as in a toast
     academy.newToken()           the token of a form for the next new row
     academy.forms                leave(form): on its way to the server; release(form): can be sent again; isLeaving(form);
                                  settle(form): holds nothing unsaved; anyDirty(): whether one does */

"use strict";

(() => {
  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);
  const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

  /** Call `handler(element, event)` for clicks on, or inside, elements that match. */
  const onClick = (selector, handler) =>
    document.addEventListener("click", (event) => {
      const element = event.target.closest(selector);
      if (element) handler(element, event);
    });

  /** Call `handler(within)` for the page and for each part that htmx swaps in. */
  const onLoad = (handler) => {
    handler(document);
    document.addEventListener("htmx:load", (event) => {
      if (event.target !== document.body) handler(event.target);
    });
  };

  // Where the academy begins: this script lies in static/js/ below it.
  const base = new URL("../../", document.currentScript.src).pathname;
  const remember = (name, value) => {
    document.cookie = `${name}=${value};path=${base};max-age=31536000;samesite=lax`;
  };

  const headers = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");
  const text = (name) => find("#toasts")?.getAttribute(`data-text-${name}`) || "";

  /* --- Appearance: the server renders these from the cookies, so nothing flashes --- */

  onClick("[data-theme-set]", (button) => {
    const theme = button.dataset.themeSet;
    remember("theme", theme);
    root.dataset.theme = theme;
    for (const each of findAll("[data-theme-set]")) {
      each.setAttribute("aria-pressed", each.dataset.themeSet === theme);
    }
  });

  onClick("button[data-density]", () => {
    const compact = root.dataset.density !== "compact";
    remember("density", compact ? "compact" : "normal");
    root.dataset.density = compact ? "compact" : "normal";
    for (const each of findAll("button[data-density]")) each.setAttribute("aria-pressed", compact);
  });

  onClick("[data-print]", () => print());

  /* --- Dialogs and popovers --- */

  onClick("[data-open]", (button) => {
    for (const popover of findAll("[popover]:popover-open")) popover.hidePopover();
    find(`#${button.dataset.open}`)?.showModal();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.matches("dialog.dlg")) return;
    const { left, right, top, bottom } = event.target.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    if (x < left || x > right || y < top || y > bottom) event.target.close(); // a click on the backdrop
  });

  /** Put a popover below its button, or above where there is no room. */
  const place = (popover, button) => {
    const margin = 8;
    const at = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = popover;
    let left = root.dir === "rtl" ? at.right - width : at.left;
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

  const buttonOf = (popover) =>
    findAll(`[popovertarget="${popover.id}"]`).find((each) => each.getClientRects().length > 0);

  /** A popover has grown: find it a place once more, and show the part of it that is new. */
  const placeAgain = (popover, part) => {
    const button = buttonOf(popover);
    if (button) place(popover, button);
    part.scrollIntoView({ block: "nearest" });
  };

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
    true,
  );

  /* --- Toasts --- */

  const TOAST_ICONS = { error: "alert-circle", warning: "alert-triangle", info: "info-circle" };
  const SVG = "http://www.w3.org/2000/svg";

  const iconElement = (name) => {
    const svg = document.createElementNS(SVG, "svg");
    const use = document.createElementNS(SVG, "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${find("#toasts").dataset.sprite}#${name}`);
    svg.append(use);
    return svg;
  };

  const toneIcon = (tone) => iconElement(TOAST_ICONS[tone] || "circle-check");

  const TOAST_STAYS = 8000;
  const TOAST_WITH_UNDO_STAYS = 20000;

  /** Give a toast its cross, and an end unless it is an error: those stay until closed. */
  const armToast = (toast) => {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn ghost square sm";
    close.setAttribute("aria-label", text("close"));
    close.append(iconElement("x"));
    close.addEventListener("click", () => toast.remove());
    toast.append(close);
    if (toast.classList.contains("error")) return;
    const leave = () => {
      if (toast.matches(":hover, :focus-within, :has(.alert)")) setTimeout(leave, 2000);
      else toast.remove();
    };
    setTimeout(leave, find("form", toast) ? TOAST_WITH_UNDO_STAYS : TOAST_STAYS);
  };

  /** A form that posts to `url` with the token and the program of this page, and comes back here. */
  const undoForm = (url) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = url;
    form.dataset.opens = "";
    const { "X-CSRFToken": token, "X-Program-Context": program } = headers();
    const fields = { csrfmiddlewaretoken: token, program_context: program, next: location.pathname + location.search };
    for (const [name, value] of Object.entries(fields)) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value: value ?? "" });
      form.append(input);
    }
    const button = document.createElement("button");
    button.className = "btn sm";
    button.append(iconElement("arrow-back-up"), text("undo"));
    form.append(button);
    return form;
  };

  const toast = (message, tone = "success", undo = "") => {
    const region = find("#toasts");
    if (!region) return;
    const element = document.createElement("div");
    element.className = `toast ${tone}`;
    const words = document.createElement("p");
    words.textContent = message;
    element.append(toneIcon(tone), words);
    if (/^\/(?!\/)/.test(undo)) element.append(undoForm(undo));
    region.append(element);
    armToast(element);
  };

  // The answer's header HX-Trigger: {"toast": {"message": "Saved", "tone": "success", "undo": "/…/"}} or {"toast": "Saved"}.
  document.addEventListener("toast", ({ detail }) => toast(detail.message ?? detail.value, detail.tone, detail.undo));

  // Messages that came with the page are put in again, since a live region only speaks of what changes in it.
  for (const element of findAll("#toasts [data-toast]")) {
    const region = element.parentElement;
    element.remove();
    setTimeout(() => {
      region.append(element);
      armToast(element);
    }, 100);
  }

  /* --- What htmx reports --- */

  document.addEventListener("htmx:responseError", (event) => {
    const { detail } = event;
    if (event.defaultPrevented) return; // said beside the form, by sending.js
    toast(text(detail.xhr.status) || text("failed"), "error");
  });
  document.addEventListener("htmx:sendError", () => toast(text("offline"), "error"));
  document.addEventListener("htmx:timeout", () => toast(text("slow"), "error"));

  // What is being fetched says so: at once to ears, and to eyes when it takes long, by the skeletons of app.css.
  const SKELETON_AFTER = 200;
  let skeletons = 0; // the timer

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

  // The keyboard stays where it was: htmx finds what has the same id again; here what stands in the same place.
  let held = null; // what had the focus in the part that is swapped, and the id of that part

  const placeOf = (element) => {
    if (element.id) return `#${CSS.escape(element.id)}`;
    if (element.rel) return `a[rel="${CSS.escape(element.rel)}"]`;
    return element.matches("a[href]") ? `a[href="${CSS.escape(element.getAttribute("href"))}"]` : "";
  };

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const at = document.activeElement;
    // The tabs of a list stand beside the part, and are swapped along with it.
    const part = detail.target?.contains(at) ? detail.target : at?.closest("#list-tabs");
    held = part && at !== document.body ? { place: placeOf(at), part: part.id } : null;
    // Given up before the new rows come: the browser would lay them out only to see where the focus goes.
    if (held && at.matches(".list-wrap a, #list-tabs a")) at.blur();
  });
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    const lost = !document.activeElement || document.activeElement === document.body;
    if (!held || !lost) return;
    const part = (held.part && find(`#${CSS.escape(held.part)}`)) || target;
    const same = (held.place && find(held.place, part)) || find("[data-swap-focus]", part) || part;
    held = null;
    if (!same.matches("a[href], button, input, select, textarea, summary, [tabindex]")) same.tabIndex = -1;
    same.focus({ preventScroll: true });
  });

  // The session has ended: the answer is the sign-in page, which belongs in the window, not in a part of it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { login } = document.body.dataset;
    const answered = event.detail.xhr.responseURL;
    if (login && answered && new URL(answered).pathname === login) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });

  /* --- Asking before an action ---
     data-confirm="Archive Ana Ruiz?" data-confirm-text="…" data-confirm-ok="Archive" on a submit button, on an
     element with hx-…, or with data-post on a link to the page that asks: the link is then posted to. */

  const ask = ({ dataset }) => {
    const dialog = find("#confirm");
    find("[data-slot=title]", dialog).textContent = dataset.confirm;
    find("[data-slot=text]", dialog).textContent = dataset.confirmText || "";
    find("[data-slot=ok]", dialog).textContent = dataset.confirmOk || text("continue");
    dialog.returnValue = "no";
    for (const popover of findAll("[popover]:popover-open")) popover.hidePopover();
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

  let confirmed = null; // the button whose question was just answered with yes

  document.addEventListener("submit", async (event) => {
    const { submitter: button, target: form } = event;
    if (event.defaultPrevented || !button?.dataset.confirm || confirmed === button) return;
    event.preventDefault();
    if (!(await ask(button))) return;
    confirmed = button;
    form.requestSubmit(button);
    confirmed = null;
  });

  onClick("a[data-post]", async (link, event) => {
    event.preventDefault();
    if (link.dataset.confirm && !(await ask(link))) return;
    const form = find("#confirm-post");
    form.action = link.href;
    form.requestSubmit();
  });

  /* --- Forms: unsaved work, one submit only --- */

  const guards = new Map(); // form → what it held when it came
  const contentOf = (form) => {
    const data = new FormData(form);
    data.delete("csrfmiddlewaretoken");
    return new URLSearchParams([...data].map(([name, value]) => [name, String(value)])).toString();
  };
  const isDirty = (form) => form.dataset.guard === "dirty" || contentOf(form) !== guards.get(form);
  const showState = (form) => {
    const dirty = isDirty(form);
    for (const element of findAll("[data-dirty]", form)) element.hidden = !dirty;
    for (const element of findAll("[data-clean]", form)) element.hidden = dirty;
  };

  onLoad((within) => {
    const forms = findAll("form[data-guard]", within);
    if (within.matches?.("form[data-guard]")) forms.push(within);
    for (const form of forms) {
      guards.set(form, contentOf(form));
      showState(form);
    }
    find("[data-focus]", within)?.focus();
  });
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const { form } = event.target;
      if (guards.has(form)) showState(form);
    });
  }

  /** Whether a field holds something else than the server sent: typed while the scripts were on their way, or brought
      back by the browser. */
  const isTouched = (field) => {
    if (field.options) {
      const sent = [...field.options].filter((option) => option.defaultSelected);
      if (!sent.length && !field.multiple) sent.push(field.options[0]);
      return [...field.options].some((option) => option.selected !== sent.includes(option));
    }
    if (/^(checkbox|radio)$/.test(field.type)) return field.checked !== field.defaultChecked;
    return /^(INPUT|TEXTAREA)$/.test(field.tagName) && field.type !== "file" && field.value !== field.defaultValue;
  };

  // When every script is there. A search answers, and a form is guarded and kept as a draft.
  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.forms) {
      if (![...form.elements].some(isTouched)) continue;
      if (form.matches("[role=search][hx-get]")) form.requestSubmit();
      if (!guards.has(form)) continue;
      form.dataset.guard = "dirty";
      showState(form);
      form.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  /** Where both versions of a field are offered, changing one's own means that it is the one to keep. */
  const keepMine = (form, name) => {
    for (const take of findAll('[name="take"]', form)) {
      const { value } = take;
      if (name === value || name.startsWith(`${value}-`) || name === `${value}_other`) take.checked = false;
    }
  };
  document.addEventListener("input", ({ target: { form, name } }) => {
    if (form && name) keepMine(form, name);
  });

  const leaving = new Set(); // forms on their way to the server

  const STILL_LEAVING = 10000;
  const release = (form) => {
    leaving.delete(form);
    for (const button of findAll("[data-held]", form)) {
      button.disabled = false;
      delete button.dataset.held;
    }
  };

  const leave = (form) => {
    leaving.add(form);
    // Whoever stops the browser, or loses the connection, can send it again; a form makes its row only once.
    setTimeout(() => release(form), STILL_LEAVING);
    // Not before the browser has collected the form: a disabled button would not send its own value.
    setTimeout(() => {
      if (!leaving.has(form)) return;
      for (const button of findAll("button:not([type=button]):not(:disabled)", form)) {
        button.disabled = true;
        button.dataset.held = "";
      }
    });
  };

  /** Whether a form holds what is not saved and not on its way either. */
  const anyDirty = () => [...guards.keys()].some((form) => form.isConnected && !leaving.has(form) && isDirty(form));

  window.addEventListener("beforeunload", (event) => {
    if (anyDirty()) event.preventDefault();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (leaving.has(form)) {
      event.preventDefault(); // the second click of a double click
      return;
    }
    leave(form);
  });

  // Back from the page that a form led to, which the browser may have kept as it was.
  window.addEventListener("pageshow", () => [...leaving].forEach(release));

  /* --- Rows that can be added and removed, over a Django formset ---
       <div data-rows="contacts">                the prefix; {{ formset.management_form }} inside
         <div class="rows" data-rows-list>
           <fieldset class="row-card" data-row>  one per form; <span data-row-number> holds its number
             … <button name="…" data-row-remove>
         <template>                              a row of formset.empty_form, with __prefix__
         <button name="…" data-row-add>          without this script the server adds and removes
         <p class="sr-only" role="status" data-rows-said></p>
     A row with a DELETE box is ticked and hidden; one without is taken out and the rest renumbered. */

  const rowsOf = (box) => findAll("[data-row]:not([hidden])", box);

  /** Number the rows as they stand, for eyes and ears. */
  const renumber = (box) => {
    rowsOf(box).forEach((row, index) => {
      for (const element of findAll("[data-row-number]", row)) element.textContent = index + 1;
    });
    const most = Number(find("[name$=-MAX_NUM_FORMS]", box)?.value || 1000);
    for (const button of findAll("[data-row-add]", box)) button.hidden = rowsOf(box).length >= most;
  };

  const rename = (element, from, to) => {
    for (const { name, value } of [...element.attributes]) {
      if (value.includes(from)) element.setAttribute(name, value.replaceAll(from, to));
    }
  };

  const changed = (box, words) => {
    renumber(box);
    keepMine(box.closest("form"), box.dataset.rows);
    const said = find("[data-rows-said]", box);
    if (said) said.textContent = words;
    const { form } = find("[name$=-TOTAL_FORMS]", box);
    if (guards.has(form)) showState(form);
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
        if (number === undefined || Number(number) === index) return;
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

  /* --- The program of this tab ---
     The dropdown of another tab may have moved the session to another program. A page that opens in another
     program than the last page of its tab says so. Only the id and the name are kept, and only for the tab. */

  const PROGRAM = "academy.program";

  const watchProgram = () => {
    const { program, programName } = document.body.dataset;
    if (programName === undefined) {
      sessionStorage.removeItem(PROGRAM); // the sign-in page
      for (const key of Object.keys(sessionStorage)) if (key.startsWith("academy.ticked ")) sessionStorage.removeItem(key);
      return;
    }
    const before = JSON.parse(sessionStorage.getItem(PROGRAM) || "null");
    const bar = find("[data-tab-bar]");
    if (bar) {
      bar.hidden = !before || before.id === program;
      if (!bar.hidden) {
        find("[data-tab-program]", bar).value = before.id;
        for (const name of findAll("[data-tab-name]", bar)) name.textContent = before.name;
      }
    }
    sessionStorage.setItem(PROGRAM, JSON.stringify({ id: program, name: programName }));
  };
  window.addEventListener("pageshow", watchProgram);

  // The address says its program, for whoever copies it. The server names it, by the canonical link.
  const shared = find("link[rel=canonical]")?.getAttribute("href");
  if (shared && shared !== location.pathname + location.search) {
    history.replaceState(history.state, "", shared + location.hash);
  }

  // Who works in several programs stays in that of this page with each of its links, whatever other tabs do.
  const nameProgram = ({ target }) => {
    const link = target.closest?.("a[href]");
    const { program, several } = document.body.dataset;
    if (!link || several === undefined || link.origin !== location.origin) return;
    const url = new URL(link.href);
    if (url.searchParams.has("in") || (url.pathname === location.pathname && url.hash)) return;
    url.searchParams.set("in", program);
    link.href = url;
  };
  for (const kind of ["click", "auxclick", "contextmenu"]) document.addEventListener(kind, nameProgram, true);

  // Who switches or signs out here knows it: no bar on the next page.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-switch], [data-forget]")) sessionStorage.removeItem(PROGRAM);
  });

  /* --- Keys --- */

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-shortcuts-toggle]")) return;
    const state = event.target.checked ? "on" : "off";
    remember("shortcuts", state);
    root.dataset.shortcuts = state;
  });

  let wentAt = 0; // when "g" was pressed

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if ((event.ctrlKey || event.metaKey) && key === "Enter") {
      // The form one types in, else that of the page.
      const form = target.closest('form[method="post"]') || find("main form[data-guard]");
      form?.requestSubmit(find("[data-save], .btn.primary:not([type=button])", form));
      return;
    }
    const typing = target.matches("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || root.dataset.shortcuts === "off") return;
    if (find("dialog[open]")) return;
    const follows = Date.now() - wentAt < 1000;
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

  const isLeaving = (form) => leaving.has(form);
  /** What the form holds now is nothing unsaved. */
  const settle = (form) => {
    form.dataset.guard = "";
    guards.set(form, contentOf(form));
    showState(form);
  };
  /** For a form that begins anew. Not randomUUID(), which plain HTTP does not have. */
  const newToken = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  window.academy = { headers, toast, text, ask, newToken, placeAgain, icon: toneIcon, forms: { leave, release, isLeaving, anyDirty, settle } };
})();
