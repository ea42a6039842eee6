/* The program of this tab.

   The dropdown of another tab may have moved the session to another program. A page that opens in another program than
   the last page of its tab says so. Only the id and the name are stored, and only for the tab. */

import { find, findAll } from "../shared/dom.js";
import { removeSelectedRows } from "../shared/page.js";

const STORED = "academy.program";

const watchProgram = () => {
  const { program, programName } = document.body.dataset;
  if (programName === undefined) {
    sessionStorage.removeItem(STORED); // the sign-in page
    removeSelectedRows();
    return;
  }
  const before = JSON.parse(sessionStorage.getItem(STORED) || "null");
  const bar = find("[data-tab-bar]");
  if (bar) {
    bar.hidden = !before || before.id === program;
    if (!bar.hidden) {
      find("[data-tab-program]", bar).value = before.id;
      for (const name of findAll("[data-tab-name]", bar)) name.textContent = before.name;
    }
  }
  sessionStorage.setItem(STORED, JSON.stringify({ id: program, name: programName }));
};
window.addEventListener("pageshow", watchProgram);

// The address names the program, for whoever copies it. The server gives it in the canonical link.
const shared = find("link[rel=canonical]")?.getAttribute("href");
if (shared && shared !== location.pathname + location.search) {
  history.replaceState(history.state, "", shared + location.hash);
}

// For a user with several programs each link names the program of this page, whatever other tabs do.
const nameProgram = ({ target }) => {
  const link = target.closest?.("a[href]");
  const { program, several } = document.body.dataset;
  if (!link || several === undefined || link.origin !== location.origin) return;
  const url = new URL(link.href);
  if (url.searchParams.has("in") || (url.pathname === location.pathname && url.hash)) return;
  url.searchParams.set("in", program);
  link.href = url;
};
for (const kind of ["click", "auxclick", "contextmenu"]) document.addEventListener(kind, nameProgram, true);

// The user has switched the program or signed out here: no bar on the next page.
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-switch], [data-forget]")) sessionStorage.removeItem(STORED);
});
