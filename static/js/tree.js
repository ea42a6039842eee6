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

  // static/src/js/tree/course.js
  var page = find("[data-course]");
  var byId = (id) => document.getElementById(id);
  var linkOf = (id) => byId(`t-${id}`);
  var rowOf = (id) => linkOf(id)?.closest("li");
  var isSelected = (id) => id === page.dataset.selected;
  var text = (key, name = "") => (page.getAttribute(`data-text-${key}`) || "").replace("{name}", () => name);
  var say = (words) => {
    const region = find("[data-tree-said]", page);
    region.textContent = "";
    setTimeout(() => {
      region.textContent = words;
    }, 50);
  };
  var showState = (key) => {
    const state = find("[data-tree-state]", page);
    if (state) state.textContent = text(key);
  };
  var hasUnsaved = () => {
    const form = find("#panel form[data-guard]", page);
    const note = form && find("[data-dirty]", form);
    return Boolean(note && !note.hidden);
  };
  var showSaved = () => showState(hasUnsaved() ? "unsaved" : "saved");
  var isBelow = () => matchMedia("(max-width: 68.74rem)").matches;

  // static/src/js/tree/requests.js
  var last = Promise.resolve();
  var pendingWrites = 0;
  var idle = () => last;
  var request = (verb, path, values) => new Promise((resolve) => {
    const done = ({ detail }) => {
      if (detail.elt !== page) return;
      page.removeEventListener("htmx:afterRequest", done);
      resolve(detail.xhr?.status || 0);
    };
    page.addEventListener("htmx:afterRequest", done);
    htmx.ajax(verb, path, { source: page, swap: "none", values }).catch(() => resolve(0));
  });
  var write = async (verb, path, values) => {
    showState("saving");
    pendingWrites += 1;
    last = last.then(() => request(verb, path, { ...values, selected: page.dataset.selected }));
    const status = await last;
    pendingWrites -= 1;
    if (status >= 400) showState("failed");
    else if (!status) showState("offline");
    else if (!pendingWrites) showSaved();
    return status;
  };
  var send = (verb, path, values = {}) => {
    if (verb !== "GET") return write(verb, path, values);
    last = last.then(() => request(verb, path, values));
    return last;
  };

  // static/src/js/tree/adding.js
  var typed = /* @__PURE__ */ new Map();
  var store = () => {
    typed.clear();
    for (const input of findAll("form[data-add] [name=name]", page)) {
      if (input.value) typed.set(input.id, [input.value, input.form.elements.token.value]);
    }
  };
  var fill = (input, value, token) => {
    input.value = value;
    input.form.elements.token.value = token;
  };
  var restore = () => {
    for (const [id, [value, token]] of typed) {
      const input = byId(id);
      if (input && !input.value) fill(input, value, token);
    }
    typed.clear();
  };
  var add = async (form, path, values) => {
    const { id } = form.elements.name;
    form.elements.name.focus();
    fill(form.elements.name, "", newToken());
    const status = await send("POST", path, values);
    const input = byId(id);
    if (status === 200 || status === 422 || !input) return;
    if (input.value && input.value !== values.name) {
      academy.toast(text("refused", values.name), "error");
      return;
    }
    fill(input, values.name, values.token);
  };
  var keepTypedLines = () => {
    page.addEventListener("htmx:beforeSwap", store);
    page.addEventListener("htmx:afterRequest", restore);
  };
  var addLineOf = (list) => find(":scope > .add", list);

  // static/src/js/tree/folding.js
  var folded;
  var archivedOpen = false;
  var storageKey = () => `academy.folded.${page.dataset.url}`;
  var apply = (row) => {
    const button = find(":scope > .node > [data-fold]", row);
    if (!button) return;
    const open2 = !folded.has(row.dataset.id);
    button.setAttribute("aria-expanded", open2);
    find(":scope > ul", row).hidden = !open2;
  };
  var applyAll = () => findAll("li[data-id]", page).forEach(apply);
  var setFolded = (row, shut) => {
    if (shut) folded.add(row.dataset.id);
    else folded.delete(row.dataset.id);
    sessionStorage.setItem(storageKey(), JSON.stringify([...folded]));
    apply(row);
  };
  var startFolding = () => {
    folded = new Set(JSON.parse(sessionStorage.getItem(storageKey()) || "[]"));
    for (let row = rowOf(page.dataset.selected); row; row = row.parentElement.closest("li")) {
      folded.delete(row.dataset.id);
    }
    applyAll();
    page.addEventListener("htmx:beforeSwap", () => {
      archivedOpen = Boolean(byId("archived")?.open);
    });
    page.addEventListener("htmx:afterRequest", () => {
      if (archivedOpen && byId("archived")) byId("archived").open = true;
      applyAll();
    });
  };

  // static/src/js/tree/renaming.js
  var sending = false;
  var typed2 = null;
  var renameForm = () => find("form[data-rename]", page);
  var removeForm = () => {
    const form = renameForm();
    form?.closest(".node").classList.remove("renaming");
    form?.remove();
  };
  var startRename = (row, before = null) => {
    const template = byId("rename-form");
    if (!row || !template || row.parentElement.dataset.change === void 0) return null;
    removeForm();
    const link = linkOf(row.dataset.id);
    const name = link.textContent.trim();
    const form = template.content.firstElementChild.cloneNode(true);
    form.action = `${link.href}rename/`;
    form.elements.was.value = before ? before.was : name;
    const input = form.elements.name;
    input.value = before ? before.name : name;
    const node = find(":scope > .node", row);
    node.classList.add("renaming");
    find(".code", node).after(form);
    if (!before) {
      input.focus();
      input.select();
    } else if (before.caret) {
      input.focus();
      input.setSelectionRange(...before.caret);
    }
    return form;
  };
  var cancelRename = (form) => {
    const { id } = form.closest("li").dataset;
    removeForm();
    linkOf(id).focus();
  };
  var rename = async (form) => {
    const { name, was } = form.elements;
    const { id } = form.closest("li").dataset;
    if (name.value.trim() === was.value) {
      cancelRename(form);
      return;
    }
    const path = form.action;
    const values = Object.fromEntries(new FormData(form));
    name.readOnly = true;
    sending = true;
    const status = await send("POST", path, values);
    sending = false;
    if (status === 200) {
      removeForm();
      linkOf(id)?.focus();
      if (isSelected(id) && !hasUnsaved()) await send("GET", linkOf(id).href);
    } else if (renameForm()) {
      const input = find("[name=name]", renameForm());
      input.readOnly = false;
      input.focus();
    }
  };
  var store2 = () => {
    const form = renameForm();
    const input = form && find("[name=name]", form);
    typed2 = input && !sending && {
      id: input.closest("li").dataset.id,
      was: form.elements.was.value,
      name: input.value,
      caret: document.activeElement === input && [input.selectionStart, input.selectionEnd]
    };
  };
  var restore2 = () => {
    if (typed2 && !renameForm()) startRename(rowOf(typed2.id), typed2);
    typed2 = null;
  };
  var updatePanel = ({ detail: { id, was, name, before, version } }) => {
    const form = byId("edit");
    if (!form || !isSelected(id) || Date.parse(form.elements.version.value) !== Date.parse(before)) return;
    if (form.elements.name.value === was) form.elements.name.value = name;
    form.elements.version.value = version;
  };
  var keepTypedName = () => {
    page.addEventListener("htmx:beforeSwap", store2);
    page.addEventListener("htmx:afterRequest", restore2);
    document.addEventListener("tree:renamed", updatePanel);
  };

  // static/src/js/tree/panel.js
  var sent = null;
  var typedSince = [];
  var focusOpened = false;
  var mayLeave = async () => {
    await idle();
    return !hasUnsaved() || academy.ask(byId("panel-leave"));
  };
  var markSelected = () => {
    for (const link of findAll("[data-node]", page)) {
      const selected = isSelected(link.closest("li").dataset.id);
      link.closest(".node").classList.toggle("sel", selected);
      if (selected) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  var restoreAddress = (back) => {
    const shown = linkOf(page.dataset.selected)?.href || page.dataset.url;
    if (back) history.pushState(null, "", shown);
  };
  var focusPanel = (focus) => {
    const panel = byId("panel");
    if (isBelow()) panel.scrollIntoView({ block: "start" });
    const field = find("[name=name]:not([type=hidden])", panel);
    if (focus && field) {
      field.focus();
      if (focus === "name") field.select();
    } else if (focus || isBelow()) {
      find("#panel-title", page).focus();
    }
  };
  var open = async (link, focus, back = false) => {
    const { id } = link.closest("li").dataset;
    if (!isSelected(id) || !find("#panel [data-for]", page)) {
      if (!await mayLeave() || await send("GET", link.href) !== 200) {
        restoreAddress(back);
        return;
      }
      page.dataset.selected = id;
      if (!back) history.pushState(null, "", link.href);
      markSelected();
    }
    if (!renameForm()) focusPanel(focus);
  };
  var focusSelectedRow = () => linkOf(page.dataset.selected)?.focus();
  var close = async (href, back = false) => {
    if (!await mayLeave() || await send("GET", href) !== 200) {
      restoreAddress(back);
      return;
    }
    focusSelectedRow();
    page.dataset.selected = "";
    if (!back) history.pushState(null, "", href);
    markSelected();
  };
  var focusOpenedNode = () => {
    find("#panel-title", page).focus();
    if (!isBelow()) linkOf(page.dataset.selected)?.scrollIntoView({ block: "nearest" });
  };
  var submit = async (form, button, path, values) => {
    const isPanel = form.id === "edit";
    if (isPanel) sent = { id: page.dataset.selected, values };
    const status = await send("POST", path, values);
    if (![200, 409, 422].includes(status)) sent = null;
    if (focusOpened) focusOpenedNode();
    focusOpened = false;
    if (isPanel && !status) academy.whenBack(form, () => form.requestSubmit(button));
    else if (isPanel && status === 200) academy.clearNotice(form);
    if (document.activeElement === document.body) linkOf(path.match(/([^/]+)\/[a-z]+\/$/)?.[1])?.focus();
  };
  var storeTyped = () => {
    const now = sent && byId("edit") ? [...new FormData(byId("edit"))] : [];
    typedSince = now.filter(
      ([name, value]) => name !== "take" && name in sent.values && sent.values[name] !== value
    );
  };
  var restoreTyped = () => {
    const form = byId("edit");
    if (form && isSelected(sent?.id)) {
      for (const [name, value] of typedSince) {
        const field = form.elements[name];
        const caret = field.selectionStart;
        field.value = value;
        if (field === document.activeElement && caret !== null) field.setSelectionRange(caret, caret);
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    sent = null;
    typedSince = [];
  };
  var onPopState = () => {
    const link = findAll("[data-node]", page).find(({ pathname }) => pathname === location.pathname);
    if (link) open(link, "", true);
    else if (location.pathname !== page.dataset.url) location.reload();
    else if (page.dataset.selected) close(location.href, true);
  };
  var startPanel = () => {
    page.addEventListener("htmx:beforeSwap", storeTyped);
    page.addEventListener("htmx:afterRequest", markSelected);
    window.addEventListener("popstate", onPopState);
    for (const kind of ["input", "change"]) {
      page.addEventListener(kind, ({ target }) => {
        if (target.closest("#edit")) setTimeout(showSaved);
      });
    }
    document.addEventListener("tree:opened", ({ detail: { id, url } }) => {
      page.dataset.selected = id;
      history.replaceState(null, "", url);
      focusOpened = true;
    });
    if (page.dataset.selected && !location.hash && !scrollY) {
      if (isBelow()) byId("panel").scrollIntoView({ block: "start" });
      else linkOf(page.dataset.selected)?.scrollIntoView({ block: "nearest" });
    }
  };

  // static/src/js/tree/actions.js
  var move = (row, step) => send("POST", `${linkOf(row.dataset.id).href}move/`, { step });
  var renameOrOpen = (link) => startRename(link.closest("li")) || open(link, "name");
  var archive = async (link) => {
    const path = link.href;
    const row = link.closest("li")?.dataset.id || page.dataset.selected;
    const links = findAll("[data-node]", page);
    const index = links.findIndex((each) => each.closest("li").dataset.id === row);
    const inside = index < 0 ? 0 : findAll("[data-node]", links[index].closest("li")).length;
    const next = links[index + inside] || links[index - 1];
    if (!await academy.ask(link)) return;
    if (await send("POST", path) !== 200) return;
    (byId("undo") || next && byId(next.id))?.focus({ preventScroll: true });
  };
  var clickedOnce = null;
  var onClick = (event) => {
    const { target, detail } = event;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (detail === 2 && clickedOnce?.isConnected) {
      event.preventDefault();
      renameOrOpen(clickedOnce);
      return;
    }
    const step = target.closest("[data-step]");
    if (step) move(step.closest("li"), step.dataset.step);
    const fold = target.closest("[data-fold]");
    if (fold) setFolded(fold.closest("li"), fold.getAttribute("aria-expanded") === "true");
    const pen = target.closest("[data-start-rename]");
    if (pen) startRename(pen.closest("li"));
    const link = target.closest("[data-node], [data-archive], [data-close-panel]");
    clickedOnce = detail === 1 && link?.matches("[data-node]") ? link : null;
    if (!link) return;
    event.preventDefault();
    if (link.matches("[data-archive]")) archive(link);
    else if (link.matches("[data-close-panel]")) close(link.href);
    else open(link, detail ? "" : "field");
  };
  var onSubmit = async (event) => {
    const { target: form, submitter: button } = event;
    event.preventDefault();
    const path = button?.hasAttribute("formaction") ? button.formAction : form.action;
    if (form.matches("[data-rename]")) {
      rename(form);
      return;
    }
    if (path.endsWith("/duplicate/") && !await mayLeave()) return;
    const data = new FormData(form, button);
    const values = Object.fromEntries(data);
    if (data.has("take")) values.take = data.getAll("take");
    if (form.matches("[data-add]")) add(form, path, values);
    else submit(form, button, path, values);
  };
  var keepPress = () => {
    let pressed = null;
    document.addEventListener("pointerdown", ({ target, button }) => {
      pressed = button ? null : target.closest("#panel-save");
    });
    document.addEventListener("pointercancel", () => {
      pressed = null;
    });
    document.addEventListener("pointerup", () => {
      const now = find("#panel-save");
      if (pressed && !pressed.isConnected && now?.form.action === pressed.form.action) now.click();
      pressed = null;
    });
  };
  var startActions = () => {
    page.addEventListener("click", onClick);
    page.addEventListener("submit", onSubmit);
    keepPress();
  };

  // static/src/js/tree/dragging.js
  var rowsOf = (list) => [...list.children].filter((row) => row.dataset.id);
  var onDrop = async ({ item, from, to, oldDraggableIndex, newDraggableIndex }) => {
    if (from === to && oldDraggableIndex === newDraggableIndex) return;
    if (!page.contains(to)) return;
    const path = `${page.dataset.url + to.dataset.list}/reorder/`;
    const order = rowsOf(to).map((row) => row.dataset.id);
    const values = { parent: to.dataset.parent, order: order.join(), moved: item.dataset.id };
    const status = await send("POST", path, values);
    if (status === 200 || status === 409) return;
    const rows = rowsOf(from).filter((row) => row !== item);
    from.insertBefore(item, rows[oldDraggableIndex] || addLineOf(from));
  };
  var allowDragging = (within) => {
    if (!window.Sortable || !find("[data-grip]", page)) return;
    for (const list of findAll("[data-list]", within)) {
      Sortable.create(list, {
        group: list.dataset.list,
        draggable: "li[data-id]",
        handle: "[data-grip]",
        animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
        fallbackOnBody: true,
        invertSwap: true,
        swapThreshold: 0.6,
        emptyInsertThreshold: 24,
        delay: 120,
        delayOnTouchOnly: true,
        onEnd: onDrop
      });
    }
  };

  // static/src/js/tree/keys.js
  var isVertical = (key) => key === "ArrowUp" || key === "ArrowDown";
  var horizontal = () => {
    const rtl = document.documentElement.dir === "rtl";
    return rtl ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
  };
  var onEscape = ({ target }) => {
    const form = target.closest("[data-rename]");
    if (target.closest("#panel") && !target.matches("select")) focusSelectedRow();
    else if (form) cancelRename(form);
  };
  var onMoveKey = (event, row) => {
    const { key } = event;
    const [back, forward] = horizontal();
    const { change, list } = row.parentElement.dataset;
    if (isVertical(key)) {
      event.preventDefault();
      if (change !== void 0) move(row, key === "ArrowUp" ? "up" : "down");
    } else if (key === back || key === forward) {
      event.preventDefault();
      if (change !== void 0 && list !== "curricula") move(row, key === back ? "previous" : "next");
    }
  };
  var onNodeKey = (event, row) => {
    const { key } = event;
    const [back, forward] = horizontal();
    const link = linkOf(row.dataset.id);
    if (isVertical(key)) {
      event.preventDefault();
      const links = findAll("[data-node]", page).filter((each) => each.offsetParent);
      links[links.indexOf(link) + (key === "ArrowUp" ? -1 : 1)]?.focus();
    } else if (key === back || key === forward) {
      setFolded(row, key === back);
    } else if (key === "F2") {
      event.preventDefault();
      renameOrOpen(link);
    }
  };
  var startKeys = () => page.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key === "Escape" && target.closest("#panel, [data-rename]")) {
      onEscape(event);
      return;
    }
    const row = target.closest(".tree li[data-id]");
    if (!row || target.matches("input") || target.closest("[data-rename]")) return;
    if (event.altKey) onMoveKey(event, row);
    else if (!event.ctrlKey && !event.metaKey && target.matches("[data-node]")) onNodeKey(event, row);
  });

  // static/src/js/tree/news.js
  var readRows = () => {
    const rows = findAll(".tree li[data-id]", page);
    return new Map(
      rows.map((row) => {
        const isLesson = row.parentElement.dataset.list === "lessons";
        return [
          row.dataset.id,
          {
            parent: row.parentElement.dataset.parent,
            rank: [...row.parentElement.children].indexOf(row),
            name: find("[data-node]", row).textContent,
            figures: isLesson ? find(":scope > .node > [data-summary]", row)?.textContent : ""
          }
        ];
      })
    );
  };
  var changeOf = (before, now) => {
    if (!before) return "new";
    if (before.name !== now.name || before.figures !== now.figures) return "changed";
    return before.parent !== now.parent || before.rank !== now.rank ? "moved" : "";
  };
  var markChanges = (before, now) => {
    for (const [id, row] of now) {
      const change = changeOf(before.get(id), row);
      if (!change) continue;
      const note = make("span", { className: "badge info plain" }, text(change));
      const node = linkOf(id).closest(".node");
      node.classList.add("news");
      (find("[data-summary]", node) || node.lastElementChild).before(note);
    }
  };
  var startNews = () => {
    let seen = readRows();
    page.addEventListener("htmx:afterRequest", ({ detail }) => {
      const now = readRows();
      if (detail.xhr?.status === 409) markChanges(seen, now);
      seen = now;
    });
  };

  // static/src/js/tree/row_buttons.js
  var buttons;
  var held = null;
  var label = (button, key, name, hidden) => {
    button.hidden = hidden;
    button.setAttribute("aria-label", text(key, name));
  };
  var show = (row) => {
    if (!buttons || !row || buttons.closest("li") === row) return;
    const link = linkOf(row.dataset.id);
    const name = link.textContent.trim();
    const { change, archivable } = row.parentElement.dataset;
    for (const button of findAll("[data-step]", buttons)) {
      label(button, button.dataset.step, name, change === void 0);
    }
    label(find("[data-start-rename]", buttons), "rename", name, change === void 0);
    const archive2 = find("[data-archive]", buttons);
    label(archive2, "archive", name, archivable === void 0);
    archive2.href = `${link.href}archive/`;
    archive2.dataset.confirm = text("ask", name);
    archive2.dataset.confirmText = row.dataset.warning || text("restorable");
    find(":scope > .node", row).append(buttons);
    buttons.hidden = false;
  };
  var store3 = () => {
    const row = buttons?.closest("li");
    held = row && {
      id: row.dataset.id,
      focus: buttons.contains(document.activeElement) && document.activeElement
    };
  };
  var restore3 = () => {
    if (!held || buttons.isConnected) return;
    show(rowOf(held.id));
    if (held.focus && buttons.isConnected) held.focus.focus();
  };
  var startRowButtons = () => {
    buttons = byId("row-acts");
    for (const kind of ["pointerover", "focusin"]) {
      page.addEventListener(kind, ({ target }) => show(target.closest(".tree li[data-id]")));
    }
    page.addEventListener("htmx:beforeSwap", store3);
    page.addEventListener("htmx:afterRequest", restore3);
  };

  // static/src/js/tree.js
  if (page && window.htmx) {
    keepTypedLines();
    startFolding();
    keepTypedName();
    startNews();
    startRowButtons();
    startPanel();
    startActions();
    startKeys();
    allowDragging(page);
    document.addEventListener("tree:said", ({ detail }) => say(detail.value));
    document.addEventListener("htmx:load", ({ target }) => {
      if (target === document.body || !page.contains(target)) return;
      allowDragging(target);
      if (target.id === "panel") restoreTyped();
    });
  }
})();
