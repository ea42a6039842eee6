"use strict";
(() => {
  // static/src/js/preferences.js
  (() => {
    const root = document.documentElement;
    const { preferences } = document.body.dataset;
    const keep = (name, value) => {
      if (!preferences) return;
      const body = new URLSearchParams({ [name]: value });
      fetch(preferences, { method: "POST", body, headers: window.academy.headers(), keepalive: true });
    };
    document.addEventListener("click", (event) => {
      if (event.target.closest("button[data-density]")) keep("density", root.dataset.density);
    });
    document.addEventListener("change", (event) => {
      if (event.target.matches("[data-shortcuts-toggle]")) keep("shortcuts", root.dataset.shortcuts);
    });
    const base = new URL("../../", document.currentScript.src).pathname;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && !document.cookie.split("; ").includes(`time_zone=${zone}`)) {
      document.cookie = `time_zone=${zone};path=${base};max-age=31536000;samesite=lax`;
    }
  })();
})();
