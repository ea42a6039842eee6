/* Dragging rows, by SortableJS. */

import { find, findAll } from "../shared/dom.js";
import { addLineOf } from "./adding.js";
import { page } from "./course.js";
import { send } from "./requests.js";

const rowsOf = (list) => [...list.children].filter((row) => row.dataset.id);

const onDrop = async ({ item, from, to, oldDraggableIndex, newDraggableIndex }) => {
  if (from === to && oldDraggableIndex === newDraggableIndex) return;
  if (!page.contains(to)) return; // the list was replaced meanwhile
  const path = `${page.dataset.url + to.dataset.list}/reorder/`;
  const order = rowsOf(to).map((row) => row.dataset.id);
  const values = { parent: to.dataset.parent, order: order.join(), moved: item.dataset.id };
  const status = await send("POST", path, values);
  if (status === 200 || status === 409) return; // the answer brought the tree as it is
  const rows = rowsOf(from).filter((row) => row !== item);
  from.insertBefore(item, rows[oldDraggableIndex] || addLineOf(from));
};

/** Let the rows of the lists in a part of the page be dragged. */
export const allowDragging = (within) => {
  if (!window.Sortable || !find("[data-grip]", page)) return;
  for (const list of findAll("[data-list]", within)) {
    Sortable.create(list, {
      group: list.dataset.list,
      draggable: "li[data-id]",
      handle: "[data-grip]",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
      fallbackOnBody: true,
      invertSwap: true,
      swapThreshold: 0.6,
      emptyInsertThreshold: 24,
      delay: 120,
      delayOnTouchOnly: true,
      onEnd: onDrop,
    });
  }
};
