/* Keeps what is typed into a form on the server, so that a closed tab or a dead phone loses nothing.
   form[data-draft] names the draft, data-draft-url takes it. Nothing is kept in the browser. */

"use strict";

(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const pause = 1500;
  let timer = 0;
  let kept = "";
  let leaving = false;

  const content = () => {
    const data = new FormData(form);
    data.append("draft_form", form.dataset.draft);
    return new URLSearchParams([...data].filter(([, value]) => typeof value === "string"));
  };

  const keep = (late = false) => {
    clearTimeout(timer);
    const body = content();
    const text = body.toString();
    if (leaving || text === kept) return;
    kept = text;
    fetch(form.dataset.draftUrl, { method: "POST", body, headers: academy.headers(), keepalive: late }).catch(() => {
      kept = ""; // no connection: the next change tries again
    });
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, pause);
  };

  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && timer) keep(true);
  });
})();
