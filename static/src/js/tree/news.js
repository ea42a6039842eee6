/* Marks what others have changed, where a request came too late. */

import { find, findAll, make } from "../shared/dom.js";
import { linkOf, page, text } from "./course.js";

/** What each row shows: id → {parent, rank, name, figures}. */
const readRows = () => {
  const rows = findAll(".tree li[data-id]", page);
  return new Map(
    rows.map((row) => {
      const isLesson = row.parentElement.dataset.list === "lessons";
      return [
        row.dataset.id,
        {
          parent: row.parentElement.dataset.parent,
          rank: [...row.parentElement.children].indexOf(row),
          name: find("[data-node]", row).textContent,
          figures: isLesson ? find(":scope > .node > [data-summary]", row)?.textContent : "",
        },
      ];
    }),
  );
};

/** What happened to a row: "new", "changed", "moved" or "". */
const changeOf = (before, now) => {
  if (!before) return "new";
  if (before.name !== now.name || before.figures !== now.figures) return "changed";
  return before.parent !== now.parent || before.rank !== now.rank ? "moved" : "";
};

const markChanges = (before, now) => {
  for (const [id, row] of now) {
    const change = changeOf(before.get(id), row);
    if (!change) continue;
    const note = make("span", { className: "badge info plain" }, text(change));
    const node = linkOf(id).closest(".node");
    node.classList.add("news");
    (find("[data-summary]", node) || node.lastElementChild).before(note);
  }
};

export const startNews = () => {
  let seen = readRows();
  page.addEventListener("htmx:afterRequest", ({ detail }) => {
    const now = readRows();
    if (detail.xhr?.status === 409) markChanges(seen, now);
    seen = now;
  });
};
