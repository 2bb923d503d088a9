// Tables that a reader sorts by the buttons in their heads: once one way, once the other, then as they were.
// The buttons are made here, so that a page without scripts has none that does nothing.
window.s4mclTables = (function () {
  "use strict";
  const WAYS = ["ascending", "descending"];

  function prepare(node) {
    for (const head of node.querySelectorAll("table.sortable th[data-first]")) {
      if (head.querySelector("button")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
    }
  }

  function keyOf(row, column) {
    const cell = row.cells[column], given = cell.dataset.value;
    if (given === undefined) return cell.textContent.trim();
    return given === "" ? null : Number(given); // an empty value is a missing one
  }

  function compared(one, other) {
    return typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other));
  }

  function sort(table, column, way) {
    const body = table.tBodies[0], rows = Array.from(body.rows);
    rows.forEach((row, place) => { row.dataset.place ??= place; });
    rows.sort((one, other) => one.dataset.place - other.dataset.place);
    if (way) {
      const sign = way === "ascending" ? 1 : -1;
      rows.sort((one, other) => {
        const a = keyOf(one, column), b = keyOf(other, column);
        if (a === null || b === null) return (a === null) - (b === null); // what is missing comes last, either way
        return sign * compared(a, b);
      });
    }
    table.classList.toggle("sorted", Boolean(way));
    body.append(...rows);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("table.sortable th[data-first] button");
    if (!button) return;
    const head = button.closest("th"), table = head.closest("table");
    const first = head.dataset.first, second = WAYS.find((way) => way !== first);
    const next = { [first]: second, [second]: "" }[head.getAttribute("aria-sort")] ?? first;
    table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
    if (next) head.setAttribute("aria-sort", next);
    sort(table, head.cellIndex, next);
  });

  prepare(document);
  return { prepare };
})();
