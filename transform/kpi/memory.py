"""The story of one value, read from a publication: as it was first reported, as it is now, and what moved it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from typing import Any

import duckdb
import orjson

from transform.kpi.meta import Grain
from transform.kpi.periods import end_of, period_name
from transform.kpi.restated import SIDES, Amount, Cause, Formula, Key, Move, State, split
from warehouse.errors import ConfigurationError
from warehouse.history import KEPT
from warehouse.layout import HISTORY, PUBLISHED
from warehouse.reported import newest, number_on
from warehouse.tables import KPI_REPORTED

_KEPT = {kept.table: kept for kept in KEPT}


@dataclass(frozen=True)
class Report:
    """A value as it was published: when, by which run, and why it was unknown where it was."""

    value: float | None
    null_reason: str | None
    reported_at: datetime
    run_id: str


@dataclass(frozen=True)
class Part:
    """All that one cause did: its effect on the value (None where that was or is unknown), and on each metric."""

    cause: Cause
    effect: Fraction | None
    amounts: dict[str, Fraction]


@dataclass(frozen=True)
class Story:
    """What became of a KPI's value of a period, from a first report to now; the parts add up to the change."""

    kpi: str
    label: str
    unit: str
    direction: str
    grain: Grain
    period_start: date
    period_end: date
    first: Report
    now: Report
    parts: tuple[Part, ...]
    restatements: tuple[tuple[Any, ...], ...]
    """What sources changed of the period's days since then: source, account, table, measure, days, change."""


@dataclass(frozen=True)
class _Version:
    number: int
    report: Report
    numerator: float | None
    denominator: float | None
    is_complete: bool
    is_first: bool


def story(connection: duckdb.DuckDBPyConnection, kpi: str, grain: Grain, start: date, since: date | None) -> Story:
    """What the publication of `connection` remembers of `kpi` in the period of `grain` that starts on `start`.

    From the first report of the complete period, or from what held at the end of day `since`. Raises
    ConfigurationError for a period that was not reported (by then) when it was complete.
    """
    label, unit, direction = connection.execute(
        f"select label, unit, direction from {PUBLISHED}.dim_kpi where kpi = ?", [kpi]
    ).fetchone() or (kpi, "", "")
    versions = _versions(connection, kpi, grain, start)
    began = _begin(connection, versions, f"{kpi} of {period_name(grain, start)}", since)
    at = began.number if since is None else max(began.number, number_on(connection, since))
    newest_number = connection.execute(f"select max(publication_number) from {HISTORY}.publication").fetchone()
    last = int(newest_number[0]) if newest_number else at
    end = end_of(start, grain)
    moves: list[Move] = []
    changes = [(number, detail) for number, detail in _redefined(connection, kpi) if at < number <= last]
    place = at
    for number, detail in [*changes, (last, "")]:
        # up to the run that worked it out otherwise, by accounts; that run as a whole
        until = number - 1 if detail else number
        before, after = (_state(connection, kpi, versions, at_number, (start, end)) for at_number in (place, until))
        moves += split(before, after, _formula(connection, kpi, unit, until))
        if detail:
            moves += _recomputed(after, _state(connection, kpi, versions, number, (start, end)), detail)
        place = number
    return Story(
        kpi,
        label,
        unit,
        direction,
        grain,
        start,
        end,
        began.report,
        versions[-1].report,
        _parts(moves),
        _restatements(connection, kpi, (start, end), at),
    )


def _versions(connection: duckdb.DuckDBPyConnection, kpi: str, grain: Grain, start: date) -> list[_Version]:
    rows = connection.execute(
        "select publication_number, value, null_reason, reported_at, run_id, numerator, denominator, is_complete, "
        f"is_first_report from {KPI_REPORTED.relation} "
        "where kpi = ? and grain = ? and period_start = ? and segment_dimension = '' order by version",
        [kpi, grain, start],
    ).fetchall()
    return [_Version(row[0], Report(*row[1:5]), *row[5:]) for row in rows]


def _begin(connection: duckdb.DuckDBPyConnection, versions: list[_Version], what: str, since: date | None) -> _Version:
    first = next((version for version in versions if version.is_first), None)
    if first is None:
        raise ConfigurationError(
            f"{what}: is not complete yet, so that it was never reported as a whole; ask for one before it"
            if versions
            else f"{what}: there is no such value among what was published; ask for a later period"
        )
    if since is None:
        return first
    held = [version for version in versions if version.number <= number_on(connection, since)]
    if not held or held[-1].number < first.number:
        raise ConfigurationError(
            f"--since {since}: {what} was not reported by then; it was first on {first.report.reported_at:%Y-%m-%d}"
        )
    return held[-1]


def _state(
    connection: duckdb.DuckDBPyConnection,
    kpi: str,
    versions: list[_Version],
    number: int,
    days: tuple[date, date],
) -> State:
    held = [version for version in versions if version.number <= number][-1]
    of_period = (
        f"(select * from {HISTORY}.kpi_contributions where date_day between date '{days[0]}' and date '{days[1]}' "
        f"and metric in (select metric from {HISTORY}.kpi_inputs where kpi = $kpi))"
    )
    rows = connection.execute(
        "select metric, date_day, source, account_id, currency_code, value, basis, fx_rate "
        f"from ({newest(_KEPT['kpi_contributions'], number, of_period)})",
        {"kpi": kpi},
    ).fetchall()
    amounts = {
        Key(*row[:5]): Amount(_fraction(row[5]) or Fraction(0), _fraction(row[6]), _fraction(row[7])) for row in rows
    }
    sides = _fraction(held.numerator), _fraction(held.denominator)
    return State(_fraction(held.report.value), *sides, amounts)


def _formula(connection: duckdb.DuckDBPyConnection, kpi: str, unit: str, number: int) -> Formula:
    kept = newest(_KEPT["kpi_inputs"], number, f"(select * from {HISTORY}.kpi_inputs where kpi = $kpi)")
    inputs = connection.execute(f"select side, metric, weight from ({kept})", {"kpi": kpi}).fetchall()
    about = {
        name: (of_unit, tuple(part.strip() for part in sources.split(",") if part))
        for name, of_unit, sources in connection.execute(
            f"select kpi, unit, sources from {PUBLISHED}.dim_kpi"
        ).fetchall()
    }
    counted = {
        metric
        for (metric,) in connection.execute(f"select distinct metric from {HISTORY}.kpi_contributions").fetchall()
    }
    names = {metric for _, metric, _ in inputs}
    is_ratio = connection.execute(
        f"select denominator_name is not null from {PUBLISHED}.dim_kpi where kpi = ?", [kpi]
    ).fetchone() or (False,)
    return Formula(
        {side: {metric: Fraction(weight) for of, metric, weight in inputs if of == side} for side in SIDES},
        bool(is_ratio[0]),
        Fraction(1000 if unit == "per_mille_currency" else 1),
        frozenset(name for name in names if about.get(name, ("",))[0] == "currency"),
        {name: about[name][1] for name in names - counted if name in about} | {"": about.get(kpi, ("", ()))[1]},
    )


def _redefined(connection: duckdb.DuckDBPyConnection, kpi: str) -> list[tuple[int, str]]:
    """The publications whose run worked the KPI out otherwise than the one before, and what was other."""
    rows = connection.execute(
        f"select publication_number, code_digest, settings from {HISTORY}.kpi_definitions "
        "where kpi = ? and not is_withdrawn order by publication_number",
        [kpi],
    ).fetchall()
    found = []
    for (_, _, earlier), (number, _, later) in pairwise(rows):
        old, new = orjson.loads(earlier), orjson.loads(later)
        changed = [
            f"{name} from {old.get(name)} to {new.get(name)}"
            for name in sorted({*old, *new})
            if old.get(name) != new.get(name)
        ]
        found.append((int(number), f"settings changed: {', '.join(changed)}" if changed else "its definition changed"))
    return found


def _recomputed(before: State, after: State, detail: str) -> list[Move]:
    is_known = before.value is not None and after.value is not None
    effect = (after.value or Fraction(0)) - (before.value or Fraction(0)) if is_known else None
    return [] if effect == 0 else [Move(Cause("recomputed", detail=detail), "numerator", "", Fraction(0), effect)]


def _parts(moves: Iterable[Move]) -> tuple[Part, ...]:
    """The moves by cause, the largest effect first. A metric on both sides of a KPI moved once."""
    causes: dict[Cause, list[Move]] = {}
    for move in moves:
        causes.setdefault(move.cause, []).append(move)
    parts = []
    for cause, found in causes.items():
        effects = [move.effect for move in found if move.effect is not None]
        amounts: dict[str, Fraction] = {}
        for side in reversed(SIDES):
            by_metric: dict[str, Fraction] = {}
            for move in found:
                if move.side == side and move.amount:
                    by_metric[move.metric] = by_metric.get(move.metric, Fraction(0)) + move.amount
            amounts |= by_metric
        parts.append(Part(cause, sum(effects, Fraction(0)) if len(effects) == len(found) else None, amounts))
    return tuple(sorted(parts, key=lambda part: (-abs(part.effect or 0), part.cause)))


def _restatements(
    connection: duckdb.DuckDBPyConnection, kpi: str, days: tuple[date, date], number: int
) -> tuple[tuple[Any, ...], ...]:
    """What later loads than those of publication `number` changed; a run computes and loads at the same moment."""
    exists = connection.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = 'restatements'", [HISTORY]
    ).fetchone()
    if not exists:
        return ()
    rows = connection.execute(
        f"""
        select source, account_id, table_name, measure, count(distinct date_day), sum(new_value - old_value) as change
        from {HISTORY}.restatements
        where date_day between ? and ?
        and seen_at > (select max(computed_at) from {HISTORY}.kpi_scorecard where publication_number <= ?)
        and list_contains(
            (select string_split(sources, ',') from {PUBLISHED}.dim_kpi where kpi = ?), source
        )
        group by all having change <> 0 order by all
        """,
        [*days, number, kpi],
    ).fetchall()
    return tuple(rows)


def _fraction(value: Any) -> Fraction | None:
    return None if value is None else Fraction(value)
