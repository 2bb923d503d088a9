(function () {
  "use strict";
  const root = document.documentElement;
  const { draw, redraw, use, watch } = window.s4mclDrawings;
  const drawings = Array.from(document.querySelectorAll(".drawing"));
  use({ figureOf: (drawing) => JSON.parse(drawing.nextElementSibling.textContent) });
  drawings.forEach(watch);

  // Paper is light, has one width, and shows every panel.
  let closed = [];
  addEventListener("beforeprint", () => {
    root.classList.add("printing");
    closed = Array.from(document.querySelectorAll("details:not([open])"));
    closed.forEach((part) => { part.open = true; });
    drawings.forEach(draw);
  });
  addEventListener("afterprint", () => {
    root.classList.remove("printing");
    closed.forEach((part) => { part.open = false; });
    redraw();
  });
})();
