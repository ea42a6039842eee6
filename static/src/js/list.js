/* Lists: selecting rows, changing many, moving with the keys. All of it is a convenience: the boxes, the bar and the
   links of the list work without this file. What is ticked shows by CSS; here it is counted. */

"use strict";

(() => {
  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);
  const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

  const boxes = () => findAll('#list [name="ids"]:not([data-carried])');
  const whole = () => find('#bulk [name="all"]');
  const query = () => {
    const asked = new URLSearchParams(location.search);
    asked.delete("in"); // the program of the page is no part of the list
    return asked.toString();
  };

  /* --- What is ticked: also on other pages of the same search and filters, until it is cleared or changed --- */

  const KEPT = "academy.ticked ";
  const MOST_KEPT = 1000; // so many can be sent at once
  /** Where the ticks of this list are kept: its order and its pages make no difference. */
  const keptAs = () => {
    const asked = new URLSearchParams(query());
    for (const name of ["page", "size", "sort"]) asked.delete(name);
    asked.sort();
    const program = find("#bulk [name=program_context]")?.value || "";
    return `${KEPT}${program} ${location.pathname}?${asked}`;
  };
  const kept = () => new Set(JSON.parse(sessionStorage.getItem(keptAs()) || "[]"));
  const forget = () => {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEPT)) sessionStorage.removeItem(key);
  };

  /** Note what is ticked on this page, and carry along what is ticked on others. */
  const keep = () => {
    const ids = kept();
    for (const box of boxes()) {
      if (!box.checked) ids.delete(box.value);
      else if (ids.size < MOST_KEPT) ids.add(box.value);
    }
    sessionStorage.setItem(keptAs(), JSON.stringify([...ids]));
    carry(ids);
    count();
  };

  const carry = (ids) => {
    for (const box of findAll("[data-carried]")) box.remove();
    const here = new Set(boxes().map((box) => box.value));
    for (const id of ids) {
      if (here.has(id)) continue;
      const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "ids", value: id });
      Object.assign(box, { checked: true, hidden: true });
      box.setAttribute("form", "bulk");
      box.dataset.carried = "";
      find("#list").append(box);
    }
  };

  /** Tick what was ticked when this page was here before. */
  const restore = () => {
    if (!find("#bulk")) return;
    const ids = kept();
    for (const box of boxes()) box.checked ||= ids.has(box.value);
    keep();
  };

  /** Count anew, and set the box in the head of the table. */
  const count = () => {
    const bar = find("#bulk");
    if (!bar) return;
    const all = boxes();
    const ticked = all.filter((box) => box.checked);
    const chosen = ticked.length + findAll("[data-carried]").length;
    const total = whole()?.checked ? Number(find("#list").dataset.total) : chosen;
    find("[data-bulk-count]", bar).textContent = total.toLocaleString(root.lang);
    const head = find("[data-bulk-page]");
    if (head) {
      head.checked = all.length > 0 && ticked.length === all.length;
      head.indeterminate = ticked.length > 0 && !head.checked;
    }
  };

  const tickAll = (state) => {
    for (const box of boxes()) box.checked = state;
    if (!state && whole()) whole().checked = false;
    keep();
  };

  const clear = () => {
    forget();
    tickAll(false);
  };

  let last = null; // the box that was clicked before, where a range begins

  document.addEventListener("click", (event) => {
    const box = event.target.closest('#list [name="ids"]');
    if (box) {
      const all = boxes();
      if (event.shiftKey && last?.isConnected) {
        const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
        for (const each of all.slice(from, to + 1)) each.checked = box.checked;
      }
      last = box;
    }
    if (event.target.closest("[data-bulk-clear]")) {
      clear();
      focusRow(0);
    }
    if (event.target.closest("[data-bulk-cancel]")) find("#bulk-dialog").close();
    // While selecting on a phone a row is a box, not a link.
    const row = root.hasAttribute("data-selecting") && event.target.closest("#list tbody tr");
    if (row && !box) {
      event.preventDefault();
      find('[name="ids"]', row)?.click();
    }
  });

  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-bulk-page]")) tickAll(target.checked);
    else if (target === whole() && target.checked) tickAll(true);
    else if (target.matches('#list [name="ids"]')) {
      if (!target.checked && whole()) whole().checked = false;
      keep();
    } else if (target === whole()) count();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-select-mode]");
    if (!button) return;
    const on = root.toggleAttribute("data-selecting");
    button.setAttribute("aria-pressed", on);
    [button.textContent, button.dataset.textDone] = [button.dataset.textDone, button.textContent];
    if (!on) clear();
  });

  /* --- The preview, and what comes after --- */

  document.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target.id !== "bulk-preview") return;
    for (const popover of findAll("[popover]:popover-open")) popover.hidePopover();
    const dialog = find("#bulk-dialog");
    if (!dialog.open) dialog.showModal();
  });

  document.addEventListener("list-changed", () => {
    clear();
    find("#bulk-dialog")?.close();
    if (root.hasAttribute("data-selecting")) find("[data-select-mode]")?.click();
    htmx.ajax("GET", location.pathname + location.search, { target: "#list", swap: "outerHTML" });
  });

  /* --- The address is the state: what stands beside the list follows it --- */

  let asker = null; // what sent the request whose answer is put in
  let answer = false; // whether that answer is a new list
  let top = false; // whether the page stood at its top

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    asker = detail.requestConfig?.elt;
    answer = detail.shouldSwap && detail.target?.id === "list";
    top = scrollY === 0 || Boolean(asker?.closest(".pager"));
  });

  const follow = () => {
    const form = find("#filters");
    if (!form || asker === form) return; // the form itself made the address, and may be ahead of it
    const asked = new URLSearchParams(location.search);
    for (const field of form.elements) {
      if (!field.name || field.type === "hidden" || field === document.activeElement) continue;
      const values = asked.getAll(field.name);
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else field.value = values[0] ?? "";
    }
  };
  document.addEventListener("htmx:pushedIntoHistory", follow);

  // A word that is typed is one entry of the history, not one for each letter: the first makes it.
  let typing = false;
  document.addEventListener("htmx:beforeHistoryUpdate", ({ detail }) => {
    const typed = asker?.id === "filters" && document.activeElement?.id === "f-q";
    if (typed && typing) detail.history.type = "replace";
    typing = typed;
  });
  document.addEventListener("focusout", ({ target }) => {
    if (target.id === "f-q") typing = false;
  });

  /* --- What is wrong with a filter stands beside it, and the sheet stays open --- */

  const tellErrors = () => {
    const panel = find("#pop-filters");
    if (!panel || !find("#list")) return;
    for (const list of findAll(".errorlist", panel)) list.remove();
    for (const field of findAll("[aria-invalid]", panel)) {
      for (const name of ["aria-invalid", "aria-describedby"]) field.removeAttribute(name);
    }
    const wrong = findAll("#list [data-error-of]").map((error) => {
      const field = document.getElementById(error.dataset.errorOf);
      const message = Object.assign(document.createElement("ul"), { className: "errorlist" });
      message.id = `${error.dataset.errorOf}_error`;
      message.append(Object.assign(document.createElement("li"), { textContent: error.dataset.message }));
      field?.closest(".field")?.append(message);
      field?.setAttribute("aria-invalid", "true");
      field?.setAttribute("aria-describedby", message.id);
      return panel.contains(field) ? field : null;
    });
    const first = wrong.find(Boolean);
    if (!first) return;
    if (!panel.matches(":popover-open")) {
      panel.showPopover();
      first.focus();
    }
  };
  document.addEventListener("htmx:afterSettle", ({ target }) => target.id === "list" && tellErrors());
  window.addEventListener("pageshow", tellErrors);

  /* --- An answer is seen sooner --- */

  for (const kind of ["pushedIntoHistory", "replacedInHistory"]) {
    document.addEventListener(`htmx:${kind}`, () => {
      // The old list leaves in one piece: htmx would send an event to each of its parts, which nobody hears.
      if (answer) find("#list")?.replaceChildren();
    });
  }
  document.addEventListener("htmx:afterSwap", () => {
    const later = find("#list tbody > template");
    if (!later) return;
    const show = () => {
      if (!later.isConnected) return;
      later.replaceWith(later.content);
      restore();
    };
    // What lies below the fold comes with the picture after the first.
    if (!top || innerHeight > 930) return show();
    scrollTo(0, 0); // with the picture, not after it
    requestAnimationFrame(() => setTimeout(show));
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view-save]");
    if (!link) return;
    const url = new URL(link.href);
    url.searchParams.set("query", query());
    link.href = url;
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-columns]")) form.elements.query.value = query();
    if (form.matches("[data-density-form]")) event.preventDefault(); // app.js has done it, and keeps it
  });

  /* --- Keys --- */

  const links = () => findAll("#list tbody .who a, #list .tile a");

  const focusRow = (index) => {
    const all = links();
    const link = all[Math.min(Math.max(index, 0), all.length - 1)];
    if (!link) return;
    link.focus({ preventScroll: true });
    link.closest("tr, .tile").scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    // The browser would print this page of the list alone.
    const printout = find("[data-printout]");
    if (printout && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && key.toLowerCase() === "p") {
      event.preventDefault();
      printout.click();
      return;
    }
    const free = !find("dialog[open]") && !find("[popover]:popover-open");
    if (key === "Escape" && free && (find('#list [name="ids"]:checked') || whole()?.checked)) {
      clear();
      return;
    }
    const typing = target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || root.dataset.shortcuts === "off" || !free) return;
    const at = links().indexOf(target.closest("tr, .tile")?.querySelector(".who a, .tile a"));
    if (key === "j") focusRow(at + 1);
    else if (key === "k") focusRow(at < 0 ? 0 : at - 1);
    else if (key === "x" && at >= 0) find('[name="ids"]', target.closest("tr, .tile"))?.click();
  });

  // Back may bring the page as it was left, with its ticks, or anew.
  window.addEventListener("pageshow", restore);
  document.addEventListener("htmx:afterSettle", ({ target }) => (target.id === "list" ? restore() : count()));
})();
