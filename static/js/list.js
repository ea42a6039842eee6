/* Lists: selecting rows, changing many, moving with the keys. All of it is a convenience: the boxes, the bar and the
   links of the list work without this file. What is ticked shows by CSS; here it is counted. */

"use strict";

(() => {
  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);
  const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

  const boxes = () => findAll('#list [name="ids"]');
  const whole = () => find('#bulk [name="all"]');
  const query = () => {
    const asked = new URLSearchParams(location.search);
    asked.delete("in"); // the program of the page is no part of the list
    return asked.toString();
  };

  /* --- What is ticked --- */

  /** Count anew, and set the box in the head of the table. */
  const count = () => {
    const bar = find("#bulk");
    if (!bar) return;
    const all = boxes();
    const ticked = all.filter((box) => box.checked);
    const total = whole()?.checked ? Number(find("#list").dataset.total) : ticked.length;
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
    count();
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
      tickAll(false);
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
      count();
    } else if (target === whole()) count();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-select-mode]");
    if (!button) return;
    const on = root.toggleAttribute("data-selecting");
    button.setAttribute("aria-pressed", on);
    [button.textContent, button.dataset.textDone] = [button.dataset.textDone, button.textContent];
    if (!on) tickAll(false);
  });

  /* --- The preview, and what comes after --- */

  document.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target.id !== "bulk-preview") return;
    for (const popover of findAll("[popover]:popover-open")) popover.hidePopover();
    const dialog = find("#bulk-dialog");
    if (!dialog.open) dialog.showModal();
  });

  document.addEventListener("list-changed", () => {
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

  /* --- An answer is seen sooner --- */

  document.addEventListener("htmx:pushedIntoHistory", () => {
    if (!answer) return;
    // The old list leaves in one piece: htmx would send an event to each of its parts, which nobody hears.
    find("#list")?.replaceChildren();
  });
  document.addEventListener("htmx:afterSwap", () => {
    const later = find("#list tbody > template");
    if (!later) return;
    const show = () => later.isConnected && later.replaceWith(later.content);
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
    if (key === "Escape" && free && (boxes().some((box) => box.checked) || whole()?.checked)) {
      tickAll(false);
      return;
    }
    const typing = target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || root.dataset.shortcuts === "off" || !free) return;
    const at = links().indexOf(target.closest("tr, .tile")?.querySelector(".who a, .tile a"));
    if (key === "j") focusRow(at + 1);
    else if (key === "k") focusRow(at < 0 ? 0 : at - 1);
    else if (key === "x" && at >= 0) find('[name="ids"]', target.closest("tr, .tile"))?.click();
  });

  // Back may bring the page as it was left, with its ticks.
  window.addEventListener("pageshow", count);
  document.addEventListener("htmx:afterSettle", count);
})();
