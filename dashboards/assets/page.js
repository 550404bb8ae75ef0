"use strict";
// Draws the charts in the colours of the moment (light, dark, paper); the figures name CSS variables for them.
const page = (() => {
  const library = document.currentScript.dataset.plotly;
  const data = JSON.parse(document.getElementById("data").textContent);
  const config = { displayModeBar: false, responsive: true, locale: "page" };
  const onPaper = window.matchMedia("print");
  const narrow = window.matchMedia("(max-width: 640px)");

  // Names of months and the marks between digits are those of the page's language.
  const digits = new Intl.NumberFormat(data.locale).formatToParts(12345.6);
  const mark = (type) => digits.find((part) => part.type === type).value;
  const english = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
  const named = (day, style) =>
    new Intl.DateTimeFormat(data.locale, { weekday: style, timeZone: "UTC" }).format(new Date(Date.UTC(2023, 0, 1 + day)));
  const speakOurs = () => Plotly.register({
    moduleType: "locale", name: "page", dictionary: {},
    format: {
      days: english.map((_, day) => named(day, "long")), shortDays: english.map((_, day) => named(day, "short")),
      months: data.months, shortMonths: data.months, date: "%d/%m/%Y", year: "%Y", month: "%b %Y", dayMonth: "%-d %b",
      dayMonthYear: "%-d %b %Y",
    },
  });

  // To read the 4.6 MB of plotly.js takes longer than all the rest of a page: it comes with the first chart that is near.
  let coming;
  const plotly = () => (coming ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = () => { speakOurs(); resolve(); };
    script.onerror = () => reject(new Error(`${library} is missing: charts cannot be drawn`));
    script.src = library;
    document.head.append(script);
  }));

  const coloured = (value, style) => {
    if (typeof value === "string" && value.startsWith("var(--")) return style.getPropertyValue(value.slice(4, -1)).trim();
    if (Array.isArray(value)) return value.map((entry) => coloured(entry, style));
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, coloured(entry, style)]));
    return value;
  };

  const axis = (own, style) => ({
    gridcolor: style.getPropertyValue("--grid"), linecolor: style.getPropertyValue("--line"),
    zerolinecolor: style.getPropertyValue("--line"), tickcolor: style.getPropertyValue("--line"),
    automargin: true, fixedrange: true, ...(own && own.type === "category" ? {} : { nticks: 8 }), ...own,
    ...(own && own.type === "date"
      ? { tickformatstops: [
          { dtickrange: [null, "M1"], value: "%-d %b" }, { dtickrange: ["M1", "M6"], value: "%b %y" },
          { dtickrange: ["M6", null], value: "%Y" },
        ], hoverformat: own.hoverformat || "%-d %b %Y" }
      : {}),
  });

  const draw = async (place) => {
    if (!window.Plotly) await plotly();
    const source = data.figures[place.dataset.figure];
    if (!source) return;
    const style = getComputedStyle(document.documentElement);
    const figure = coloured(source, style);
    const ink = style.getPropertyValue("--ink").trim();
    const layout = {
      height: place.clientHeight || 320, margin: { l: 8, r: 16, t: 30, b: 8 },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", separators: mark("decimal") + mark("group"),
      font: { family: "system-ui, Segoe UI, Roboto, Helvetica, Arial, sans-serif", size: 12, color: ink },
      hoverlabel: { bgcolor: style.getPropertyValue("--panel").trim(), font: { color: ink } },
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" }, dragmode: false,
      ...figure.layout, xaxis: axis(figure.layout.xaxis, style), yaxis: axis(figure.layout.yaxis, style),
    };
    // A phone leaves no room for numbers inside a heat map, where they would lie over each other.
    if (narrow.matches && !onPaper.matches) for (const trace of figure.data) delete trace.texttemplate;
    if (onPaper.matches) layout.width = Math.min(place.clientWidth || 920, 980);
    Plotly.react(place, figure.data, layout, config);
    place.dataset.drawn = "yes";
  };

  const places = () => [...document.querySelectorAll("[data-figure]")];
  const drawAll = () => Promise.all(places().map(draw));
  // What is far below waits until somebody comes near it, so that the top can be used at once.
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting && !entry.target.dataset.drawn) draw(entry.target);
  }, { rootMargin: "300px" });
  places().forEach((place) => near.observe(place));

  // A printer waits for nothing, so the library is there before somebody prints what was never near.
  // Safari knows no idle moments.
  const whenIdle = (then) => (window.requestIdleCallback ? window.requestIdleCallback(then) : window.setTimeout(then));
  if (places().length) window.addEventListener("load", () => window.setTimeout(() => whenIdle(plotly), 2000));
  const redraw = () => places().filter((place) => place.dataset.drawn).forEach(draw);
  for (const query of [window.matchMedia("(prefers-color-scheme: dark)"), narrow]) query.addEventListener("change", redraw);
  onPaper.addEventListener("change", drawAll);
  window.addEventListener("beforeprint", drawAll);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.activeElement.classList.contains("info")) document.activeElement.blur();
  });
  return { data, draw, drawAll, near };
})();
