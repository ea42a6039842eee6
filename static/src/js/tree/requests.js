/* Sends requests one after the other. */

import { page, showSaved, showState } from "./course.js";

let last = Promise.resolve();
let pendingWrites = 0;

/** Resolves when the requests that were sent so far are answered. */
export const idle = () => last;

const request = (verb, path, values) =>
  new Promise((resolve) => {
    const done = ({ detail }) => {
      if (detail.elt !== page) return;
      page.removeEventListener("htmx:afterRequest", done);
      resolve(detail.xhr?.status || 0);
    };
    page.addEventListener("htmx:afterRequest", done);
    htmx.ajax(verb, path, { source: page, swap: "none", values }).catch(() => resolve(0));
  });

const write = async (verb, path, values) => {
  showState("saving");
  pendingWrites += 1;
  last = last.then(() => request(verb, path, { ...values, selected: page.dataset.selected }));
  const status = await last;
  pendingWrites -= 1;
  if (status >= 400) showState("failed");
  else if (!status) showState("offline");
  else if (!pendingWrites) showSaved();
  return status;
};

/** Send a request when those before it are answered. The promise is of the status, 0 without an answer. */
export const send = (verb, path, values = {}) => {
  if (verb !== "GET") return write(verb, path, values);
  last = last.then(() => request(verb, path, values));
  return last;
};
