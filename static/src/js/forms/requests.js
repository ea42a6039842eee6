/* Sends a form by fetch(), also with a token that is out of date. */

import { whoIsThere } from "./session.js";

const TIMEOUT = 60000;

const answerOf = async (response) => {
  if (response.headers.has("X-Signed-Out")) return { kind: "signed-out" };
  const url = response.headers.get("X-Location");
  if (url) return { kind: "moved", url };
  const html = await response.text();
  const page = new DOMParser().parseFromString(html, "text/html");
  return { kind: "answer", status: response.status, html, page };
};

const TOO_LONG = "too long";

/** Send a form. The promise is of {kind, …}: "moved" with url; "answer" with status, html and page, the parsed html;
    "offline"; "stopped"; "signed-out"; or "other-user" with name. `stop` is an AbortController: a request that it ends is
    "stopped", one that takes too long is "offline". */
export const post = async (url, body, { keepalive = false, stop = new AbortController() } = {}) => {
  const headers = { "X-Form": "1" };
  const send = () => fetch(url, { method: "POST", body, headers, keepalive, signal: stop.signal });
  const timer = setTimeout(() => stop.abort(TOO_LONG), TIMEOUT);
  try {
    let response = await send();
    if (response.headers.has("X-Form-Out-Of-Date")) {
      const told = await whoIsThere();
      if (!told.user) return { kind: "signed-out" };
      if (!told.same) return { kind: "other-user", name: told.name };
      body.set("csrfmiddlewaretoken", told.token);
      response = await send();
    }
    return await answerOf(response);
  } catch {
    return { kind: stop.signal.aborted && stop.signal.reason !== TOO_LONG ? "stopped" : "offline" };
  } finally {
    clearTimeout(timer);
  }
};
