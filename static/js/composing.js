"use strict";
(() => {
  // static/src/js/composing.js
  (() => {
    const KEY_OF_INPUT_METHOD = 229;
    const android = /Android/.test(navigator.userAgent);
    let composing = false;
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
        setTimeout(() => target.dispatchEvent(new Event("input", { bubbles: true })));
      },
      true
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
        true
      );
    }
  })();
})();
