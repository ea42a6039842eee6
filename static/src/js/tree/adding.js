/* The lines that add a node. Text typed into one of them outlives the answer to another request. */

import { find, findAll } from "../shared/dom.js";
import { newToken } from "../shared/page.js";
import { byId, page, text } from "./course.js";
import { send } from "./requests.js";

const typed = new Map(); // id of an input → [its value, the token of its form]

const store = () => {
  typed.clear();
  for (const input of findAll("form[data-add] [name=name]", page)) {
    if (input.value) typed.set(input.id, [input.value, input.form.elements.token.value]);
  }
};

const fill = (input, value, token) => {
  input.value = value;
  input.form.elements.token.value = token;
};

const restore = () => {
  for (const [id, [value, token]] of typed) {
    const input = byId(id);
    if (input && !input.value) fill(input, value, token);
  }
  typed.clear();
};

/** Add a node. The line is free for the next one at once; the token of the form makes the same entry add once. */
export const add = async (form, path, values) => {
  const { id } = form.elements.name;
  form.elements.name.focus();
  fill(form.elements.name, "", newToken());
  const status = await send("POST", path, values);
  const input = byId(id);
  if (status === 200 || status === 422 || !input) return;
  if (input.value && input.value !== values.name) {
    academy.toast(text("refused", values.name), "error");
    return;
  }
  fill(input, values.name, values.token);
};

export const keepTypedLines = () => {
  page.addEventListener("htmx:beforeSwap", store);
  page.addEventListener("htmx:afterRequest", restore);
};

export const addLineOf = (list) => find(":scope > .add", list);
