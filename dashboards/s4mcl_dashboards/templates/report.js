(function () {
  "use strict";
  const root = document.documentElement;
  const drawings = Array.from(document.querySelectorAll(".drawing"));
  const drawn = new Set();
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
    const figure = colored(JSON.parse(drawing.nextElementSibling.textContent), getComputedStyle(root));
    const hidden = hiddenSeries(drawing);
    for (const trace of figure.data) {
      if (trace.meta && hidden.has(trace.meta.series)) trace.visible = false;
    }
    Plotly.react(drawing, figure.data, figure.layout, CONFIG);
    drawn.add(drawing);
  }

  function redraw() {
    drawn.forEach(draw);
  }

  // A figure is drawn when it comes near the screen: a long report opens fast, and hidden panels cost nothing.
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      if (!drawn.has(entry.target)) draw(entry.target);
    }
  }, { rootMargin: "600px 0px" });
  drawings.forEach((drawing) => near.observe(drawing));

  document.querySelectorAll(".legend button").forEach((button) => {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      button.closest("section").querySelectorAll(".drawing").forEach((drawing) => {
        if (drawn.has(drawing)) draw(drawing);
      });
    });
  });

  function pick(tabs, chosen) {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      panel.classList.toggle("unpicked", !on);
      if (on) panel.querySelectorAll(".drawing").forEach((drawing) => drawn.has(drawing) && draw(drawing));
    }
  }

  document.querySelectorAll('[role="tablist"]').forEach((list) => {
    const tabs = Array.from(list.querySelectorAll('[role="tab"]'));
    tabs.forEach((tab, place) => {
      tab.addEventListener("click", () => pick(tabs, tab));
      tab.addEventListener("keydown", (event) => {
        const moves = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 };
        if (!(event.key in moves)) return;
        event.preventDefault();
        const next = tabs[(moves[event.key] + tabs.length) % tabs.length];
        pick(tabs, next);
        next.focus();
      });
    });
  });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

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
