(() => {
  // static/src/js/printout.js
  if (document.readyState === "complete") print();
  else addEventListener("load", () => print());
})();
