/* Keyboard shortcuts of every page. */

import { find } from "../shared/dom.js";
import { takesShortcut } from "../shared/page.js";

let wentAt = 0; // when "g" was pressed

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if ((event.ctrlKey || event.metaKey) && key === "Enter") {
    // The form one types in, else that of the page.
    const form = target.closest('form[method="post"]') || find("main form[data-guard]");
    form?.requestSubmit(find("[data-save], .btn.primary:not([type=button])", form));
    return;
  }
  if (!takesShortcut(event, "input, textarea, select, [contenteditable]") || find("dialog[open]")) return;
  const follows = Date.now() - wentAt < 1000;
  wentAt = 0;
  const link = follows && /^[a-z]$/.test(key) && find(`[data-go="${key}"]`);
  if (link) {
    link.click();
  } else if (key === "g") {
    wentAt = Date.now();
  } else if (key === "?") {
    find("#shortcuts")?.showModal();
  } else if (key === "/") {
    const search = find('[data-key="/"]');
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  } else if (key === "n") {
    find('[data-key="n"]')?.click();
  }
});
