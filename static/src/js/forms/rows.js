/* Rows that can be added and removed, over a Django formset

     <div data-rows="contacts">                the prefix; {{ formset.management_form }} inside
       <div class="rows" data-rows-list>
         <fieldset class="row-card" data-row>  one per form; <span data-row-number> holds its number
           … <button name="…" data-row-remove>
       <template>                              a row of formset.empty_form, with __prefix__
       <button name="…" data-row-add>          without this script the server adds and removes
       <p class="sr-only" role="status" data-rows-said></p>
   A row with a DELETE box is ticked and hidden; one without is taken out and the rest renumbered. */
import { find, findAll, onClick, onLoad } from "../shared/dom.js";
import { text } from "../shared/page.js";
import { isGuarded, keepOwnVersion, showUnsaved } from "./guard.js";

const rowsOf = (box) => findAll("[data-row]:not([hidden])", box);

/** Number the rows as they stand, for eyes and ears. */
const renumber = (box) => {
  rowsOf(box).forEach((row, index) => {
    for (const element of findAll("[data-row-number]", row)) element.textContent = index + 1;
  });
  const most = Number(find("[name$=-MAX_NUM_FORMS]", box)?.value || 1000);
  for (const button of findAll("[data-row-add]", box)) button.hidden = rowsOf(box).length >= most;
};

const rename = (element, from, to) => {
  for (const { name, value } of [...element.attributes]) {
    if (value.includes(from)) element.setAttribute(name, value.replaceAll(from, to));
  }
};

const changed = (box, words) => {
  renumber(box);
  keepOwnVersion(box.closest("form"), box.dataset.rows);
  const said = find("[data-rows-said]", box);
  if (said) said.textContent = words;
  const { form } = find("[name$=-TOTAL_FORMS]", box);
  if (isGuarded(form)) showUnsaved(form);
};

onClick("[data-row-add]", (button, event) => {
  const box = button.closest("[data-rows]");
  const template = find("template", box);
  if (!template) return;
  event.preventDefault();
  const total = find("[name$=-TOTAL_FORMS]", box);
  const part = template.content.cloneNode(true);
  for (const element of part.querySelectorAll("*")) rename(element, "__prefix__", total.value);
  const row = find("[data-row]", part);
  find("[data-rows-list]", box).append(part);
  total.value = Number(total.value) + 1;
  changed(box, text("added"));
  find("input:not([type=hidden]), select, textarea", row)?.focus();
});

onClick("[data-row-remove]", (button, event) => {
  const box = button.closest("[data-rows]");
  const row = button.closest("[data-row]");
  if (!box || !row) return;
  event.preventDefault();
  const rows = rowsOf(box);
  const neighbour = rows[rows.indexOf(row) + 1] || rows[rows.indexOf(row) - 1];
  const tick = find("[name$=-DELETE]", row);
  if (tick) {
    if (tick.type === "checkbox") tick.checked = true;
    else tick.value = "on";
    row.hidden = true;
  } else {
    row.remove();
    const prefix = box.dataset.rows;
    findAll("[data-row]", box).forEach((each, index) => {
      const number = find("[name]", each)?.name.match(/-(\d+)-/)?.[1];
      if (number === undefined || Number(number) === index) return;
      for (const element of [each, ...findAll("*", each)]) {
        rename(element, `${prefix}-${number}-`, `${prefix}-${index}-`);
      }
    });
    const total = find("[name$=-TOTAL_FORMS]", box);
    total.value = Number(total.value) - 1;
  }
  changed(box, text("removed"));
  (neighbour ? find("[data-row-remove]", neighbour) : find("[data-row-add]", box))?.focus();
});

onLoad((within) => findAll("[data-rows]", within).forEach(renumber));
