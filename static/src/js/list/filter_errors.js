/* What is wrong with a filter is shown beside it, and the sheet of filters stays open. */

import { find, findAll, make } from "../shared/dom.js";

const clearErrors = (panel) => {
  for (const list of findAll(".errorlist", panel)) list.remove();
  for (const field of findAll("[aria-invalid]", panel)) {
    for (const name of ["aria-invalid", "aria-describedby"]) field.removeAttribute(name);
  }
};

/** Show an error of the list at its field, and return the field. */
const showError = ({ dataset: { errorOf, message } }) => {
  const field = document.getElementById(errorOf);
  const list = make("ul", { className: "errorlist", id: `${errorOf}_error` }, make("li", {}, message));
  field?.closest(".field")?.append(list);
  field?.setAttribute("aria-invalid", "true");
  field?.setAttribute("aria-describedby", list.id);
  return field;
};

const showErrors = () => {
  const panel = find("#pop-filters");
  if (!panel || !find("#list")) return;
  clearErrors(panel);
  const first = findAll("#list [data-error-of]")
    .map(showError)
    .find((field) => panel.contains(field) && field);
  if (!first || panel.matches(":popover-open")) return;
  panel.showPopover();
  first.focus();
};
document.addEventListener("htmx:afterSettle", ({ target }) => target.id === "list" && showErrors());
window.addEventListener("pageshow", showErrors);
