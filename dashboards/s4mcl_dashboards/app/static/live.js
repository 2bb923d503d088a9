// The live app's half in the browser: shows what the server sends, keeps what the reader does with it.
(function () {
  "use strict";
  const { draw, drawAgain, drawSoon, isDrawn, painted, redraw, use, watch } = window.s4mclDrawings;
  const NAMES = { class: "className", for: "htmlFor" };
  const parser = new DOMParser();
  const fine = matchMedia("(pointer: fine)");

  // HTML as React elements, so that React touches what differs and nothing else. What could run is left out.
  function styled(node) {
    const style = {};
    for (const name of node.style) {
      const key = name.startsWith("--") ? name : name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
      style[key] = node.style.getPropertyValue(name);
    }
    return style;
  }

  function element(node, place) {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || node.localName === "script") return null;
    const props = { key: node.dataset.row || node.id || place };
    for (const { name, value } of node.attributes) {
      if (name.startsWith("on")) continue;
      props[NAMES[name] || name] = name === "style" ? styled(node) : value;
    }
    return React.createElement(node.localName, props, ...Array.from(node.childNodes, element));
  }

  function Live({ id, html, title }) {
    const shown = React.useRef(null);
    const content = React.useMemo(() => {
      const body = parser.parseFromString(html || "", "text/html").body;
      return Array.from(body.childNodes, element);
    }, [html]);
    React.useEffect(() => {
      if (title) document.title = title;
      if (shown.current) settle(shown.current);
    }, [html, title]);
    return React.createElement("div", { id, ref: shown }, ...content);
  }
  window.s4mcl_app = { Live };

  // Plotly is large: fetched early, run when the first figure comes.
  let plotly = null;
  function withPlotly() {
    plotly ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: document.getElementById("plotly").href, onload: done, onerror: failed });
      document.head.append(script);
    });
    return plotly;
  }

  // The words of a page are shown before its figures are drawn.
  function settle(shown) {
    window.s4mclTables.prepare(shown);
    const drawings = shown.querySelectorAll(".drawing[data-figure]");
    if (drawings.length) painted().then(withPlotly);
    drawings.forEach(follow);
    arrive(shown);
    if (shown.querySelector("[data-again]") && !hurried) hurry(100);
  }

  // A page that is being made is asked for again soon: an answer waits for it half a second. Meanwhile Plotly may run.
  let hurried = 0;
  function hurry(pause) {
    hurried = setTimeout(() => {
      hurried = 0;
      if (!document.querySelector("[data-again]")) return;
      ask();
      hurry(700);
    }, pause);
    painted().then(withPlotly);
  }

  function ask() {
    window.dash_clientside.set_props("tick", { n_intervals: Date.now() });
  }

  // Figures are fetched by what they hold, when they come near the screen; one that stayed the same is not fetched again.
  const figures = new WeakMap();

  function follow(drawing) {
    const name = drawing.dataset.figure, held = figures.get(drawing);
    if (held && held.name === name) return;
    figures.set(drawing, { name, figure: null, asked: false });
    if (isDrawn(drawing)) drawAgain([drawing]); else watch(drawing);
  }

  function figureOf(drawing) {
    const held = figures.get(drawing);
    return held ? held.figure : null;
  }

  function ready(drawing) {
    const held = figures.get(drawing);
    if (held && !held.asked) load(drawing, held);
    return Boolean(held && held.figure);
  }

  async function load(drawing, held) {
    held.asked = true;
    const [answer] = await Promise.all([fetch(`/figure/${held.name}`), painted().then(withPlotly)]);
    const figure = answer.ok ? await answer.json() : null;
    if (figures.get(drawing) !== held) return; // another one came meanwhile
    if (figure === null) return figures.delete(drawing);
    held.figure = figure;
    drawSoon([drawing]);
  }

  // Which picture it is: while that stays, so do zoom and selection.
  function revision(figure, drawing) {
    const caption = drawing.closest("figure").querySelector("figcaption");
    const titles = ["xaxis", "yaxis"].map((axis) => figure.layout[axis] && figure.layout[axis].title);
    return JSON.stringify([caption && caption.textContent, titles]);
  }

  // Plotly keeps a zoom as long as the page gives the same range, so a zoomed axis is given the one it had before.
  const homes = new WeakMap();
  function housed(drawing, name, axis) {
    const before = (homes.get(drawing) || {})[name], now = drawing.layout && drawing.layout[name] && drawing.layout[name].range;
    const zoomed = before && now && String(before) !== String(now);
    if (zoomed) axis.range = before.slice();
    homes.set(drawing, { ...homes.get(drawing), [name]: axis.range && axis.range.slice() });
  }

  function adapted(figure, drawing) {
    for (const [name, axis] of Object.entries(figure.layout)) {
      if (!/^[xy]axis\d*$/.test(name)) continue;
      axis.fixedrange = !fine.matches; // a finger scrolls the page
      housed(drawing, name, axis);
    }
    figure.layout.uirevision = revision(figure, drawing);
    figure.layout.dragmode = fine.matches ? "zoom" : false;
    figure.config = { doubleClick: "reset" };
    return figure;
  }

  const listening = new WeakSet();
  function drew(drawing) {
    if (listening.has(drawing)) return;
    listening.add(drawing);
    drawing.on("plotly_doubleclick", () => { setTimeout(() => draw(drawing)); }); // to the range of what came meanwhile
    drawing.on("plotly_click", (event) => {
      const point = event.points.find((one) => one.data.meta && one.data.meta.place);
      const study = new URLSearchParams(location.search).get("study");
      if (!point || study === null) return;
      const of = trialsOf(point.data.meta.place, { x: point.x, ...point.customdata });
      if (of !== null) go(`/trial?${new URLSearchParams({ study })}&${of}`);
    });
  }

  // The query of a point: "proposal={0}" with its values filled in; a list gives a pair each. Null: a value is missing.
  function trialsOf(place, values) {
    const pairs = place.split("&").flatMap((pair) => {
      const slot = /^(\w+)=\{(\w+)\}$/.exec(pair);
      return slot ? [values[slot[2]]].flat().map((value) => value != null && `${slot[1]}=${encodeURIComponent(value)}`) : [pair];
    });
    return pairs.every(Boolean) ? pairs.join("&") : null;
  }
  use({ figureOf, ready, adapted, drew });
  fine.addEventListener("change", redraw);

  // Links and forms stay in this page. Dash's address follows what a browser tells of steps in its history.
  let arrived = "";
  function go(address) {
    history.pushState({}, "", address);
    dispatchEvent(new PopStateEvent("popstate", { state: {} }));
  }

  function spot() {
    const asked = new URLSearchParams(location.search);
    return JSON.stringify([location.pathname, asked.getAll("study"), asked.get("key"), asked.get("view")]);
  }

  // A new page begins at its top, and its heading is read out; a filter leaves the reader where he is.
  function arrive(shown) {
    const here = spot(), heading = shown.querySelector("h1");
    if (here === arrived || !heading) return;
    const views = shown.querySelector(".views"), current = views && views.querySelector("[aria-current]");
    if (current) views.scrollLeft += current.getBoundingClientRect().left - views.getBoundingClientRect().left - 40;
    const [before, after] = [arrived, here].map((text) => (text ? JSON.parse(text).slice(0, 3).join() : ""));
    const first = arrived === "";
    arrived = here;
    if (first || before === after) return;
    scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
    if (!link || modified || link.target || link.origin !== location.origin || !event.target.closest("#react-entry-point")) return;
    event.preventDefault();
    go(link.href);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "get") return;
    event.preventDefault();
    go(`${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`);
  });

  // Stopping: asked for, confirmed, sent with the anti-forgery cookie that this page alone can read.
  function csrf() {
    const config = JSON.parse(document.getElementById("_dash-config").textContent);
    const found = document.cookie.split("; ").find((text) => text.startsWith(`${config.csrf_token_name}=`));
    return found ? found.slice(found.indexOf("=") + 1) : "";
  }

  function confirmed(words) {
    const dialog = document.getElementById("confirmation");
    document.getElementById("question").textContent = words;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((answered) => {
      dialog.addEventListener("close", () => answered(dialog.returnValue === "yes"), { once: true });
    });
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.stop[data-study]");
    if (!button || !(await confirmed(button.dataset.words))) return;
    const body = JSON.stringify({ study: button.dataset.study, key: button.dataset.trial ?? null });
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf() };
    const told = button.nextElementSibling;
    button.disabled = true;
    try {
      const answer = await fetch("/stop", { method: "POST", headers, body });
      told.textContent = answer.headers.get("Content-Type").includes("json")
        ? (await answer.json()).told
        : "The app refused. Reload the page and ask again.";
      button.disabled = answer.ok;
      ask();
    } catch {
      told.textContent = "The app does not answer.";
      button.disabled = false;
    }
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const source = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch { // where the page is not trusted with the clipboard the text is marked instead
      getSelection().selectAllChildren(source);
      return;
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });

  // A page that nobody looks at asks for nothing.
  document.addEventListener("visibilitychange", () => {
    window.dash_clientside.set_props("tick", { disabled: document.hidden });
  });

  // Whether the app answers at all.
  const DEAF = "The app does not answer: what stands here is from before. It goes on by itself when the app is back.";
  const LOCKED = "The app asks for its token again: open the address that s4mcl dashboard has printed.";
  function heard(status) {
    const line = document.querySelector(".deaf");
    const words = status === 401 ? LOCKED : status === 0 ? DEAF : "";
    line.hidden = !words;
    if (line.textContent !== words) line.textContent = words;
  }
  const plain = window.fetch;
  window.fetch = async (...given) => {
    try {
      const answer = await plain(...given);
      heard(answer.status);
      return answer;
    } catch (error) {
      heard(0);
      throw error;
    }
  };
})();
