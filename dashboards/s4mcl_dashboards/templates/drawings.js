// Figures in the colours of the page, legends that hide lines, and tabs: shared by the report and the live app.
// Listeners sit on the document, so that parts which the app adds later work too.
window.s4mclDrawings = (function () {
  "use strict";
  const root = document.documentElement;
  const drawn = new Set();
  const means = { figureOf: null, ready: () => true, adapted: (figure) => figure, drew: () => {} };
  const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false };
  root.classList.add("js");

  // Figures name their colours as CSS variables, so that one figure serves light, dark and print.
  function colored(value, style) {
    if (typeof value === "string") {
      const name = /^var\((--[\w-]+)\)$/.exec(value);
      return name ? style.getPropertyValue(name[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map((item) => colored(item, style));
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, colored(item, style)]));
    }
    return value;
  }

  function hiddenSeries(drawing) {
    const section = drawing.closest("section");
    const off = section ? section.querySelectorAll('.legend button[aria-pressed="false"]') : [];
    return new Set(Array.from(off, (button) => button.dataset.series));
  }

  function draw(drawing) {
    const held = means.figureOf(drawing);
    if (!held) return;
    const figure = means.adapted(colored(held, getComputedStyle(root)), drawing);
    const hidden = hiddenSeries(drawing);
    for (const trace of figure.data) {
      if (trace.meta && trace.meta.series) trace.visible = ![].concat(trace.meta.series).some((series) => hidden.has(series));
    }
    Plotly.react(drawing, figure.data, figure.layout, { ...CONFIG, ...figure.config });
    drawn.add(drawing);
    means.drew(drawing);
  }

  // One figure a turn, those on the screen first: between two of them the page shows what it has and answers its reader.
  const waiting = new Set();
  let turn = false;

  function drawSoon(drawings) {
    drawings.forEach((drawing) => waiting.add(drawing));
    if (turn || !waiting.size) return;
    turn = true;
    painted().then(drawNext);
  }

  // When the next frame stands on the screen, or after a tenth of a second where none comes.
  function painted() {
    return new Promise((done) => {
      requestAnimationFrame(() => setTimeout(done));
      setTimeout(done, 100);
    });
  }

  function drawNext() {
    turn = false;
    const next = Array.from(waiting).find(isOnScreen) || waiting.values().next().value;
    waiting.delete(next);
    if (next.isConnected) draw(next);
    drawSoon([]);
  }

  function isOnScreen(drawing) {
    const box = drawing.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
  }

  // A figure is drawn when it comes near the screen: a long report opens fast, and hidden panels cost nothing.
  const near = new IntersectionObserver((entries) => {
    const come = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
    come.forEach((drawing) => near.unobserve(drawing));
    drawSoon(come.filter((drawing) => !drawn.has(drawing) && means.ready(drawing)));
  }, { rootMargin: "600px 0px" });

  // What was drawn keeps its picture until it is near again: a legend far from its figures need not wait for them.
  function drawAgain(drawings) {
    for (const drawing of drawings) {
      if (!drawn.delete(drawing)) continue;
      near.unobserve(drawing);
      near.observe(drawing);
    }
  }

  function redraw() {
    drawAgain(Array.from(drawn));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".legend button");
    if (button) {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      drawAgain(button.closest("section").querySelectorAll(".drawing"));
    }
    const tab = event.target.closest('[role="tab"]');
    if (tab) pick(tabsOf(tab), tab);
  });

  function tabsOf(tab) {
    return Array.from(tab.closest('[role="tablist"]').querySelectorAll('[role="tab"]'));
  }

  function pick(tabs, chosen) {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      panel.classList.toggle("unpicked", !on);
      if (on) drawAgain(panel.querySelectorAll(".drawing"));
    }
  }

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (!tab) return;
    const tabs = tabsOf(tab), place = tabs.indexOf(tab);
    const moves = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const next = tabs[(moves[event.key] + tabs.length) % tabs.length];
    pick(tabs, next);
    next.focus();
  });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

  return {
    draw, drawAgain, drawSoon, painted, redraw,
    // figureOf(drawing): its figure, null while there is none; ready(drawing): whether there is one, asked when it is near;
    // adapted(figure, drawing): as this page wants it.
    use: (given) => Object.assign(means, given),
    watch: (drawing) => near.observe(drawing),
    isDrawn: (drawing) => drawn.has(drawing),
  };
})();
