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
  var closePopovers = () => {
    for (const popover of findAll("[popover]:popover-open")) popover.hidePopover();
  };

  // static/src/js/shared/page.js
  var takesShortcut = ({ target, ctrlKey, metaKey, altKey }, fields) => {
    const on = document.documentElement.dataset.shortcuts !== "off";
    return on && !ctrlKey && !metaKey && !altKey && !target.matches(fields);
  };
  var SELECTED_ROWS = "academy.ticked ";
  var removeSelectedRows = () => {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(SELECTED_ROWS)) sessionStorage.removeItem(key);
  };

  // static/src/js/list/address.js
  var listQuery = () => {
    const query = new URLSearchParams(location.search);
    query.delete("in");
    return query.toString();
  };
  var requester = null;
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    requester = detail.requestConfig?.elt;
  });
  var fillFilters = () => {
    const form = find("#filters");
    if (!form || requester === form) return;
    const query = new URLSearchParams(location.search);
    for (const field of form.elements) {
      if (!field.name || field.type === "hidden" || field === document.activeElement) continue;
      const values = query.getAll(field.name);
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else field.value = values[0] ?? "";
    }
  };
  document.addEventListener("htmx:pushedIntoHistory", fillFilters);
  var typing = false;
  document.addEventListener("htmx:beforeHistoryUpdate", ({ detail }) => {
    const typed = requester?.id === "filters" && document.activeElement?.id === "f-q";
    if (typed && typing) detail.history.type = "replace";
    typing = typed;
  });
  document.addEventListener("focusout", ({ target }) => {
    if (target.id === "f-q") typing = false;
  });
  onClick("a[data-view-save]", (link) => {
    const url = new URL(link.href);
    url.searchParams.set("query", listQuery());
    link.href = url;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-columns]")) form.elements.query.value = listQuery();
    if (form.matches("[data-density-form]")) event.preventDefault();
  });

  // static/src/js/list/rows.js
  var rowLinks = () => findAll("#list tbody .who a, #list .tile a");
  var rowOf = (element) => element.closest("tr, .tile");
  var focusRow = (index) => {
    const all = rowLinks();
    const link = all[Math.min(Math.max(index, 0), all.length - 1)];
    if (!link) return;
    link.focus({ preventScroll: true });
    rowOf(link).scrollIntoView({ block: "nearest" });
  };

  // static/src/js/list/selection.js
  var root = document.documentElement;
  var MAXIMUM = 1e3;
  var boxes = () => findAll('#list [name="ids"]:not([data-carried])');
  var wholeList = () => find('#bulk [name="all"]');
  var hasSelection = () => Boolean(find('#list [name="ids"]:checked') || wholeList()?.checked);
  var storageKey = () => {
    const query = new URLSearchParams(listQuery());
    for (const name of ["page", "size", "sort"]) query.delete(name);
    query.sort();
    const program = find("#bulk [name=program_context]")?.value || "";
    return `${SELECTED_ROWS}${program} ${location.pathname}?${query}`;
  };
  var stored = () => new Set(JSON.parse(sessionStorage.getItem(storageKey()) || "[]"));
  var store = () => {
    const ids = stored();
    for (const box of boxes()) {
      if (!box.checked) ids.delete(box.value);
      else if (ids.size < MAXIMUM) ids.add(box.value);
    }
    sessionStorage.setItem(storageKey(), JSON.stringify([...ids]));
    addHiddenBoxes(ids);
    showCount();
  };
  var addHiddenBoxes = (ids) => {
    for (const box of findAll("[data-carried]")) box.remove();
    const here = new Set(boxes().map((box) => box.value));
    for (const id of ids) {
      if (here.has(id)) continue;
      const box = make("input", { type: "checkbox", name: "ids", value: id, checked: true, hidden: true });
      box.setAttribute("form", "bulk");
      box.dataset.carried = "";
      find("#list").append(box);
    }
  };
  var restoreSelection = () => {
    if (!find("#bulk")) return;
    const ids = stored();
    for (const box of boxes()) box.checked ||= ids.has(box.value);
    store();
  };
  var showCount = () => {
    const bar = find("#bulk");
    if (!bar) return;
    const all = boxes();
    const checked = all.filter((box) => box.checked);
    const selected = checked.length + findAll("[data-carried]").length;
    const total = wholeList()?.checked ? Number(find("#list").dataset.total) : selected;
    find("[data-bulk-count]", bar).textContent = total.toLocaleString(root.lang);
    const head = find("[data-bulk-page]");
    if (head) {
      head.checked = all.length > 0 && checked.length === all.length;
      head.indeterminate = checked.length > 0 && !head.checked;
    }
  };
  var selectPage = (state) => {
    for (const box of boxes()) box.checked = state;
    if (!state && wholeList()) wholeList().checked = false;
    store();
  };
  var clearSelection = () => {
    removeSelectedRows();
    selectPage(false);
  };
  var lastBox = null;
  var selectRange = (box) => {
    const all = boxes();
    const [from, to] = [all.indexOf(lastBox), all.indexOf(box)].sort((a, b) => a - b);
    for (const each of all.slice(from, to + 1)) each.checked = box.checked;
  };
  document.addEventListener("click", (event) => {
    const box = event.target.closest('#list [name="ids"]');
    if (box) {
      if (event.shiftKey && lastBox?.isConnected) selectRange(box);
      lastBox = box;
    }
    if (event.target.closest("[data-bulk-clear]")) {
      clearSelection();
      focusRow(0);
    }
    if (event.target.closest("[data-bulk-cancel]")) find("#bulk-dialog").close();
    const row = root.hasAttribute("data-selecting") && event.target.closest("#list tbody tr");
    if (row && !box) {
      event.preventDefault();
      find('[name="ids"]', row)?.click();
    }
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-bulk-page]")) selectPage(target.checked);
    else if (target === wholeList() && target.checked) selectPage(true);
    else if (target.matches('#list [name="ids"]')) {
      if (!target.checked && wholeList()) wholeList().checked = false;
      store();
    } else if (target === wholeList()) showCount();
  });
  onClick("[data-select-mode]", (button) => {
    const on = root.toggleAttribute("data-selecting");
    button.setAttribute("aria-pressed", on);
    [button.textContent, button.dataset.textDone] = [button.dataset.textDone, button.textContent];
    if (!on) clearSelection();
  });
  window.addEventListener("pageshow", restoreSelection);
  document.addEventListener(
    "htmx:afterSettle",
    ({ target }) => target.id === "list" ? restoreSelection() : showCount()
  );

  // static/src/js/list/bulk.js
  document.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target.id !== "bulk-preview") return;
    closePopovers();
    const dialog = find("#bulk-dialog");
    if (!dialog.open) dialog.showModal();
  });
  document.addEventListener("list-changed", () => {
    clearSelection();
    find("#bulk-dialog")?.close();
    if (document.documentElement.hasAttribute("data-selecting")) find("[data-select-mode]")?.click();
    htmx.ajax("GET", location.pathname + location.search, { target: "#list", swap: "outerHTML" });
  });

  // static/src/js/list/filter_errors.js
  var clearErrors = (panel) => {
    for (const list of findAll(".errorlist", panel)) list.remove();
    for (const field of findAll("[aria-invalid]", panel)) {
      for (const name of ["aria-invalid", "aria-describedby"]) field.removeAttribute(name);
    }
  };
  var showError = ({ dataset: { errorOf, message } }) => {
    const field = document.getElementById(errorOf);
    const list = make("ul", { className: "errorlist", id: `${errorOf}_error` }, make("li", {}, message));
    field?.closest(".field")?.append(list);
    field?.setAttribute("aria-invalid", "true");
    field?.setAttribute("aria-describedby", list.id);
    return field;
  };
  var showErrors = () => {
    const panel = find("#pop-filters");
    if (!panel || !find("#list")) return;
    clearErrors(panel);
    const first = findAll("#list [data-error-of]").map(showError).find((field) => panel.contains(field) && field);
    if (!first || panel.matches(":popover-open")) return;
    panel.showPopover();
    first.focus();
  };
  document.addEventListener("htmx:afterSettle", ({ target }) => target.id === "list" && showErrors());
  window.addEventListener("pageshow", showErrors);

  // static/src/js/list/swap.js
  var FOLD = 930;
  var isList = false;
  var fromTop = false;
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    isList = detail.shouldSwap && detail.target?.id === "list";
    fromTop = scrollY === 0 || Boolean(detail.requestConfig?.elt?.closest(".pager"));
  });
  for (const kind of ["pushedIntoHistory", "replacedInHistory"]) {
    document.addEventListener(`htmx:${kind}`, () => {
      if (isList) find("#list")?.replaceChildren();
    });
  }
  document.addEventListener("htmx:afterSwap", () => {
    const later = find("#list tbody > template");
    if (!later) return;
    const show = () => {
      if (!later.isConnected) return;
      later.replaceWith(later.content);
      restoreSelection();
    };
    if (!fromTop || innerHeight > FOLD) {
      show();
      return;
    }
    scrollTo(0, 0);
    requestAnimationFrame(() => setTimeout(show));
  });

  // static/src/js/list/keys.js
  var isPrint = ({ key, ctrlKey, metaKey, shiftKey, altKey }) => (ctrlKey || metaKey) && !shiftKey && !altKey && key.toLowerCase() === "p";
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    const printout = find("[data-printout]");
    if (printout && isPrint(event)) {
      event.preventDefault();
      printout.click();
      return;
    }
    if (find("dialog[open]") || find("[popover]:popover-open")) return;
    if (key === "Escape" && hasSelection()) {
      clearSelection();
      return;
    }
    if (!takesShortcut(event, "input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    const row = rowOf(target);
    const index = row ? rowLinks().indexOf(find(".who a, .tile a", row)) : -1;
    if (key === "j") focusRow(index + 1);
    else if (key === "k") focusRow(index < 0 ? 0 : index - 1);
    else if (key === "x" && index >= 0) find('[name="ids"]', row)?.click();
  });
})();
