// The admin's own few lines. The program menu takes what is typed with it; Escape and a click beside close it by itself.
const menu = document.getElementById("pop-program");
menu?.addEventListener("toggle", (event) => {
  if (event.newState === "open") menu.querySelector("input[type=search], button, a")?.focus();
});
