"use strict";
(() => {
  // static/src/js/tree.js
  (() => {
    const page = document.querySelector("[data-course]");
    if (!page || !window.htmx) return;
    const find = (selector, within = page) => within.querySelector(selector);
    const findAll = (selector, within = page) => [...within.querySelectorAll(selector)];
    const byId = (id) => document.getElementById(id);
    const state = find("[data-tree-state]");
    const said = find("[data-tree-said]");
    const text = (key, name = "") => (page.getAttribute(`data-text-${key}`) || "").replace("{name}", () => name);
    const say = (words) => {
      said.textContent = "";
      setTimeout(() => said.textContent = words, 50);
    };
    let last = Promise.resolve();
    let waiting = 0;
    const send = (verb, path, values = {}) => {
      const write = verb !== "GET";
      if (write && state) state.textContent = text("saving");
      waiting += write ? 1 : 0;
      last = last.then(
        () => new Promise((resolve) => {
          const done = ({ detail }) => {
            if (detail.elt !== page) return;
            page.removeEventListener("htmx:afterRequest", done);
            resolve(detail.xhr?.status || 0);
          };
          page.addEventListener("htmx:afterRequest", done);
          const all = write ? { ...values, selected: page.dataset.selected } : values;
          htmx.ajax(verb, path, { source: page, swap: "none", values: all }).catch(() => resolve(0));
        })
      );
      return last.then((status) => {
        waiting -= write ? 1 : 0;
        if (write && state) {
          if (status >= 400 || !status) state.textContent = text(status ? "failed" : "offline");
          else if (!waiting) state.textContent = text(unsaved() ? "unsaved" : "saved");
        }
        return status;
      });
    };
    const typed = /* @__PURE__ */ new Map();
    let archivedOpen = false;
    let held = null;
    let renaming = null;
    let sent = null;
    let late = [];
    page.addEventListener("htmx:beforeSwap", () => {
      typed.clear();
      const now = sent && byId("edit") ? [...new FormData(byId("edit"))] : [];
      late = now.filter(([name, value]) => name !== "take" && name in sent.values && sent.values[name] !== value);
      for (const input2 of findAll("form[data-add] [name=name]")) {
        if (input2.value) typed.set(input2.id, [input2.value, input2.form.elements.token.value]);
      }
      archivedOpen = Boolean(byId("archived")?.open);
      const input = find("form[data-rename] [name=name]");
      renaming = input && !sending && {
        id: input.closest("li").dataset.id,
        was: input.form.elements.was.value,
        name: input.value,
        caret: document.activeElement === input && [input.selectionStart, input.selectionEnd]
      };
      const row = acts?.closest("li");
      held = row && { id: row.dataset.id, focus: acts.contains(document.activeElement) && document.activeElement };
    });
    page.addEventListener("htmx:afterRequest", ({ detail }) => {
      for (const [id, [value, token]] of typed) {
        const input = byId(id);
        if (input && !input.value) {
          input.value = value;
          input.form.elements.token.value = token;
        }
      }
      typed.clear();
      if (archivedOpen && byId("archived")) byId("archived").open = true;
      for (const row of findAll("li[data-id]")) fold(row);
      if (renaming && !find("form[data-rename]")) {
        startRename(byId(`t-${renaming.id}`)?.closest("li"), renaming);
      }
      renaming = null;
      tellNews(detail.xhr?.status === 409);
      if (held && !acts.isConnected) {
        showActs(byId(`t-${held.id}`)?.closest("li"));
        if (held.focus && acts.isConnected) held.focus.focus();
      }
      mark();
    });
    const look = () => {
      const rows = findAll(".tree li[data-id]");
      return new Map(
        rows.map((row) => [
          row.dataset.id,
          {
            parent: row.parentElement.dataset.parent,
            rank: [...row.parentElement.children].indexOf(row),
            name: find("[data-node]", row).textContent,
            figures: row.parentElement.dataset.list === "lessons" ? find(":scope > .node > [data-summary]", row)?.textContent : ""
          }
        ])
      );
    };
    let seen = look();
    const tellNews = (late2) => {
      const now = look();
      for (const [id, row] of late2 ? now : []) {
        const was = seen.get(id);
        const moved = was && (was.parent !== row.parent || was.rank !== row.rank);
        const changed = was && (was.name !== row.name || was.figures !== row.figures);
        if (was && !moved && !changed) continue;
        const note = document.createElement("span");
        note.className = "badge info plain";
        note.textContent = text(was ? changed ? "changed" : "moved" : "new");
        const node = byId(`t-${id}`).closest(".node");
        node.classList.add("news");
        (node.querySelector("[data-summary]") || node.lastElementChild).before(note);
      }
      seen = now;
    };
    const putBackLate = () => {
      const form = byId("edit");
      if (form && sent?.id === page.dataset.selected) {
        for (const [name, value] of late) {
          const field = form.elements[name];
          const caret = field.selectionStart;
          field.value = value;
          if (field === document.activeElement && caret !== null) field.setSelectionRange(caret, caret);
          field.dispatchEvent(new Event("input", { bubbles: true }));
        }
      }
      sent = null;
      late = [];
    };
    document.addEventListener("tree:said", ({ detail }) => say(detail.value));
    const acts = byId("row-acts");
    const showActs = (row) => {
      if (!acts || !row || acts.closest("li") === row) return;
      const link = byId(`t-${row.dataset.id}`);
      const name = link.textContent.trim();
      const { change, archivable } = row.parentElement.dataset;
      for (const button of findAll("[data-step]", acts)) {
        button.hidden = change === void 0;
        button.setAttribute("aria-label", text(button.dataset.step, name));
      }
      const pen = find("[data-start-rename]", acts);
      pen.hidden = change === void 0;
      pen.setAttribute("aria-label", text("rename", name));
      const bin = find("[data-archive]", acts);
      bin.hidden = archivable === void 0;
      bin.href = `${link.href}archive/`;
      bin.setAttribute("aria-label", text("archive", name));
      bin.dataset.confirm = text("ask", name);
      bin.dataset.confirmText = row.dataset.warning || text("restorable");
      find(":scope > .node", row).append(acts);
      acts.hidden = false;
    };
    for (const kind of ["pointerover", "focusin"]) {
      page.addEventListener(kind, ({ target }) => showActs(target.closest(".tree li[data-id]")));
    }
    const startRename = (row, typed2) => {
      const template = byId("rename-form");
      if (!row || !template || row.parentElement.dataset.change === void 0) return null;
      endRename();
      const link = byId(`t-${row.dataset.id}`);
      const name = link.textContent.trim();
      const form = template.content.firstElementChild.cloneNode(true);
      form.action = `${link.href}rename/`;
      form.elements.was.value = typed2 ? typed2.was : name;
      const input = form.elements.name;
      input.value = typed2 ? typed2.name : name;
      const node = find(":scope > .node", row);
      node.classList.add("renaming");
      find(".code", node).after(form);
      if (!typed2) {
        input.focus();
        input.select();
      } else if (typed2.caret) {
        input.focus();
        input.setSelectionRange(...typed2.caret);
      }
      return form;
    };
    const endRename = () => {
      const form = find("form[data-rename]");
      form?.closest(".node").classList.remove("renaming");
      form?.remove();
    };
    const dropRename = (form) => {
      const { id } = form.closest("li").dataset;
      endRename();
      byId(`t-${id}`).focus();
    };
    const rename = async (form) => {
      const { name, was } = form.elements;
      const { id } = form.closest("li").dataset;
      if (name.value.trim() === was.value) {
        dropRename(form);
        return;
      }
      const path = form.action;
      const values = Object.fromEntries(new FormData(form));
      name.readOnly = true;
      sending = true;
      const status = await send("POST", path, values);
      sending = false;
      if (status === 200) {
        endRename();
        byId(`t-${id}`)?.focus();
        if (id === page.dataset.selected && !unsaved()) await send("GET", byId(`t-${id}`).href);
      } else if (find("form[data-rename]")) {
        const input = find("form[data-rename] [name=name]");
        input.readOnly = false;
        input.focus();
      }
    };
    let sending = false;
    document.addEventListener("tree:renamed", ({ detail: { id, was, name, before, version } }) => {
      const form = byId("edit");
      if (!form || id !== page.dataset.selected || Date.parse(form.elements.version.value) !== Date.parse(before)) return;
      if (form.elements.name.value === was) form.elements.name.value = name;
      form.elements.version.value = version;
    });
    const step = (row, way) => send("POST", `${byId(`t-${row.dataset.id}`).href}move/`, { step: way });
    const FOLDED = `academy.folded.${page.dataset.url}`;
    const folded = new Set(JSON.parse(sessionStorage.getItem(FOLDED) || "[]"));
    const fold = (row) => {
      const button = find(":scope > .node > [data-fold]", row);
      if (!button) return;
      const open2 = !folded.has(row.dataset.id);
      button.setAttribute("aria-expanded", open2);
      find(":scope > ul", row).hidden = !open2;
    };
    const setFold = (row, shut) => {
      if (shut) folded.add(row.dataset.id);
      else folded.delete(row.dataset.id);
      sessionStorage.setItem(FOLDED, JSON.stringify([...folded]));
      fold(row);
    };
    const mark = () => {
      for (const link of findAll("[data-node]")) {
        const selected = link.closest("li").dataset.id === page.dataset.selected;
        link.closest(".node").classList.toggle("sel", selected);
        if (selected) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };
    for (const kind of ["input", "change"]) {
      page.addEventListener(kind, ({ target }) => {
        if (!state || !target.closest("#edit")) return;
        setTimeout(() => state.textContent = text(unsaved() ? "unsaved" : "saved"));
      });
    }
    const panelForm = () => find("#panel form[data-guard]");
    const unsaved = () => {
      const note = panelForm() && find("[data-dirty]", panelForm());
      return Boolean(note && !note.hidden);
    };
    const mayLeave = async () => {
      await last;
      return !unsaved() || academy.ask(byId("panel-leave"));
    };
    const below = matchMedia("(max-width: 68.74rem)");
    const open = async (link, focus, back = false) => {
      const { id } = link.closest("li").dataset;
      if (id !== page.dataset.selected || !find("#panel [data-for]")) {
        if (!await mayLeave()) return stay(back);
        if (await send("GET", link.href) !== 200) return stay(back);
        page.dataset.selected = id;
        if (!back) history.pushState(null, "", link.href);
        mark();
      }
      const panel = byId("panel");
      if (find("form[data-rename]")) return;
      if (below.matches) panel.scrollIntoView({ block: "start" });
      const field = find("[name=name]:not([type=hidden])", panel);
      if (focus && field) {
        field.focus();
        if (focus === "name") field.select();
      } else if (focus || below.matches) {
        find("#panel-title").focus();
      }
    };
    document.addEventListener("tree:opened", ({ detail: { id, url } }) => {
      page.dataset.selected = id;
      history.replaceState(null, "", url);
      opened = true;
    });
    let opened = false;
    const leave = () => byId(`t-${page.dataset.selected}`)?.focus();
    const close = async (href, back = false) => {
      if (!await mayLeave()) return stay(back);
      if (await send("GET", href) !== 200) return stay(back);
      leave();
      page.dataset.selected = "";
      if (!back) history.pushState(null, "", href);
      mark();
    };
    const stay = (back) => {
      const shown = byId(`t-${page.dataset.selected}`)?.href || page.dataset.url;
      if (back) history.pushState(null, "", shown);
    };
    window.addEventListener("popstate", () => {
      const link = findAll("[data-node]").find(({ pathname }) => pathname === location.pathname);
      if (link) open(link, "", true);
      else if (location.pathname !== page.dataset.url) location.reload();
      else if (page.dataset.selected) close(location.href, true);
    });
    const archive = async (link) => {
      const path = link.href;
      const row = link.closest("li")?.dataset.id || page.dataset.selected;
      const links = findAll("[data-node]");
      const at = links.findIndex((each) => each.closest("li").dataset.id === row);
      const inside = at < 0 ? 0 : findAll("[data-node]", links[at].closest("li")).length;
      const next = links[at + inside] || links[at - 1];
      if (!await academy.ask(link)) return;
      if (await send("POST", path) !== 200) return;
      (byId("undo") || next && byId(next.id))?.focus({ preventScroll: true });
    };
    page.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      const button = event.target.closest("[data-step]");
      if (button) step(button.closest("li"), button.dataset.step);
      const folder = event.target.closest("[data-fold]");
      if (folder) setFold(folder.closest("li"), folder.getAttribute("aria-expanded") === "true");
      const pen = event.target.closest("[data-start-rename]");
      if (pen) startRename(pen.closest("li"));
      const link = event.target.closest("[data-node], [data-archive], [data-close-panel]");
      if (!link) return;
      event.preventDefault();
      if (link.matches("[data-archive]")) archive(link);
      else if (link.matches("[data-close-panel]")) close(link.href);
      else if (event.detail === 2) renameOrOpen(link);
      else open(link, event.detail ? "" : "field");
    });
    let pressed = null;
    document.addEventListener("pointerdown", ({ target, button }) => {
      pressed = button ? null : target.closest("#panel-save");
    });
    document.addEventListener("pointercancel", () => pressed = null);
    document.addEventListener("pointerup", () => {
      const now = byId("panel-save");
      if (pressed && !pressed.isConnected && now?.form.action === pressed.form.action) now.click();
      pressed = null;
    });
    const renameOrOpen = (link) => startRename(link.closest("li")) || open(link, "name");
    page.addEventListener("submit", async (event) => {
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
      if (!form.matches("[data-add]")) {
        if (form.id === "edit") sent = { id: page.dataset.selected, values };
        const status2 = await send("POST", path, values);
        if (![200, 409, 422].includes(status2)) sent = null;
        if (opened) {
          find("#panel-title").focus();
          if (!below.matches) byId(`t-${page.dataset.selected}`)?.scrollIntoView({ block: "nearest" });
        }
        opened = false;
        if (form.id === "edit" && !status2) academy.whenBack(form, () => form.requestSubmit(button));
        else if (form.id === "edit" && status2 === 200) academy.saved(form);
        if (document.activeElement === document.body) byId(`t-${path.match(/([^/]+)\/[a-z]+\/$/)?.[1]}`)?.focus();
        return;
      }
      const { id } = form.elements.name;
      form.elements.name.focus();
      form.elements.name.value = "";
      form.elements.token.value = academy.newToken();
      const status = await send("POST", path, values);
      const input = byId(id);
      if (status === 200 || status === 422 || !input) return;
      if (input.value && input.value !== values.name) {
        academy.toast(text("refused", values.name), "error");
        return;
      }
      input.value = values.name;
      input.form.elements.token.value = values.token;
    });
    page.addEventListener("keydown", (event) => {
      const { key, target } = event;
      if (key === "Escape" && target.closest("#panel") && !target.matches("select")) {
        leave();
        return;
      }
      if (key === "Escape" && target.closest("[data-rename]")) {
        dropRename(target.closest("[data-rename]"));
        return;
      }
      const row = target.closest(".tree li[data-id]");
      if (!row || target.matches("input") || target.closest("[data-rename]")) return;
      const rtl = document.documentElement.dir === "rtl";
      const [back, on] = rtl ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
      const link = byId(`t-${row.dataset.id}`);
      if (event.altKey && (key === "ArrowUp" || key === "ArrowDown")) {
        event.preventDefault();
        if (row.parentElement.dataset.change !== void 0) step(row, key === "ArrowUp" ? "up" : "down");
        return;
      }
      if (event.altKey && (key === back || key === on)) {
        event.preventDefault();
        const { change, list } = row.parentElement.dataset;
        if (change !== void 0 && list !== "curricula") step(row, key === back ? "previous" : "next");
        return;
      }
      if (event.altKey || event.ctrlKey || event.metaKey || !target.matches("[data-node]")) return;
      if (key === "ArrowUp" || key === "ArrowDown") {
        event.preventDefault();
        const links = findAll("[data-node]").filter((each) => each.offsetParent);
        links[links.indexOf(link) + (key === "ArrowUp" ? -1 : 1)]?.focus();
      } else if (key === back || key === on) {
        setFold(row, key === back);
      } else if (key === "F2") {
        event.preventDefault();
        renameOrOpen(link);
      }
    });
    const order = (list) => [...list.children].filter((row) => row.dataset.id).map((row) => row.dataset.id);
    const dropped = async ({ item, from, to, oldDraggableIndex, newDraggableIndex }) => {
      if (from === to && oldDraggableIndex === newDraggableIndex) return;
      if (!page.contains(to)) return;
      const path = page.dataset.url + to.dataset.list + "/reorder/";
      const values = { parent: to.dataset.parent, order: order(to).join(), moved: item.dataset.id };
      const status = await send("POST", path, values);
      if (status === 200 || status === 409) return;
      const rows = [...from.children].filter((row) => row.dataset.id && row !== item);
      from.insertBefore(item, rows[oldDraggableIndex] || find(":scope > .add", from));
    };
    const arm = (within) => {
      if (!window.Sortable) return;
      for (const list of findAll("[data-list]", within)) {
        if (!find("[data-grip]")) return;
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
          onEnd: dropped
        });
      }
    };
    arm(page);
    for (let row = byId(`t-${page.dataset.selected}`)?.closest("li"); row; row = row.parentElement.closest("li")) {
      folded.delete(row.dataset.id);
    }
    for (const row of findAll("li[data-id]")) fold(row);
    if (page.dataset.selected && !location.hash && !scrollY) {
      if (below.matches) byId("panel").scrollIntoView({ block: "start" });
      else byId(`t-${page.dataset.selected}`)?.scrollIntoView({ block: "nearest" });
    }
    document.addEventListener("htmx:load", ({ target }) => {
      if (target === document.body || !page.contains(target)) return;
      arm(target);
      if (target.id === "panel") putBackLate();
    });
  })();
})();
