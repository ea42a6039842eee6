/* The command palette: a combobox over what the server finds. It keeps nothing in the browser. */

"use strict";

(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = document.getElementById("palette-input");
  const results = document.getElementById("palette-results");
  const said = document.getElementById("palette-said");
  const options = () => [...results.querySelectorAll("[role=option]")];
  const active = () => results.querySelector("[aria-selected=true]");
  const typed = () => input.value.split(/\s+/).filter(Boolean).join(" ");
  const isCurrent = () => results.querySelector("[role=listbox]")?.dataset.query === typed();

  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  for (const key of document.querySelectorAll("[data-mac]")) {
    if (mac) key.textContent = key.dataset.mac;
  }

  let wanted = null; // the key that was pressed before its results were there

  const choose = (option) => {
    for (const each of options()) each.setAttribute("aria-selected", each === option);
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };

  const open = () => {
    for (const popover of document.querySelectorAll("[popover]:popover-open")) popover.hidePopover();
    for (const next of dialog.querySelectorAll("[name=next]")) {
      // A list may have changed its address since the page came. The search page leads to the dashboard.
      if (next.value !== dialog.dataset.home) next.value = location.pathname + location.search;
    }
    dialog.showModal();
    input.dispatchEvent(new CustomEvent("palette-open"));
  };

  // Opened so soon that nothing listened yet.
  document.addEventListener("DOMContentLoaded", () => {
    if (dialog.open) input.dispatchEvent(new CustomEvent("palette-open"));
  });

  const run = (option, event) => {
    if (option.href && (event.ctrlKey || event.metaKey)) window.open(option.href, "_blank", "noopener");
    else option.click();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-palette-open]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    if (event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else if (!document.querySelector("dialog[open]")) open();
  });

  input.addEventListener("keydown", (event) => {
    const all = options();
    const place = all.indexOf(active());
    let next;
    if (event.isComposing || event.shiftKey || event.altKey) return;
    if (event.key === "ArrowDown") next = all[(place + 1) % all.length];
    else if (event.key === "ArrowUp") next = all.at(place < 0 ? -1 : place - 1);
    else if (event.key === "Home" && all.length) [next] = all;
    else if (event.key === "End" && all.length) next = all.at(-1);
    else if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation(); // Ctrl Enter would save the form behind
      if (!isCurrent()) wanted = { ctrlKey: event.ctrlKey, metaKey: event.metaKey };
      else if (active()) run(active(), event);
      return;
    } else return;
    event.preventDefault();
    if (next) choose(next);
  });

  input.addEventListener("input", () => {
    wanted = null;
  });

  results.addEventListener("htmx:afterSwap", ({ target }) => {
    const all = options();
    input.setAttribute("aria-expanded", all.length > 0);
    const nothing = document.getElementById("palette-nothing");
    if (nothing) nothing.hidden = all.length > 0;
    // Only where something was typed: else Enter would lead away from the page by accident. What comes later, at the
    // end of the list, takes nothing from what is chosen.
    if (target === results || !active()) choose(typed() ? all[0] : null);
    said.textContent = [...results.querySelectorAll("[data-said]")].at(-1).dataset.said;
    if (wanted && isCurrent() && active()) run(active(), wanted);
    if (isCurrent()) wanted = null;
  });

  // Before the handlers of the page, which may open another dialog.
  results.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    if (option.href && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
    const button = option.dataset.press && document.querySelector(option.dataset.press);
    dialog.close();
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // The pointer leaves the focus in the input, which steers the list.
  results.addEventListener("mousedown", (event) => event.preventDefault());

  dialog.addEventListener("close", () => {
    wanted = null;
    input.value = "";
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    results.replaceChildren();
    said.textContent = "";
  });
})();
