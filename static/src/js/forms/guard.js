/* Forms: a warning before unsaved changes are lost, and one submit only. */

import { find, findAll, onLoad } from "../shared/dom.js";

const savedContent = new Map(); // form → its content when it was loaded or last saved
const contentOf = (form) => {
  const data = new FormData(form);
  data.delete("csrfmiddlewaretoken");
  return new URLSearchParams([...data].map(([name, value]) => [name, String(value)])).toString();
};
const isDirty = (form) => form.dataset.guard === "dirty" || contentOf(form) !== savedContent.get(form);
/** Show or hide what says that the form has unsaved changes. */
export const showUnsaved = (form) => {
  const dirty = isDirty(form);
  for (const element of findAll("[data-dirty]", form)) element.hidden = !dirty;
  for (const element of findAll("[data-clean]", form)) element.hidden = dirty;
};

onLoad((within) => {
  const forms = findAll("form[data-guard]", within);
  if (within.matches?.("form[data-guard]")) forms.push(within);
  for (const form of forms) {
    savedContent.set(form, contentOf(form));
    showUnsaved(form);
  }
  find("[data-focus]", within)?.focus();
});
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const { form } = event.target;
    if (savedContent.has(form)) showUnsaved(form);
  });
}

/** Whether a field differs from what the server sent: typed before the scripts were loaded, or restored by the browser. */
const isTouched = (field) => {
  if (field.options) {
    const sent = [...field.options].filter((option) => option.defaultSelected);
    if (!sent.length && !field.multiple) sent.push(field.options[0]);
    return [...field.options].some((option) => option.selected !== sent.includes(option));
  }
  if (/^(checkbox|radio)$/.test(field.type)) return field.checked !== field.defaultChecked;
  return (
    /^(INPUT|TEXTAREA)$/.test(field.tagName) && field.type !== "file" && field.value !== field.defaultValue
  );
};

// When every script is loaded: a search that was typed before is sent, and a form is guarded and kept as a draft.
document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.forms) {
    if (![...form.elements].some(isTouched)) continue;
    if (form.matches("[role=search][hx-get]")) form.requestSubmit();
    if (!savedContent.has(form)) continue;
    form.dataset.guard = "dirty";
    showUnsaved(form);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

/** Where both versions of a field are offered, changing one's own means to keep that one. */
export const keepOwnVersion = (form, name) => {
  for (const take of findAll('[name="take"]', form)) {
    const { value } = take;
    if (name === value || name.startsWith(`${value}-`) || name === `${value}_other`) take.checked = false;
  }
};
document.addEventListener("input", ({ target: { form, name } }) => {
  if (form && name) keepOwnVersion(form, name);
});

const sentForms = new Set(); // forms that were sent and are not answered yet

const LOCKED_FOR = 10000;
/** Let a form be sent again. */
export const unlock = (form) => {
  sentForms.delete(form);
  for (const button of findAll("[data-held]", form)) {
    button.disabled = false;
    delete button.dataset.held;
  }
};

/** Let a form be sent only once, until it is answered or some seconds have passed. */
export const lock = (form) => {
  sentForms.add(form);
  // Whoever stops the browser, or loses the connection, can send it again; a form makes its row only once.
  setTimeout(() => unlock(form), LOCKED_FOR);
  // Not before the browser has collected the form: a disabled button would not send its own value.
  setTimeout(() => {
    if (!sentForms.has(form)) return;
    for (const button of findAll("button:not([type=button]):not(:disabled)", form)) {
      button.disabled = true;
      button.dataset.held = "";
    }
  });
};

/** Whether a form has changes that are neither saved nor sent. */
export const hasUnsavedForms = () =>
  [...savedContent.keys()].some((form) => form.isConnected && !sentForms.has(form) && isDirty(form));

window.addEventListener("beforeunload", (event) => {
  if (hasUnsavedForms()) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (sentForms.has(form)) {
    event.preventDefault(); // the second click of a double click
    return;
  }
  lock(form);
});

// Back from the page that a form led to, which the browser may have kept as it was.
window.addEventListener("pageshow", () => [...sentForms].forEach(unlock));

export const isSent = (form) => sentForms.has(form);

export const isGuarded = (form) => savedContent.has(form);

/** Take the present content of a form as saved. */
export const markSaved = (form) => {
  form.dataset.guard = "";
  savedContent.set(form, contentOf(form));
  showUnsaved(form);
};
