/* What the server wrote into the page for scripts. */

import { find } from "./dom.js";

/** The headers of a fetch(): the CSRF token and the program of this page. */
export const headers = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");

/** The words of data-text-<name> of #toasts, in the user's language. */
export const text = (name) => find("#toasts")?.getAttribute(`data-text-${name}`) || "";

/** Whether a keydown may be a shortcut: shortcuts are on, no modifier is pressed, and the focus is in none of `fields`. */
export const takesShortcut = ({ target, ctrlKey, metaKey, altKey }, fields) => {
  const on = document.documentElement.dataset.shortcuts !== "off";
  return on && !ctrlKey && !metaKey && !altKey && !target.matches(fields);
};

/** Keys of the session storage that hold the selected rows of a list begin so. */
export const SELECTED_ROWS = "academy.ticked ";

export const removeSelectedRows = () => {
  for (const key of Object.keys(sessionStorage))
    if (key.startsWith(SELECTED_ROWS)) sessionStorage.removeItem(key);
};

/** A token for the form of the next new row. Not randomUUID(), which plain HTTP does not have. */
export const newToken = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};
