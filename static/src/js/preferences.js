/* Keeps for the user what app.js keeps for this browser, and tells the server the browser's time zone. */

"use strict";

(() => {
  const root = document.documentElement;
  const { preferences } = document.body.dataset;

  const keep = (name, value) => {
    if (!preferences) return;
    const body = new URLSearchParams({ [name]: value });
    fetch(preferences, { method: "POST", body, headers: window.academy.headers(), keepalive: true });
  };

  // app.js has changed the page by now: its listeners were there first.
  document.addEventListener("click", (event) => {
    if (event.target.closest("button[data-density]")) keep("density", root.dataset.density);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-shortcuts-toggle]")) keep("shortcuts", root.dataset.shortcuts);
  });

  // Where the academy begins: this script lies in static/js/ below it.
  const base = new URL("../../", document.currentScript.src).pathname;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes(`time_zone=${zone}`)) {
    document.cookie = `time_zone=${zone};path=${base};max-age=31536000;samesite=lax`;
  }
})();
