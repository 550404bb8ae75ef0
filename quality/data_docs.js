// What Great Expectations' pages ask of jQuery, Bootstrap and bootstrap-table, and no more: tables, folds, tabs, filter.
"use strict";
(() => {
  class Found {
    constructor(elements) { this.elements = elements; }
    each(work) { this.elements.forEach((element, place) => work(place, element)); return this; }
    parent() { return new Found([...new Set(this.elements.map((element) => element.parentElement).filter(Boolean))]); }
    fadeIn() { return this.each((_, element) => { element.style.display = ""; }); }
    fadeOut() { return this.each((_, element) => { element.style.display = "none"; }); }
    prepend(html) { return this.each((_, element) => element.insertAdjacentHTML("afterbegin", html)); }
    ready(work) { document.addEventListener("DOMContentLoaded", work); return this; }
    on() { return this; }
    bootstrapTable(options) {
      if (typeof options === "object") this.each((_, table) => fill(table, options));
      return this;
    }
  }

  const cell = (tag, html, row) => {
    const made = document.createElement(tag);
    made.innerHTML = html;
    row.append(made);
  };

  const fill = (table, { columns, data }) => {
    const told = columns.filter(({ field }) => data.some((row) => row[field] && row[field] !== "None"));
    const head = table.createTHead().insertRow();
    told.forEach(({ title }) => cell("th", title, head));
    const body = table.createTBody();
    data.forEach((entry) => {
      const row = body.insertRow();
      told.forEach(({ field }) => cell("td", entry[field] ?? "", row));
      const target = entry._table_row_link_path;
      if (target) {
        row.className = "clickable-row";
        row.addEventListener("click", (event) => { if (!event.target.closest("a")) window.location.href = target; });
      }
    });
  };

  const named = (link) => document.getElementById((link.getAttribute("href") || "").slice(1));

  document.addEventListener("click", (event) => {
    const fold = event.target.closest('[data-toggle="collapse"]');
    const tab = event.target.closest('[data-toggle="tab"]');
    if (fold) {
      event.preventDefault();
      named(fold)?.classList.toggle("show");
    } else if (tab) {
      event.preventDefault();
      tab.closest("ul").querySelectorAll(".nav-link").forEach((link) => {
        link.classList.toggle("active", link === tab);
        named(link)?.classList.toggle("active", link === tab);
      });
    }
  });

  window.$ = (wanted) => new Found(typeof wanted === "string" ? [...document.querySelectorAll(wanted)] : [wanted]);
})();
