/* Input methods (Japanese, Chinese, Korean, dead keys …): while a word is being composed, other scripts get no events of it,
   so nothing is searched, selected, sent or saved before the word is committed. Then they get one "input" event.

   The events are stopped at the window, before any other listener. Safari ends the composition first and then sends the
   Enter that ended it, with the key code 229. Android's keyboards compose every Latin word: there each letter counts. */

const KEY_OF_INPUT_METHOD = 229;
const android = /Android/.test(navigator.userAgent);
let composing = false; // a word that has to be committed first

/** Whether the text is what an Android keyboard composes while somebody types in Latin letters. */
const isPlainTyping = (text) => android && /^[\p{Script=Latin}\p{M}\p{N}\p{P}\p{Zs}]*$/u.test(text || "");

const begin = (event) => {
  composing = !isPlainTyping(event.data);
};
window.addEventListener("compositionstart", begin, true);
window.addEventListener("compositionupdate", begin, true);

window.addEventListener(
  "compositionend",
  ({ target }) => {
    if (!composing) return;
    composing = false;
    // After the browser's own event, whose order differs: Firefox sends it later, Safari earlier.
    setTimeout(() => target.dispatchEvent(new Event("input", { bubbles: true })));
  },
  true,
);

window.addEventListener("input", (event) => composing && event.stopImmediatePropagation(), true);

for (const kind of ["keydown", "keyup"]) {
  window.addEventListener(
    kind,
    (event) => {
      const ofMethod = event.isComposing || event.keyCode === KEY_OF_INPUT_METHOD;
      if (ofMethod && !android) event.stopImmediatePropagation();
      else if (composing) event.stopImmediatePropagation();
    },
    true,
  );
}
