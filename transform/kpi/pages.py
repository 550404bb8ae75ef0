"""One documentation page a KPI and an index; `kpi docs` writes them to docs/metrics/.

They are committed, so they hold nothing of one business: money has no currency.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from transform.kpi.format import format_value
from transform.kpi.meta import AUDIENCES, GRAIN_OF_CADENCE, STAGES, Target
from transform.kpi.periods import TRAILING
from transform.kpi.registry import Definition, Kpi, Registry
from warehouse.layout import PROJECT_ROOT

PAGES = PROJECT_ROOT / "docs" / "metrics"
_BETTER = {"up": "more is better", "down": "less is better", "band": "best within a band"}
_UNITS = {
    "currency": "reporting currency",
    "per_mille_currency": "reporting currency for a thousand",
    "ratio": "fraction, stored as 0..1 and shown in percent",
    "multiple": "times",
    "count": "count",
    "number": "number",
    "seconds": "seconds",
    "hours": "hours",
    "days": "days",
    "months": "months",
}


def render_markdown(registry: Registry) -> dict[str, str]:
    """The text of every page by its path below docs/metrics/."""
    pages = {f"{kpi.name}.md": _page(kpi, registry) for kpi in registry.kpis}
    return {"index.md": _index(registry), **pages}


def write(registry: Registry, folder: Path = PAGES) -> list[Path]:
    """Write the pages into `folder`, remove those of KPIs that are gone, and return what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = render_markdown(registry)
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def stale(registry: Registry, folder: Path = PAGES) -> list[Path]:
    """The pages in `folder` that are missing, are not as the registry has them, or are of no KPI any more."""
    pages = render_markdown(registry)
    gone = [path for path in sorted(folder.glob("*.md")) if path.name not in pages]
    return [folder / name for name, text in pages.items() if _text(folder / name) != text] + gone


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _index(registry: Registry) -> str:
    lines = [
        "# KPIs and metrics",
        "",
        "Made from `transform/models/semantic/*.yml` by `kpi docs`; edit there.",
        "A KPI serves a business objective and has a target; a metric is counted for drill-down only.",
        "",
        "## By stage of the customer journey",
    ]
    for stage in STAGES:
        lines += ["", f"### {stage.capitalize()}", "", *_table(kpi for kpi in registry.kpis if kpi.stage == stage)]
    lines += ["", "## By audience", ""]
    for audience in AUDIENCES:
        found = [kpi for kpi in registry.kpis if audience in kpi.audience]
        links = ", ".join(f"[{kpi.label}]({kpi.name}.md) ({kpi.cadence})" for kpi in found)
        lines.append(f"- **{_words(audience)}**: {links}")
    lines += ["", "## By cadence", ""]
    for cadence in GRAIN_OF_CADENCE:
        found = [kpi for kpi in registry.kpis if kpi.cadence == cadence]
        lines.append(f"- **{cadence}**: {', '.join(f'[{kpi.label}]({kpi.name}.md)' for kpi in found)}")
    lines += ["", "## Metrics", "", "| name | what it counts | formula | unit |", "|---|---|---|---|"]
    lines += [f"| `{item.name}` | {item.description} | {item.formula} | {item.unit} |" for item in registry.metrics]
    return "\n".join(lines) + "\n"


def _table(kpis: Iterable[Kpi]) -> list[str]:
    rows = [
        f"| [{kpi.label}]({kpi.name}.md) | {kpi.objective} | {kpi.formula} | {kpi.cadence} | {_BETTER[kpi.direction]} |"
        for kpi in kpis
    ]
    return ["| KPI | objective | formula | read | direction |", "|---|---|---|---|---|", *rows]


def _page(kpi: Kpi, registry: Registry) -> str:
    facts = {
        "Name": f"`{kpi.name}`",
        "Objective": kpi.objective,
        "Formula": kpi.formula,
        "Numerator": _side(registry, kpi.numerator),
        "Denominator": _side(registry, kpi.denominator),
        "Unit": _UNITS[kpi.unit],
        "Direction": _BETTER[kpi.direction],
        "Stage": kpi.stage,
        "Read": f"{kpi.cadence}, by {', '.join(_words(audience) for audience in kpi.audience)}",
        "Owner": kpi.owner,
        "Stored by": f"{', '.join(kpi.grains)}; {' and '.join(['total', *(f'by {name}' for name in kpi.splits)])}",
        "Windows": _windows(kpi),
        "Judged": "once no source may restate the period; until then its status is `not_enough_data`"
        if kpi.judged_when_final
        else "",
        "Valid range": _range(kpi),
        "Data may be old": f"{kpi.max_data_age_hours} hours",
        "Rests on": f"at least {kpi.minimum_sample:,} {_label(registry, kpi.sample)}" if kpi.sample else "",
        "Defined in": f"`{kpi.file}`",
    }
    lines = [f"# {kpi.label}", "", kpi.description]
    for title, text in (
        ("What moves it", kpi.what_moves_it),
        ("Where it is wrong", kpi.where_it_is_wrong),
        ("When it is off", kpi.when_it_is_off),
    ):
        lines += ["", f"## {title}", "", text]
    lines += ["", "## How it is worked out", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {text} |" for name, text in facts.items() if text]
    lines += ["", "## Targets", "", *_targets(kpi)]
    lines += ["", "## Benchmark", "", _benchmark(kpi)]
    lines += ["", "## How to read it", "", *_reading(kpi)]
    lines += ["", "```sql", *_query(kpi), "```"]
    return "\n".join(lines) + "\n"


def _windows(kpi: Kpi) -> str:
    if not kpi.trailing_months:
        return ""
    lengths = " and ".join(str(months) for months in kpi.trailing_months)
    names = ", ".join(f"`trailing_{months}_months`" for months in kpi.trailing_months)
    return f"of {lengths} whole months, one that ends with each month, in total (grain {names})"


def _targets(kpi: Kpi) -> list[str]:
    if not kpi.targets:
        return ["None yet."]
    rows = [
        f"| {_goal(target, kpi)} | {_shown(target.baseline, kpi)} | {target.start} | {target.due} | {target.owner} |"
        for target in kpi.targets
    ]
    return [
        f"Of one {kpi.grain}.",
        "",
        "| value | baseline | from | due | owner |",
        "|---|---|---|---|---|",
        *rows,
    ]


def _goal(target: Target, kpi: Kpi) -> str:
    if target.value is not None:
        return _shown(target.value, kpi)
    return f"{_shown(target.low, kpi)} to {_shown(target.high, kpi)}"


def _benchmark(kpi: Kpi) -> str:
    benchmark = kpi.benchmark
    if benchmark is None:
        return "None: no comparable number with a source is known."
    if benchmark.value is not None:
        value = _shown(benchmark.value, kpi)
    else:
        low, high = (_shown(limit, kpi) for limit in (benchmark.low, benchmark.high))
        value = f"{low} to {high}"
    return f"{value}, as of {benchmark.as_of}: {benchmark.source}."


def _shown(value: float | None, kpi: Kpi) -> str:
    return format_value(value, kpi.unit, "").rstrip()


def _reading(kpi: Kpi) -> list[str]:
    average = "the ratio of sums" if kpi.denominator else "the mean"
    before = "the same month a year before" if kpi.grain == "month" else "364 days before, the same weekday"
    lines = [
        f"- Compared with the {kpi.grain} before, with {before}, and with {average} of the "
        f"{TRAILING[kpi.grain]} {kpi.grain}s before.",
        "- NULL with a reason (`null_reason`) where it cannot be computed, never 0 in its place.",
        "- Provisional (`is_final` is false) until no vendor it rests on changes the period any more. Somebody who "
        "corrects the CRM (merges contacts, edits an old deal) or a file still changes a final period, at the "
        "next refresh.",
    ]
    if kpi.is_proportion:
        lines.append("- A proportion: `interval_low` and `interval_high` are the 95 % Wilson score interval.")
    if kpi.net_of:
        lines.append(
            "- A net share: `interval_low` and `interval_high` are its 95 % adjusted Wald interval (Rocks 2016), from "
            f"the number of those who count for or against (`{kpi.net_of}`)."
        )
    if kpi.is_stock:
        lines.append(f"- A stock: the value of a {kpi.grain} is that of its last day.")
    return lines


def _query(kpi: Kpi) -> list[str]:
    return [
        "select period_start, value, numerator, denominator, is_final",
        "from published.kpi_values",
        f"where kpi = '{kpi.name}' and grain = '{kpi.grain}' and segment_dimension = ''",
        "order by period_start",
    ]


def _side(registry: Registry, name: str | None) -> str:
    return f"{_label(registry, name)} (`{name}`)" if name else ""


def _label(registry: Registry, name: str | None) -> str:
    found: Definition | None = registry.definitions.get(name) if name else None
    return found.label.lower() if found else ""


def _range(kpi: Kpi) -> str:
    low, high = kpi.valid_range.min, kpi.valid_range.max
    return f"{'any' if low is None else f'{low:g}'} to {'any' if high is None else f'{high:g}'}"


def _words(name: str) -> str:
    return "CEO" if name == "ceo" else name.replace("_", " ")
