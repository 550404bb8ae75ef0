"""Why each KPI of the scorecard moved: the rows of `semantic.kpi_drivers`, from `semantic.kpi_values`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isclose, prod
from typing import Any

import duckdb

from transform.kpi.decomposition import Change, Effect, Factor, Sides, by_factor, by_segment
from transform.kpi.driver_words import Told, part_words, sentence
from transform.kpi.factors import sides_of
from transform.kpi.meta import FactorBlock
from transform.kpi.registry import Kpi, Registry
from warehouse.tables import KPI_SCORECARD, KPI_VALUES

# A product that misses the value by more than this share is no explanation of it.
_TOLERANCE = 1e-6
_ADDITIVE_UNITS = ("currency", "count")


@dataclass(frozen=True)
class Comparison:
    """Two periods of one KPI, the later one first."""

    kpi: str
    grain: str
    start: date
    against: str
    """previous, year_ago or another name for what it is compared with."""
    against_start: date


@dataclass(frozen=True)
class Values:
    """Values of KPIs and metrics: (name, grain, start, dimension) -> segment -> (value, numerator, denominator)."""

    found: Mapping[tuple[str, str, date, str], Mapping[str, tuple[float | None, float | None, float | None]]] = field(
        default_factory=dict
    )
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Names for people, by dimension and segment, where they are others: a campaign is known by its id."""

    def total(self, name: str, grain: str, start: date) -> tuple[float | None, float | None, float | None]:
        return self.found.get((name, grain, start, ""), {}).get("", (None, None, None))

    def parts(self, name: str, grain: str, start: date, dimension: str) -> dict[str, tuple[float, float]]:
        """Numerator and denominator of each segment; what is not known of one is 0 of it."""
        found = self.found.get((name, grain, start, dimension), {})
        return {
            segment: (numerator or 0.0, denominator or 0.0) for segment, (_, numerator, denominator) in found.items()
        }


def of_scorecard(
    connection: duckdb.DuckDBPyConnection, registry: Registry, *, computed_at: datetime, run_id: str
) -> list[dict[str, Any]]:
    """The drivers of every KPI's newest complete period, against the period before and the year before."""
    from transform.kpi.periods import shift, year_ago

    wanted = []
    for kpi, start, previous, earlier in connection.execute(
        f"select kpi, period_start, previous_value, year_ago_value from {KPI_SCORECARD.relation}"
    ).fetchall():
        grain = registry.kpi(kpi).grain
        if previous is not None:
            wanted.append(Comparison(kpi, grain, start, "previous", shift(start, grain, -1)))
        if earlier is not None:
            wanted.append(Comparison(kpi, grain, start, "year_ago", year_ago(start, grain)))
    values = read_values(connection, registry, wanted)
    about = {"computed_at": computed_at, "run_id": run_id}
    return [row | about for comparison in wanted for row in explain(registry, values, comparison)]


def read_values(
    connection: duckdb.DuckDBPyConnection,
    registry: Registry,
    comparisons: Iterable[Comparison],
    relation: str = KPI_VALUES.relation,
) -> Values:
    """What `explain` needs for the comparisons; `relation` may be that of a publication."""
    wanted: dict[tuple[str, date], set[str]] = defaultdict(set)
    for comparison in comparisons:
        for start in (comparison.start, comparison.against_start):
            wanted[comparison.grain, start] |= _names(registry, registry.kpi(comparison.kpi))
    columns = "kpi, grain, period_start, segment_dimension, segment_value, segment_label, value, numerator, denominator"
    # Constants are held against the statistics of each block of rows, a join reads them all.
    rows = [
        row
        for (grain, start), names in wanted.items()
        for row in connection.execute(
            f"select {columns} from {relation} where grain = ? and period_start = ? and list_contains(?, kpi)",
            [grain, start, sorted(names)],
        ).fetchall()
    ]
    found: dict[tuple[str, str, date, str], dict[str, tuple[float | None, float | None, float | None]]] = defaultdict(
        dict
    )
    labels = {}
    for name, grain, start, dimension, segment, label, *numbers in rows:
        found[name, grain, start, dimension][segment] = (numbers[0], numbers[1], numbers[2])
        if label != segment:
            labels[dimension, segment] = label
    return Values(found, labels)


def explain(registry: Registry, values: Values, comparison: Comparison) -> list[dict[str, Any]]:
    """The change between two periods: the whole with a sentence (rank 0), then its parts, largest first.

    The parts of each segment dimension (the factors in total among them, dimension '') sum to the change. Empty where
    one of the two values is NULL.
    """
    kpi = registry.kpi(comparison.kpi)
    value = values.total(kpi.name, comparison.grain, comparison.start)[0]
    earlier = values.total(kpi.name, comparison.grain, comparison.against_start)[0]
    if value is None or earlier is None:
        return []
    chain = declared(registry, kpi, values, comparison, "")
    blocks = {_key(block): block for block in kpi.factors} if chain else {}
    effects: dict[str, list[Effect]] = {"": by_factor(chain or own_sides(registry, kpi, values, comparison), kpi.scale)}
    dimensions: tuple[str, ...] = kpi.segments if _is_additive(kpi) else ()
    for dimension in dimensions:
        factors = declared(registry, kpi, values, comparison, dimension) or [own(kpi, values, comparison, dimension)]
        if any(factor.parts for factor in factors):
            effects[dimension] = by_segment(factors, kpi.scale)
    told = Told(kpi, value, earlier, comparison.against, registry.currency, blocks, _labels(registry), values.labels)
    whole = {"kpi": kpi.name, "grain": comparison.grain, "period_start": comparison.start}
    whole |= {"against": comparison.against, "against_start": comparison.against_start}
    total = Effect("", "total", "", value - earlier, value - earlier)
    rows = [_row(whole, told, "", total, 0) | {"words": sentence(told, effects)}]
    for dimension, found in effects.items():
        ordered = sorted(found, key=lambda effect: (-abs(effect.amount), effect.factor, effect.segment, effect.kind))
        rows += [_row(whole, told, dimension, one, rank) for rank, one in enumerate(ordered, 1)]
    return rows


def declared(registry: Registry, kpi: Kpi, values: Values, comparison: Comparison, dimension: str) -> list[Factor]:
    """The KPI's declared factors in both periods; none where one is not known then, or the product is not the value."""
    factors = []
    for block in kpi.factors:
        change = _change_of(registry, block, values, comparison)
        if change is None:
            return []
        numerator, denominator = sides_of(block, registry.definitions)
        parts = _parts(values, comparison, dimension, numerator, denominator) if dimension else {}
        factors.append(Factor(_key(block), change, block.divides, denominator is None, parts))
    totals = [
        values.total(kpi.name, comparison.grain, start)[0] for start in (comparison.against_start, comparison.start)
    ]
    for place, total in enumerate(totals):
        product = kpi.scale * (prod(factor.levels[place] for factor in factors) + kpi.factors_offset)
        if total is None or not isclose(product, total, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
            return []
    return factors


def own_sides(registry: Registry, kpi: Kpi, values: Values, comparison: Comparison) -> list[Factor]:
    """The KPI as its numerator divided by its denominator; as itself where it is no ratio, or has no such sides."""
    numerator, denominator = kpi.numerator, kpi.denominator
    whole = _own_change(kpi, values, comparison)
    if numerator is None or denominator is None or not whole.before.denominator or not whole.after.denominator:
        return [Factor(kpi.name, whole, is_amount=denominator is None)]
    above = Change(Sides(whole.before.numerator), Sides(whole.after.numerator))
    below = Change(Sides(whole.before.denominator), Sides(whole.after.denominator))
    return [Factor(numerator, above, is_amount=True), Factor(denominator, below, divides=True, is_amount=True)]


def own(kpi: Kpi, values: Values, comparison: Comparison, dimension: str) -> Factor:
    """The KPI itself, with its own segments: what the mix and what the rate of each did."""
    before = values.parts(kpi.name, comparison.grain, comparison.against_start, dimension)
    after = values.parts(kpi.name, comparison.grain, comparison.start, dimension)
    parts = {
        segment: Change(Sides(*before.get(segment, (0.0, 0.0))), Sides(*after.get(segment, (0.0, 0.0))))
        for segment in sorted({*before, *after})
    }
    return Factor(kpi.name, _own_change(kpi, values, comparison), is_amount=kpi.denominator is None, parts=parts)


def _own_change(kpi: Kpi, values: Values, comparison: Comparison) -> Change:
    def sides(start: date) -> Sides:
        value, numerator, denominator = values.total(kpi.name, comparison.grain, start)
        if kpi.denominator is None or numerator is None or not denominator:
            return Sides((value or 0.0) / kpi.scale)
        return Sides(numerator, denominator)

    return Change(sides(comparison.against_start), sides(comparison.start))


def _change_of(registry: Registry, block: FactorBlock, values: Values, comparison: Comparison) -> Change | None:
    """The factor in both periods; None where it is not known, or divided by nothing."""
    numerator, denominator = sides_of(block, registry.definitions)
    found = []
    for start in (comparison.against_start, comparison.start):
        above = values.total(numerator, comparison.grain, start)[0]
        below = values.total(denominator, comparison.grain, start)[0] if denominator else 1.0
        if above is None or not below or (block.divides and not above):
            return None
        found.append(Sides(above, below))
    return Change(found[0], found[1])


def _parts(
    values: Values, comparison: Comparison, dimension: str, numerator: str, denominator: str | None
) -> dict[str, Change]:
    periods = (comparison.against_start, comparison.start)
    above = [values.parts(numerator, comparison.grain, start, dimension) for start in periods]
    below = [values.parts(denominator, comparison.grain, start, dimension) if denominator else {} for start in periods]

    def sides(segment: str, place: int) -> Sides:
        nothing = (0.0, 0.0)
        return Sides(above[place].get(segment, nothing)[0], below[place].get(segment, nothing)[0])

    segments = sorted({segment for found in (*above, *below) for segment in found})
    return {segment: Change(sides(segment, 0), sides(segment, 1)) for segment in segments}


def _names(registry: Registry, kpi: Kpi) -> set[str]:
    sides = (sides_of(block, registry.definitions) for block in kpi.factors)
    return {kpi.name, *(name for pair in sides for name in pair if name)}


def _key(block: FactorBlock) -> str:
    return f"{block.name} / {block.per}" if block.per else block.name


def _is_additive(kpi: Kpi) -> bool:
    """Whether parts add up to the whole; those of a median do not."""
    return kpi.denominator is not None or kpi.unit in _ADDITIVE_UNITS


def _labels(registry: Registry) -> dict[str, str]:
    return {item.name: item.label for item in registry}


def _row(whole: dict[str, Any], told: Told, dimension: str, effect: Effect, rank: int) -> dict[str, Any]:
    return whole | {
        "segment_dimension": dimension,
        "factor": effect.factor,
        "part": effect.kind,
        "segment_value": effect.segment,
        "segment_label": told.segment(dimension, effect.segment),
        "effect_absolute": effect.amount,
        "effect_relative": effect.amount / abs(told.earlier) if told.earlier else None,
        "rank": rank,
        "words": part_words(told, dimension, effect),
    }
