/* The row picker, a combobox over what the server finds (crud/fields/row_picker.html): the text says what to search for, a
   hidden input has the key of the chosen row. Without this script the button "Search" submits the form, which comes back
   with the matches. */

import { find, findAll, onClick, onLoad } from "./shared/dom.js";

const boxOf = (element) => element.closest?.("[data-picker]");
const partsOf = (box) => {
  const part = (name) => find(`[data-picker-${name}]`, box);
  const [key, chosen, popup, clear, said] = ["key", "chosen", "popup", "clear", "said"].map(part);
  return { text: find("[role=combobox]", box), key, chosen, popup, clear, said };
};
const activeOf = ({ popup }) => find("[aria-selected=true]", popup);
const isOpen = ({ text }) => text.getAttribute("aria-expanded") === "true";
const ask = ({ text }) => text.dispatchEvent(new CustomEvent("picker-open"));
const showClear = ({ text, clear }) => {
  clear.hidden = text.required || !text.value;
};

const activate = ({ text, popup }, option) => {
  for (const each of findAll("[role=option]", popup)) each.setAttribute("aria-selected", each === option);
  if (option) text.setAttribute("aria-activedescendant", option.id);
  else text.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
};

const close = (parts) => {
  parts.popup.hidden = true;
  parts.text.setAttribute("aria-expanded", "false");
  parts.said.textContent = "";
  activate(parts, null);
};

/** Take a row, or for an empty key none. The event is for what guards the form and saves its draft. */
const take = (parts, key, label) => {
  parts.key.value = key;
  parts.text.value = label;
  parts.chosen.value = label;
  close(parts);
  showClear(parts);
  htmx.trigger(parts.text, "htmx:abort");
  parts.key.dispatchEvent(new Event("input", { bubbles: true }));
};
const takeOption = (parts, { dataset }) => take(parts, dataset.value, dataset.label);

const moves = {
  ArrowDown: (all, at) => all[(at + 1) % all.length],
  ArrowUp: (all, at) => all.at(at < 0 ? -1 : at - 1),
};

const onMove = (parts, event) => {
  event.preventDefault();
  if (!isOpen(parts)) {
    ask(parts);
    return;
  }
  const all = findAll("[role=option]", parts.popup);
  parts.popup.dataset.moved = "";
  activate(parts, moves[event.key](all, all.indexOf(activeOf(parts))));
};

const onKey = (parts, event) => {
  const active = isOpen(parts) && activeOf(parts);
  if (event.key in moves) onMove(parts, event);
  else if (event.key === "Escape" && isOpen(parts)) {
    event.preventDefault();
    event.stopPropagation();
    close(parts);
  } else if (event.key === "Enter" && active) {
    event.preventDefault();
    takeOption(parts, active);
  } else if (event.key === "Enter" && parts.text.value && !parts.key.value) {
    event.preventDefault(); // what was typed is no row yet
    ask(parts);
  } else if (event.key === "Tab" && active && "moved" in parts.popup.dataset) takeOption(parts, active);
};

document.addEventListener("keydown", (event) => {
  const box = event.target.matches("[role=combobox]") && boxOf(event.target);
  if (box && !event.ctrlKey && !event.metaKey && !event.altKey) onKey(partsOf(box), event);
});

document.addEventListener("input", ({ target }) => {
  const box = target.matches("[role=combobox]") && boxOf(target);
  if (!box) return;
  const parts = partsOf(box);
  parts.key.value = "";
  showClear(parts);
});

document.addEventListener("htmx:configRequest", (event) => {
  const box = boxOf(event.target);
  if (!box) return;
  const { key, text } = partsOf(box);
  // A row was taken before what had been typed was searched for.
  if (key.value && event.detail.triggeringEvent?.type === "input") event.preventDefault();
  event.detail.parameters = { q: key.value ? "" : text.value };
});

document.addEventListener("htmx:afterSwap", ({ target }) => {
  const box = target.matches("[data-picker-popup]") && boxOf(target);
  if (!box) return;
  const parts = partsOf(box);
  if (document.activeElement !== parts.text) return;
  const list = find("[role=listbox]", parts.popup);
  const all = findAll("[role=option]", list);
  list.id = parts.text.getAttribute("aria-controls");
  for (const [number, option] of all.entries()) option.id = `${list.id}-${number}`;
  parts.popup.hidden = false;
  delete parts.popup.dataset.moved;
  parts.text.setAttribute("aria-expanded", all.length > 0);
  activate(parts, parts.text.value && !parts.key.value ? all[0] : null);
  const more = find("p", parts.popup)?.textContent || "";
  parts.said.textContent = all.length ? `${list.dataset.said}. ${more}`.trim() : more;
  if (parts.popup.getBoundingClientRect().bottom > innerHeight) box.scrollIntoView({ block: "start" });
});

// The session has ended: the form says so, and nothing that was typed is lost. Before page/swaps.js, which would reload.
document.addEventListener(
  "htmx:beforeSwap",
  (event) => {
    const box = event.target.matches("[data-picker-popup]") && boxOf(event.target);
    const answered = box && new URL(event.detail.xhr.responseURL || location.href).pathname;
    if (!box || answered !== document.body.dataset.login) return;
    event.stopPropagation();
    event.detail.shouldSwap = false;
    academy.refused(box.closest("form"), { kind: "signed-out" });
  },
  true,
);

document.addEventListener("focusout", ({ target }) => {
  const box = target.matches("[role=combobox]") && boxOf(target);
  if (box) close(partsOf(box));
});
// A pointer leaves the focus in the input, which controls the list.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest("[data-picker-popup]")) event.preventDefault();
});
onClick("[data-picker] [role=option]", (option) => takeOption(partsOf(boxOf(option)), option));
onClick("[data-picker] [role=combobox]", (text) => {
  const parts = partsOf(boxOf(text));
  if (parts.popup.hidden) ask(parts);
});
onClick("[data-picker-clear]", (button) => {
  const parts = partsOf(boxOf(button));
  take(parts, "", "");
  parts.text.focus();
});

onLoad((within) => {
  for (const each of findAll("[data-picker-search], [data-picker-matches]", within)) each.remove();
  for (const box of findAll("[data-picker]", within)) showClear(partsOf(box));
});
