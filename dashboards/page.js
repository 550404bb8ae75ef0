"use strict";
// Draws the charts in the colours of the moment (light, dark, paper); the figures name CSS variables for them.
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const config = { displayModeBar: false, responsive: true };

  const coloured = (value, style) => {
    if (typeof value === "string" && value.startsWith("var(--")) return style.getPropertyValue(value.slice(4, -1)).trim();
    if (Array.isArray(value)) return value.map((entry) => coloured(entry, style));
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, coloured(entry, style)]));
    return value;
  };

  const axis = (own, style) => ({
    gridcolor: style.getPropertyValue("--grid"), linecolor: style.getPropertyValue("--line"),
    zerolinecolor: style.getPropertyValue("--line"), automargin: true, fixedrange: true, ...own,
  });

  // A phone leaves no room for numbers inside a heat map, where they would lie over each other.
  const narrow = window.matchMedia("(max-width: 640px)");

  const draw = () => {
    const onPaper = window.matchMedia("print").matches;
    const style = getComputedStyle(document.documentElement);
    for (const place of document.querySelectorAll("[data-figure]")) {
      const figure = coloured(figures[place.dataset.figure], style);
      const ink = style.getPropertyValue("--ink");
      const layout = {
        height: 340, margin: { l: 8, r: 12, t: 34, b: 8 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
        font: { family: "system-ui, Segoe UI, Roboto, Helvetica, Arial, sans-serif", size: 12.5, color: ink },
        hoverlabel: { bgcolor: style.getPropertyValue("--panel"), font: { color: ink } },
        legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" }, dragmode: false,
        ...figure.layout, xaxis: axis(figure.layout.xaxis, style), yaxis: axis(figure.layout.yaxis, style),
      };
      if (narrow.matches && !onPaper) for (const trace of figure.data) delete trace.texttemplate;
      // Paper has no window to measure: these widths fit A4 and Letter across.
      if (onPaper) layout.width = place.closest(".wide") ? 920 : 430;
      Plotly.react(place, figure.data, layout, config);
    }
  };

  draw();
  for (const query of [window.matchMedia("(prefers-color-scheme: dark)"), window.matchMedia("print"), narrow])
    query.addEventListener("change", draw);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.activeElement.classList.contains("info")) document.activeElement.blur();
  });
})();
