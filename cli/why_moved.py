"""`kpi why-moved`: what became of a value since it was first reported, or why it is not that of another period."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from cli.console import Day, console, write_csv, write_json
from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    import duckdb

    from transform.kpi.memory import Report, Story
    from transform.kpi.memory_words import Vocabulary
    from transform.kpi.meta import Grain

COLUMNS = (
    "kpi", "period_start", "period_end", "first_reported_at", "first_value", "value_now", "change", "cause", "source",
    "account_id", "effect", "words",
)  # fmt: skip


class Period(click.ParamType[tuple[str, date]]):
    """A day, an ISO week or a month."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, date]:
        from transform.kpi.periods import parse_period

        try:
            return parse_period(value)
        except ValueError:
            self.fail(f"{value!r} is no period; write one such as 2026-10, 2026-W45 or 2026-11-03", param, ctx)


@click.command(name="why-moved")
@click.argument("kpi")
@click.option("--period", type=Period(), required=True, help="The period, such as 2026-10, 2026-W45 or 2026-11-03.")
@click.option("--since", type=Day(), help="Since the end of this day, not since it was first reported.")
@click.option("--against", help="Why it is not that of another period: previous, year-ago or one such as 2026-09.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def command(kpi: str, period: tuple[Grain, date], since: date | None, against: str | None, form: str) -> None:
    """Why does a value differ from what was first reported? The change, split exactly by source and account.

    The first report is that of the first publication in which the period was complete. What is of no account stands
    beside the accounts: exchange rates, settings and definitions that changed, and rows that are counted otherwise.

    With --against: why the value is another one than in that period, by factors and segments (docs/why-it-moved.md).

    \b
    Examples:
      kpi why-moved cost_per_lead --period 2026-W45
      kpi why-moved return_on_ad_spend --period 2026-10 --since 2026-11-15
      kpi why-moved spend --period 2026-11-03 --format json
      kpi why-moved customer_acquisition_cost --period 2026-10 --against previous
    """
    from transform.kpi.memory import story
    from warehouse.connection import publication_reader
    from warehouse.settings import load_settings

    settings = load_settings()
    grain, start = period
    if against:
        if since:
            raise ConfigurationError("--since and --against: ask for one of them; they answer different questions")
        from cli.compared import compare

        compare(settings, kpi, period, against, form)
        return
    with publication_reader(settings.publication) as connection:
        _check(connection, kpi, grain)
        told = story(connection, kpi, grain, start, since)
        vocabulary = _vocabulary(connection)
    if form == "table":
        _show(told, vocabulary, since)
    else:
        (write_csv if form == "csv" else write_json)(COLUMNS, _records(told, vocabulary))


def _check(connection: duckdb.DuckDBPyConnection, kpi: str, grain: Grain) -> None:
    """Raises ConfigurationError for a KPI that nobody knows, and for a grain that it does not have."""
    from refresh.names import near

    known = [str(name) for (name,) in connection.execute("select kpi from published.dim_kpi order by kpi").fetchall()]
    if kpi not in known:
        raise ConfigurationError(f"{kpi!r}: no KPI or metric of this name; {near(kpi, known)}")
    grains = {
        str(name)
        for (name,) in connection.execute(
            "select distinct grain from published.kpi_reported where kpi = ? and not starts_with(grain, 'trailing')",
            [kpi],
        ).fetchall()
    }
    if grain not in grains:
        has = " and ".join(sorted(grains)) or "no period yet"
        raise ConfigurationError(f"--period: {kpi} is not worked out by {grain}; it is by {has}")


def _vocabulary(connection: duckdb.DuckDBPyConnection) -> Vocabulary:
    from transform.kpi.memory_words import Vocabulary

    metrics = connection.execute("select kpi, label, unit from published.dim_kpi").fetchall()
    currency = connection.execute("select reporting_currency from published.dim_business").fetchone()
    return Vocabulary(
        {kpi: (label, unit) for kpi, label, unit in metrics},
        dict(connection.execute("select source, title from published.source_status").fetchall()),
        str(currency[0]) if currency else "",
    )


def _records(told: Story, vocabulary: Vocabulary) -> list[tuple[Any, ...]]:
    """A row a part; one row without a part where nothing changed."""
    from transform.kpi.memory_words import what_words

    first, now = told.first.value, told.now.value
    change = None if first is None or now is None else now - first
    head = (told.kpi, told.period_start, told.period_end, told.first.reported_at, first, now, change)
    if not told.parts:
        return [(*head, None, None, None, None, "nothing has changed")]
    return [
        (
            *head,
            part.cause.kind,
            part.cause.source or None,
            part.cause.account_id or None,
            None if part.effect is None else float(part.effect),
            what_words(part, vocabulary),
        )
        for part in told.parts
    ]


def _show(told: Story, vocabulary: Vocabulary, since: date | None) -> None:
    from rich.table import Table

    from transform.kpi.format import format_difference
    from transform.kpi.memory_words import cause_words, what_words
    from transform.kpi.periods import period_name

    screen = console()

    def value(report: Report) -> str:
        return _value(report, told.unit, vocabulary.currency)

    began = f"at the end of {since}" if since else f"as first reported on {told.first.reported_at:%Y-%m-%d}"
    screen.print(f"[bold]{told.label}[/bold], {period_name(told.grain, told.period_start)}")
    screen.print(f"{value(told.first)} {began}, {value(told.now)} now", end="")
    if not told.parts:
        screen.print(". Nothing of it has changed.")
        return
    if told.first.value is not None and told.now.value is not None:
        change = told.now.value - told.first.value
        screen.print(f": {format_difference(change, told.unit, vocabulary.currency)}", end="")
    screen.print("\n")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("moved by", "change", "what happened"):
        table.add_column(title, justify="right" if title == "change" else "left")
    for part in told.parts:
        effect = None if part.effect is None else float(part.effect)
        shown = format_difference(effect, told.unit, vocabulary.currency)
        table.add_row(cause_words(part, vocabulary), shown, what_words(part, vocabulary))
    screen.print(table)
    if told.restatements:
        screen.print("\nWhat the sources changed of these days since then (`kpi restatements`):", style="dim")
        evidence = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("source", "account", "table", "measure", "days", "change"):
            evidence.add_column(title, justify="right" if title in ("days", "change") else "left")
        for row in told.restatements:
            evidence.add_row(*(str(cell) for cell in row[:-1]), f"{row[-1]:+,.2f}")
        screen.print(evidence)


def _value(report: Report, unit: str, currency: str) -> str:
    from transform.kpi.format import format_value

    reason = f" ({report.null_reason})" if report.value is None and report.null_reason else ""
    return format_value(report.value, unit, currency) + reason
