/* Helpers without state. Every bundle may have a copy of this module. */

export const find = (selector, within = document) => within.querySelector(selector);

export const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

/** A new element with these properties and children. */
export const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

/** Call `handler(element, event)` for clicks on, or inside, elements that match. */
export const onClick = (selector, handler) =>
  document.addEventListener("click", (event) => {
    const element = event.target.closest(selector);
    if (element) handler(element, event);
  });

/** Call `handler(within)` for the page and for each part that htmx swaps in. */
export const onLoad = (handler) => {
  handler(document);
  document.addEventListener("htmx:load", (event) => {
    if (event.target !== document.body) handler(event.target);
  });
};

export const closePopovers = () => {
  for (const popover of findAll("[popover]:popover-open")) popover.hidePopover();
};
