/* Names the countries of select[data-regions], whose values are two letters, in the language of the page, and sorts them by
   name. Without this script the options show the two letters. */

import { findAll } from "./shared/dom.js";

for (const select of findAll("select[data-regions]")) {
  const { lang } = document.documentElement;
  const names = new Intl.DisplayNames([lang], { type: "region" });
  const countries = [...select.options].filter((option) => option.value);
  for (const option of countries) {
    option.textContent = option.textContent.trim().replace(option.value, names.of(option.value));
  }
  const { compare } = new Intl.Collator(lang);
  select.append(...countries.sort((one, other) => compare(one.textContent, other.textContent)));
}
