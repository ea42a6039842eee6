/* The address of a list holds its search, filters, order and page; what stands beside the list follows the address. */

import { find, onClick } from "../shared/dom.js";

/** The query string of the list, without the program, which is no part of it. */
export const listQuery = () => {
  const query = new URLSearchParams(location.search);
  query.delete("in");
  return query.toString();
};

let requester = null; // the element whose request is answered

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  requester = detail.requestConfig?.elt;
});

/** Set the fields of the filters to the values of the address. */
const fillFilters = () => {
  const form = find("#filters");
  if (!form || requester === form) return; // the form itself made the address, and may be ahead of it
  const query = new URLSearchParams(location.search);
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden" || field === document.activeElement) continue;
    const values = query.getAll(field.name);
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
};
document.addEventListener("htmx:pushedIntoHistory", fillFilters);

// A word that is typed is one entry of the history, not one for each letter: the first makes it.
let typing = false;
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
  if (form.matches("[data-density-form]")) event.preventDefault(); // page/appearance.js has changed and saved it
});
