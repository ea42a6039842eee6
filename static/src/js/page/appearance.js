/* Theme, density, shortcuts and time zone. The server renders them from cookies, so nothing flashes; what the user chose
   is also kept in the account, where somebody is signed in. */

import { findAll, onClick } from "../shared/dom.js";
import { headers } from "../shared/page.js";

const root = document.documentElement;

// The cookies are those of the folder that the site is in: this script lies in static/js/ below it.
const sitePath = new URL("../../", document.currentScript.src).pathname;

const setCookie = (name, value) => {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs HTTPS
  document.cookie = `${name}=${value};path=${sitePath};max-age=31536000;samesite=lax`;
};

const saveInAccount = (name, value) => {
  const { preferences } = document.body.dataset;
  if (!preferences) return;
  const body = new URLSearchParams({ [name]: value });
  fetch(preferences, { method: "POST", body, headers: headers(), keepalive: true });
};

onClick("[data-theme-set]", (button) => {
  const theme = button.dataset.themeSet;
  setCookie("theme", theme);
  root.dataset.theme = theme;
  for (const each of findAll("[data-theme-set]")) {
    each.setAttribute("aria-pressed", each.dataset.themeSet === theme);
  }
});

onClick("button[data-density]", () => {
  const compact = root.dataset.density !== "compact";
  root.dataset.density = compact ? "compact" : "normal";
  setCookie("density", root.dataset.density);
  for (const each of findAll("button[data-density]")) each.setAttribute("aria-pressed", compact);
  saveInAccount("density", root.dataset.density);
});

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-shortcuts-toggle]")) return;
  root.dataset.shortcuts = target.checked ? "on" : "off";
  setCookie("shortcuts", root.dataset.shortcuts);
  saveInAccount("shortcuts", root.dataset.shortcuts);
});

onClick("[data-print]", () => print());

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (document.body.dataset.preferences && zone && !document.cookie.split("; ").includes(`time_zone=${zone}`)) {
  setCookie("time_zone", zone);
}
