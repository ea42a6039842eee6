(() => {
  // static/src/js/page/composing.js
  var KEY_OF_INPUT_METHOD = 229;
  var android = /Android/.test(navigator.userAgent);
  var composing = false;
  var isPlainTyping = (text) => android && /^[\p{Script=Latin}\p{M}\p{N}\p{P}\p{Zs}]*$/u.test(text || "");
  var begin = (event) => {
    composing = !isPlainTyping(event.data);
  };
  window.addEventListener("compositionstart", begin, true);
  window.addEventListener("compositionupdate", begin, true);
  window.addEventListener(
    "compositionend",
    ({ target }) => {
      if (!composing) return;
      composing = false;
      setTimeout(() => target.dispatchEvent(new Event("input", { bubbles: true })));
    },
    true
  );
  window.addEventListener("input", (event) => composing && event.stopImmediatePropagation(), true);
  for (const kind of ["keydown", "keyup"]) {
    window.addEventListener(
      kind,
      (event) => {
        const ofMethod = event.isComposing || event.keyCode === KEY_OF_INPUT_METHOD;
        if (ofMethod && !android) event.stopImmediatePropagation();
        else if (composing) event.stopImmediatePropagation();
      },
      true
    );
  }

  // static/src/js/shared/dom.js
  var find = (selector, within = document) => within.querySelector(selector);
  var findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

  // static/src/js/admin.js
  var menu = document.getElementById("pop-program");
  menu?.addEventListener("toggle", (event) => {
    if (event.newState === "open") find("input[type=search], button, a", menu)?.focus();
  });
  var numberRow = (row, number) => {
    for (const element of findAll("[name], [id], [for]", row)) {
      for (const name of ["name", "id", "for"]) {
        const value = element.getAttribute(name);
        if (value !== null) element.setAttribute(name, value.replace("__prefix__", number));
      }
    }
    for (const element of findAll("[data-row-number]", row)) element.textContent = number + 1;
  };
  for (const box of findAll("[data-rows]")) {
    const total = find(`[name="${box.dataset.rows}-TOTAL_FORMS"]`, box);
    const most = Number(find(`[name="${box.dataset.rows}-MAX_NUM_FORMS"]`, box).value);
    const button = find("[data-row-add]", box);
    button.hidden = Number(total.value) >= most;
    button.addEventListener("click", () => {
      const row = find("template", box).content.cloneNode(true).firstElementChild;
      numberRow(row, Number(total.value));
      find("[data-rows-list]", box).append(row);
      total.value = Number(total.value) + 1;
      button.hidden = Number(total.value) >= most;
      find("input, select, textarea", row).focus();
    });
  }
})();
