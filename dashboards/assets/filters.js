"use strict";
// Filters over the sums that the page ships: adds them up for the chosen days and parts, and divides at the very end.
(() => {
  const { data } = page;
  const { cubes, views, words } = data;
  const form = document.getElementById("filters");
  const DAY = 86400000;
  const day = (text) => Date.parse(`${text}T00:00:00Z`);
  const iso = (at) => new Date(at).toISOString().slice(0, 10);
  const used = [...new Set(Object.values(views).flatMap((view) => [view.cube, ...(view.also ? [view.also] : [])]))].map((name) => cubes[name]);
  const through = day(used[0].through);
  const earliest = Math.min(...used.map((cube) => day(cube.first)));

  // ---- what is chosen
  const defaults = { period: data.period || "28", compare: "previous", channel: "", campaign: "", country: "", currency: data.currency, from: "", to: "" };
  const state = { ...defaults, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };

  const month = (at, back) => {
    const now = new Date(at);
    const first = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1);
    return [first, Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back + 1, 1) - DAY];
  };
  const span = () => {
    if (state.period === "custom" && state.from && state.to) return [day(state.from), Math.min(day(state.to), through)];
    if (state.period === "month") return [month(through, 0)[0], through];
    if (state.period === "last-month") return month(through, 1);
    return [through - (Number(state.period) || 28) * DAY + DAY, through];
  };
  const before = ([from, to]) => {
    if (state.compare === "none") return null;
    if (state.compare === "year") {
      if (state.period === "last-month") return month(from, 12);
      return [from - 364 * DAY, to - 364 * DAY];
    }
    if (state.period === "last-month") return month(from, 1);
    if (state.period === "month") { const [first, last] = month(from, 1); return [first, Math.min(first + (to - from), last)]; }
    return [from - (to - from) - DAY, from - DAY];
  };

  // ---- sums
  const step = (cube) => (cube.grain === "week" ? 7 : 1);
  const place = (cube, at) => (at - day(cube.first)) / DAY / step(cube);
  // Periods that lie wholly within the days; a week that is cut would be compared with whole ones.
  const periods = (cube, [from, to]) => [Math.ceil(place(cube, from)), Math.floor(place(cube, to + DAY)) - 1];
  const covered = (cube, range) => {
    const [first, last] = periods(cube, range);
    return first <= last && last >= 0 ? [day(cube.first) + Math.max(first, 0) * step(cube) * DAY, day(cube.first) + (last + 1) * step(cube) * DAY - DAY] : null;
  };
  const total = (cube, measure, member, [first, last]) => {
    const series = (cube.sums[measure] || {})[member];
    if (!series) return 0;
    const rates = cube.money.includes(measure) && state.currency !== data.currency ? cube.rates[state.currency] : null;
    let sum = 0;
    for (let n = Math.max(first, series[0]); n <= last && n - series[0] + 1 < series.length; n++) {
      const value = series[n - series[0] + 1];
      sum += rates ? value / rates[n] : value;
    }
    return sum;
  };
  const added = (cube, measure, members, range) => members.reduce((sum, member) => sum + total(cube, measure, member, range), 0);
  const value = (cube, column, members, range) => {
    if (column.share || column.flag) return null;
    const top = added(cube, column.num, members, range);
    if (!column.den) return top;
    const below = added(cube, column.den, members, range);
    // What costs nothing has no price: nothing is known to have been spent there.
    if (!top && column.better === "down" && cube.money.includes(column.num)) return null;
    // per mille prices are for a thousand
    return below ? (top / below) * (column.unit === "per_mille_currency" ? 1000 : 1) : null;
  };
  const chosen = (cube) => cube.members.map((member, number) => ({ ...member, number })).filter((member) =>
    (cube.dimension === "channel" && (!state.channel || member.id === state.channel)) ||
    (cube.dimension === "campaign" && (!state.campaign || member.id === state.campaign) && (!state.channel || member.parent === state.channel)) ||
    (cube.dimension === "country" && (!state.country || member.id === state.country)) ||
    !["channel", "campaign", "country"].includes(cube.dimension));

  // ---- words
  const numbers = {};
  const format = (decimals, options = {}) => {
    const key = decimals + JSON.stringify(options);
    numbers[key] = numbers[key] || new Intl.NumberFormat(data.locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals, ...options });
    return (number) => numbers[key].format(Number(number.toFixed(12)) + 0);
  };
  const money = (decimals) => format(decimals, { style: "currency", currency: state.currency, currencyDisplay: "symbol" });
  const percent = (number) => format(Math.abs(number) > 0 && Math.abs(number) < 0.01 ? 2 : 1, { style: "percent" })(number);
  const shown = (number, column) => {
    if (number === null || !Number.isFinite(number)) return words.absent;
    const decimals = column.decimals;
    if (column.unit === "currency" || column.unit === "per_mille_currency") return money(decimals ?? 2)(number);
    if (column.unit === "ratio") return percent(number);
    if (column.unit === "multiple") return `${format(1)(number)}×`;
    if (column.unit === "number") return format(2)(number);
    return format(0)(number);
  };
  const change = (now, then, column) => {
    if (now === null || then === null || column.share || (!now && !then)) return null;
    const difference = now - then;
    if (Math.abs(difference) <= Math.abs(then) * 0.0005) return { arrow: "=", text: words.unchanged, tone: "none" };
    let text;
    if (column.unit === "ratio" && Math.abs(difference) >= 0.0005) text = `${format(1)(difference * 100)}\u00a0${words.points}`;
    else if (then <= 0) text = shown(difference, column);
    else text = percent(difference / then);
    const better = column.better === "up" || column.better === "down" ? (difference > 0) === (column.better === "up") : null;
    return { arrow: difference > 0 ? "▲" : "▼", text: difference > 0 ? `+${text}` : text, tone: better === null ? "none" : better ? "good" : "bad" };
  };
  const dates = new Intl.DateTimeFormat(data.locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const said = (range) => (range ? dates.formatRange(new Date(range[0]), new Date(range[1])) : words.nothing);

  // ---- what is shown
  const node = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, content] of Object.entries(attributes)) if (content !== undefined && content !== "") made.setAttribute(name, content);
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };
  // How many leads the money would have brought at everybody's price; the root of a count strays by a half (Poisson).
  const waste = (cube, member, all, at) => {
    const [spent, leads] = [total(cube, "spend", member, at), total(cube, "leads", member, at)];
    const paid = all.filter((one) => total(cube, "spend", one, at));
    const expected = spent ? (spent / added(cube, "spend", paid, at)) * added(cube, "leads", paid, at) : 0;
    if (!leads && expected >= 3) return ["✕", words.no_leads, "bad"];
    return 2 * (Math.sqrt(expected) - Math.sqrt(leads + 0.375)) > 2 ? ["!", words.dear_leads, "risk"] : ["", "", "none"];
  };
  const flagged = ([sign, text, tone]) => node("td", { class: "word", "data-column": "flag" }, node("span", { class: `tone-${tone}` }, sign ? `${sign} ${text}` : ""));
  const cell = (now, then, column, tag = "td") => {
    if (column.flag) return flagged(now || ["", "", "none"]);
    const moved = then === undefined ? null : change(now, then, column);
    return node(tag, { "data-column": column.key },
      node("span", { class: "amount" }, shown(now, column)),
      moved ? node("span", { class: `moved tone-${moved.tone}` }, node("span", { "aria-hidden": "true" }, `${moved.arrow} `), moved.text) : null);
  };
  const sorting = {};
  const table = (name, view, target) => {
    const cube = cubes[view.cube];
    const range = span();
    const earlier = before(range);
    const at = periods(cube, range);
    const whole = earlier && periods(cube, earlier);
    // A period from before the data began would make everything look like growth.
    const old = whole && whole[0] >= 0 && whole[0] <= whole[1] ? whole : null;
    const members = chosen(cube).filter((member) => view.columns.some((column) => column.num && (total(cube, column.num, member.number, at) || (column.den && total(cube, column.den, member.number, at)))));
    const all = chosen(cube).map((member) => member.number);
    const of = (column, list, place) => {
      if (column.flag) return list.length === 1 ? waste(cube, list[0], all, place) : null;
      if (!column.share) return value(cube, column, list, place);
      const base = added(cube, column.share, all, place);
      return base ? added(cube, column.share, list, place) / base : null;
    };
    const rows = members.map((member) => ({
      label: member.label, id: member.id,
      values: view.columns.map((column) => of(column, [member.number], at)),
      then: view.columns.map((column) => (old ? of(column, [member.number], old) : undefined)),
    }));
    const by = sorting[name] || { column: 0, down: true };
    const key = (row) => (by.column < 0 ? row.label : view.columns[by.column].flag ? row.values[by.column][1] : row.values[by.column]);
    rows.sort((a, b) => {
      const [left, right] = [key(a), key(b)];
      if (left === null || right === null) return (left === null) - (right === null);
      const order = typeof left === "string" ? left.localeCompare(right) : left - right;
      return by.down ? -order : order;
    });
    const head = (label, column) => {
      const button = node("button", { type: "button", class: "sort" }, label);
      button.addEventListener("click", () => {
        sorting[name] = { column, down: by.column === column ? !by.down : column >= 0 };
        show();
        target.querySelectorAll(".sort")[column + 1].focus();
      });
      return node("th", { scope: "col", class: column >= 0 && view.columns[column].flag ? "word" : "", "aria-sort": by.column === column ? (by.down ? "descending" : "ascending") : undefined }, button);
    };
    const lines = rows.map((row) => node("tr", { "data-member": row.id },
      node("th", { scope: "row" }, row.label), ...row.values.map((now, n) => cell(now, row.then[n], view.columns[n]))));
    const sum = node("tr", { "data-member": "all" }, node("th", { scope: "row" }, words.all),
      ...view.columns.map((column) => cell(of(column, all, at), old ? of(column, all, old) : undefined, column)));
    const caption = node("p", { class: "summary", "data-range": "yes" }, said(covered(cube, range)),
      old ? ` ${words.against} ${said(covered(cube, earlier))}` : earlier ? ` (${words.unknown})` : "");
    target.replaceChildren(caption, node("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": words.table.replace("{name}", view.title) },
      node("table", {}, node("thead", {}, node("tr", {}, head(words.name, -1), ...view.columns.map((column, n) => head(column.label, n)))),
        node("tbody", {}, ...lines), node("tfoot", {}, sum))));
  };

  const trend = (name, view, target) => {
    const column = view.columns[0];
    const cube = state.campaign && view.also ? cubes[view.also] : cubes[view.cube];
    const range = span();
    const members = chosen(cube).map((member) => member.number);
    const [first, last] = periods(cube, range);
    // Days are read one by one up to five weeks; beyond that they only make noise.
    const size = cube.grain === "day" && last - first >= 35 ? 7 : 1;
    const monday = size === 7 ? (8 - new Date(day(cube.first) + first * DAY).getUTCDay()) % 7 : 0;
    const x = [], y = [];
    for (let n = first + monday; n + size - 1 <= last; n += size) {
      if (n < 0) continue;
      x.push(iso(day(cube.first) + n * step(cube) * DAY));
      y.push(value(cube, column, members, [n, n + size - 1]));
    }
    const grain = cube.grain === "week" || size === 7 ? "week" : "day";
    const segment = state.campaign ? null : state.channel;
    const odd = (view.anomalies || []).filter((one) => one.grain === grain && one.segment === segment && x.includes(one.start) && y[x.indexOf(one.start)] !== null);
    const kind = { ratio: ".2~%", currency: ",.2f" }[column.unit] || ",.2f";
    const known = y.filter((one) => one !== null);
    data.figures[`trend-${name}`] = {
      data: [
        { type: "scatter", mode: "lines+markers", name: column.label, x, y, marker: { size: 4 }, line: { color: "var(--series-1)", width: 2.5 }, hovertemplate: `%{y:${kind}}<extra></extra>` },
        { type: "scatter", mode: "markers", name: words.unusual, x: odd.map((one) => one.start), y: odd.map((one) => y[x.indexOf(one.start)]), marker: { symbol: "circle-open", size: 12, color: "var(--bad)", line: { width: 2.5 } }, hoverinfo: "skip" },
      ],
      layout: { xaxis: { type: "date", nticks: 4, tickangle: 0 }, yaxis: { tickformat: column.unit === "ratio" ? "~%" : "~s", rangemode: "tozero" }, showlegend: odd.length > 0, margin: { l: 8, r: 16, t: odd.length ? 30 : 10, b: 8 } },
    };
    const now = value(cube, column, members, [Math.max(first, 0), last]);
    const earlier = before(range), then = earlier && periods(cube, earlier);
    const moved = then && then[0] >= 0 && then[0] <= then[1] ? change(now, value(cube, column, members, then), column) : null;
    if (!target.firstChild || !target.querySelector(".chart")) {
      target.replaceChildren(node("p", { class: "figure-line" }), node("div", { class: "chart", "data-figure": `trend-${name}`, role: "img" }));
      target.querySelector(".chart").style.height = "220px";
    }
    const line = target.querySelector(".figure-line");
    line.replaceChildren(node("span", { class: "value" }, shown(now, column)), moved ? node("span", { class: `moved tone-${moved.tone}` }, ` ${moved.arrow} ${moved.text}`) : "");
    const place = target.querySelector(".chart");
    place.setAttribute("aria-label", `${column.label}, ${said(covered(cube, range))}: ${shown(now, column)}. ${known.length ? `${shown(Math.min(...known), column)} – ${shown(Math.max(...known), column)}` : ""}`);
    if (place.dataset.drawn) page.draw(place);
    else page.near.observe(place);
  };

  const show = () => {
    for (const [name, view] of Object.entries(views)) {
      const target = document.getElementById(`cube-${name}`);
      (view.shape === "trend" ? trend : table)(name, view, target);
    }
  };

  // ---- the bar of filters
  const offered = (dimension) => {
    const cube = used.find((one) => one.dimension === dimension);
    const found = new Map(cube ? cube.members.map((member) => [member.id, member.label]) : []);
    return found.size > 1 ? [["", words[`every_${dimension}`]], ...found] : [];
  };
  const currencies = [...new Set([data.currency, ...used.flatMap((cube) => Object.keys(cube.rates))])];
  const fields = [
    ["period", [["7", words.days.replace("{n}", 7)], ["28", words.days.replace("{n}", 28)], ["91", words.weeks.replace("{n}", 13)], ["182", words.weeks.replace("{n}", 26)], ["364", words.weeks.replace("{n}", 52)], ["month", words.month], ["last-month", words.last_month], ["custom", words.custom]]],
    ["compare", [["previous", words.previous], ["year", words.year], ["none", words.none]]],
    ["channel", offered("channel")], ["campaign", offered("campaign")], ["country", offered("country")],
    ["currency", currencies.length > 1 ? currencies.map((one) => [one, one]) : []],
  ];
  const label = (name, control) => node("label", {}, node("span", {}, words[name]), control);
  for (const [name, options] of fields) {
    if (!options.length) { state[name] = defaults[name]; continue; }
    const select = node("select", { name, "aria-label": words[name] }, ...options.map(([id, text]) => Object.assign(node("option", {}, text), { value: id })));
    if (!options.some(([id]) => id === state[name])) state[name] = defaults[name];
    select.value = state[name];
    form.append(label(name, select));
  }
  for (const name of ["from", "to"]) {
    const input = node("input", { type: "date", name, "aria-label": words[name], min: iso(earliest), max: iso(through) });
    input.value = state[name];
    form.append(label(name, input));
  }
  const reset = node("button", { type: "reset" }, words.reset);
  form.append(reset);
  const own = () => {
    for (const name of ["from", "to"]) form.elements[name].closest("label").hidden = state.period !== "custom";
    reset.hidden = Object.keys(defaults).every((name) => state[name] === defaults[name]);
    const kept = Object.entries(state).filter(([name, content]) => name in defaults && content !== defaults[name]);
    history.replaceState(null, "", kept.length ? `#${new URLSearchParams(kept)}` : location.pathname + location.search);
    show();
  };
  form.addEventListener("change", (event) => {
    state[event.target.name] = event.target.value;
    if (event.target.name === "period" && state.period === "custom" && !state.from) {
      const [from, to] = [through - 27 * DAY, through];
      [state.from, state.to] = [iso(from), iso(to)];
      [form.elements.from.value, form.elements.to.value] = [state.from, state.to];
    }
    own();
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    Object.assign(state, defaults);
    for (const control of form.elements) if (control.name) control.value = state[control.name];
    own();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  own();
})();
