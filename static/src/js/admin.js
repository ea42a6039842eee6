/* Scripts of the administration that its library does not have. */

import "./page/composing.js";
import { find, findAll } from "./shared/dom.js";

// The program menu focuses its search when it opens. The browser closes it by Escape and a click outside.
const menu = document.getElementById("pop-program");
menu?.addEventListener("toggle", (event) => {
  if (event.newState === "open") find("input[type=search], button, a", menu)?.focus();
});

/** Fill in the number of a row that is a copy of the template. */
const numberRow = (row, number) => {
  for (const element of findAll("[name], [id], [for]", row)) {
    for (const name of ["name", "id", "for"]) {
      const value = element.getAttribute(name);
      if (value !== null) element.setAttribute(name, value.replace("__prefix__", number));
    }
  }
  for (const element of findAll("[data-row-number]", row)) element.textContent = number + 1;
};

// Rows of a formset, as emergency contacts: a button adds one, up to as many as there may be.
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
