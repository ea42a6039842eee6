(() => {
  // static/src/js/shared/dom.js
  var find = (selector, within = document) => within.querySelector(selector);
  var findAll = (selector, within = document) => [...within.querySelectorAll(selector)];
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

  // static/src/js/picker.js
  var boxOf = (element) => element.closest?.("[data-picker]");
  var partsOf = (box) => {
    const part = (name) => find(`[data-picker-${name}]`, box);
    const [key, chosen, popup, clear, said] = ["key", "chosen", "popup", "clear", "said"].map(part);
    return { text: find("[role=combobox]", box), key, chosen, popup, clear, said };
  };
  var activeOf = ({ popup }) => find("[aria-selected=true]", popup);
  var isOpen = ({ text }) => text.getAttribute("aria-expanded") === "true";
  var ask = ({ text }) => text.dispatchEvent(new CustomEvent("picker-open"));
  var showClear = ({ text, clear }) => {
    clear.hidden = text.required || !text.value;
  };
  var activate = ({ text, popup }, option) => {
    for (const each of findAll("[role=option]", popup)) each.setAttribute("aria-selected", each === option);
    if (option) text.setAttribute("aria-activedescendant", option.id);
    else text.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };
  var close = (parts) => {
    parts.popup.hidden = true;
    parts.text.setAttribute("aria-expanded", "false");
    parts.said.textContent = "";
    activate(parts, null);
  };
  var take = (parts, key, label) => {
    parts.key.value = key;
    parts.text.value = label;
    parts.chosen.value = label;
    close(parts);
    showClear(parts);
    htmx.trigger(parts.text, "htmx:abort");
    parts.key.dispatchEvent(new Event("input", { bubbles: true }));
  };
  var takeOption = (parts, { dataset }) => take(parts, dataset.value, dataset.label);
  var moves = {
    ArrowDown: (all, at) => all[(at + 1) % all.length],
    ArrowUp: (all, at) => all.at(at < 0 ? -1 : at - 1)
  };
  var onMove = (parts, event) => {
    event.preventDefault();
    if (!isOpen(parts)) {
      ask(parts);
      return;
    }
    const all = findAll("[role=option]", parts.popup);
    parts.popup.dataset.moved = "";
    activate(parts, moves[event.key](all, all.indexOf(activeOf(parts))));
  };
  var onKey = (parts, event) => {
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
      event.preventDefault();
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
    true
  );
  document.addEventListener("focusout", ({ target }) => {
    const box = target.matches("[role=combobox]") && boxOf(target);
    if (box) close(partsOf(box));
  });
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
})();
