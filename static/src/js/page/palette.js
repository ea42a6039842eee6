/* The command palette: a combobox over what the server finds. It stores nothing in the browser. */

import { closePopovers, find, findAll, onClick } from "../shared/dom.js";

const dialog = document.getElementById("palette");
const input = document.getElementById("palette-input");
const results = document.getElementById("palette-results");
const status = document.getElementById("palette-said");

const options = () => findAll("[role=option]", results);
const active = () => find("[aria-selected=true]", results);
const query = () => input.value.split(/\s+/).filter(Boolean).join(" ");
const isCurrent = () => find("[role=listbox]", results)?.dataset.query === query();

let waitingEnter = null; // Enter, pressed before its results were there: its modifiers

const activate = (option) => {
  for (const each of options()) each.setAttribute("aria-selected", each === option);
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
};

const tellOpened = () => input.dispatchEvent(new CustomEvent("palette-open"));

const open = () => {
  closePopovers();
  for (const next of findAll("[name=next]", dialog)) {
    // A list may have changed its address since the page came. The search page leads to the dashboard.
    if (next.value !== dialog.dataset.home) next.value = location.pathname + location.search;
  }
  dialog.showModal();
  tellOpened();
};

const run = (option, { ctrlKey, metaKey }) => {
  if (option.href && (ctrlKey || metaKey)) window.open(option.href, "_blank", "noopener");
  else option.click();
};

const onShortcut = (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
  if (event.altKey || event.shiftKey) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else if (!find("dialog[open]")) open();
};

const onEnter = (event) => {
  event.preventDefault();
  event.stopPropagation(); // Ctrl Enter would save the form behind
  if (!isCurrent()) waitingEnter = { ctrlKey: event.ctrlKey, metaKey: event.metaKey };
  else if (active()) run(active(), event);
};

const onKey = (event) => {
  if (event.isComposing || event.shiftKey || event.altKey) return;
  if (event.key === "Enter") {
    onEnter(event);
    return;
  }
  const all = options();
  const place = all.indexOf(active());
  let next;
  if (event.key === "ArrowDown") next = all[(place + 1) % all.length];
  else if (event.key === "ArrowUp") next = all.at(place < 0 ? -1 : place - 1);
  else if (event.key === "Home" && all.length) [next] = all;
  else if (event.key === "End" && all.length) next = all.at(-1);
  else return;
  event.preventDefault();
  if (next) activate(next);
};

const onResults = ({ target }) => {
  const all = options();
  input.setAttribute("aria-expanded", all.length > 0);
  const nothing = document.getElementById("palette-nothing");
  if (nothing) nothing.hidden = all.length > 0;
  // Only where something was typed: else Enter would leave the page by accident. Results that come later, at the end of
  // the list, do not change the active one.
  if (target === results || !active()) activate(query() ? all[0] : null);
  status.textContent = findAll("[data-said]", results).at(-1).dataset.said;
  if (waitingEnter && isCurrent() && active()) run(active(), waitingEnter);
  if (isCurrent()) waitingEnter = null;
};

// Before the handlers of the page, which may open another dialog.
const onResultClick = (event) => {
  const option = event.target.closest("[role=option]");
  if (!option) return;
  if (option.href && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
  const button = option.dataset.press && find(option.dataset.press);
  dialog.close();
  if (!button) return;
  event.preventDefault();
  button.click();
};

const clear = () => {
  waitingEnter = null;
  input.value = "";
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
  results.replaceChildren();
  status.textContent = "";
};

const listen = () => {
  // Opened before anything listened.
  document.addEventListener("DOMContentLoaded", () => dialog.open && tellOpened());
  onClick("[data-palette-open]", (_, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("keydown", onShortcut);
  input.addEventListener("keydown", onKey);
  input.addEventListener("input", () => {
    waitingEnter = null;
  });
  results.addEventListener("htmx:afterSwap", onResults);
  results.addEventListener("click", onResultClick);
  // A pointer leaves the focus in the input, which controls the list.
  results.addEventListener("mousedown", (event) => event.preventDefault());
  dialog.addEventListener("close", clear);
};

if (dialog) {
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  for (const key of findAll("[data-mac]")) if (mac) key.textContent = key.dataset.mac;
  listen();
}
