/* Clicks and forms of the tree. */

import { find, findAll } from "../shared/dom.js";
import { add } from "./adding.js";
import { byId, linkOf, page } from "./course.js";
import { setFolded } from "./folding.js";
import { close, mayLeave, open, submit } from "./panel.js";
import { rename, startRename } from "./renaming.js";
import { send } from "./requests.js";

/** Move a row: "up", "down", "previous" or "next". */
export const move = (row, step) => send("POST", `${linkOf(row.dataset.id).href}move/`, { step });

/** Rename where the user may; else show the node. */
export const renameOrOpen = (link) => startRename(link.closest("li")) || open(link, "name");

const archive = async (link) => {
  // Noted before asking: the buttons may stand in another row when the dialog closes.
  const path = link.href;
  const row = link.closest("li")?.dataset.id || page.dataset.selected;
  const links = findAll("[data-node]", page);
  const index = links.findIndex((each) => each.closest("li").dataset.id === row);
  const inside = index < 0 ? 0 : findAll("[data-node]", links[index].closest("li")).length;
  const next = links[index + inside] || links[index - 1];
  if (!(await academy.ask(link))) return;
  if ((await send("POST", path)) !== 200) return;
  (byId("undo") || (next && byId(next.id)))?.focus({ preventScroll: true });
};

let clickedOnce = null; // the node whose link got the first click of what may become a double click

const onClick = (event) => {
  const { target, detail } = event;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (detail === 2 && clickedOnce?.isConnected) {
    // Opening it may have put the row's buttons under the pointer: they were not meant.
    event.preventDefault();
    renameOrOpen(clickedOnce);
    return;
  }
  const step = target.closest("[data-step]");
  if (step) move(step.closest("li"), step.dataset.step);
  const fold = target.closest("[data-fold]");
  if (fold) setFolded(fold.closest("li"), fold.getAttribute("aria-expanded") === "true");
  const pen = target.closest("[data-start-rename]");
  if (pen) startRename(pen.closest("li"));
  const link = target.closest("[data-node], [data-archive], [data-close-panel]");
  clickedOnce = detail === 1 && link?.matches("[data-node]") ? link : null;
  if (!link) return;
  event.preventDefault();
  if (link.matches("[data-archive]")) archive(link);
  else if (link.matches("[data-close-panel]")) close(link.href);
  else open(link, detail ? "" : "field"); // no detail: pressed by key
};

const onSubmit = async (event) => {
  const { target: form, submitter: button } = event;
  event.preventDefault();
  const path = button?.hasAttribute("formaction") ? button.formAction : form.action;
  if (form.matches("[data-rename]")) {
    rename(form);
    return;
  }
  if (path.endsWith("/duplicate/") && !(await mayLeave())) return; // the panel shows the copy then
  const data = new FormData(form, button);
  const values = Object.fromEntries(data);
  if (data.has("take")) values.take = data.getAll("take"); // one for each field where the other's version is wanted
  if (form.matches("[data-add]")) add(form, path, values);
  else submit(form, button, path, values);
};

/** Press Save where it was pressed while an answer replaced the panel: the click would find no button. */
const keepPress = () => {
  let pressed = null;
  document.addEventListener("pointerdown", ({ target, button }) => {
    pressed = button ? null : target.closest("#panel-save");
  });
  document.addEventListener("pointercancel", () => {
    pressed = null; // a touch that became a scroll
  });
  document.addEventListener("pointerup", () => {
    const now = find("#panel-save");
    if (pressed && !pressed.isConnected && now?.form.action === pressed.form.action) now.click();
    pressed = null;
  });
};

export const startActions = () => {
  page.addEventListener("click", onClick);
  page.addEventListener("submit", onSubmit);
  keepPress();
};
