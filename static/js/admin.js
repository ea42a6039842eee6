(() => {
  // static/src/js/admin.js
  var menu = document.getElementById("pop-program");
  menu?.addEventListener("toggle", (event) => {
    if (event.newState === "open") menu.querySelector("input[type=search], button, a")?.focus();
  });
  for (const box of document.querySelectorAll("[data-rows]")) {
    const total = box.querySelector(`[name="${box.dataset.rows}-TOTAL_FORMS"]`);
    const most = Number(box.querySelector(`[name="${box.dataset.rows}-MAX_NUM_FORMS"]`).value);
    const add = box.querySelector("[data-row-add]");
    add.hidden = Number(total.value) >= most;
    add.addEventListener("click", () => {
      const row = box.querySelector("template").content.cloneNode(true).firstElementChild;
      for (const element of row.querySelectorAll("[name], [id], [for]"))
        for (const name of ["name", "id", "for"])
          if (element.hasAttribute(name))
            element.setAttribute(name, element.getAttribute(name).replace("__prefix__", total.value));
      for (const number of row.querySelectorAll("[data-row-number]")) number.textContent = Number(total.value) + 1;
      box.querySelector("[data-rows-list]").append(row);
      total.value = Number(total.value) + 1;
      add.hidden = Number(total.value) >= most;
      row.querySelector("input, select, textarea").focus();
    });
  }
})();
