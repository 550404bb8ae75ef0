"""What the facts under the metrics know: by which segments each can be split, and whether parts and days add up.

A segment is an entity of a semantic model (`transform/models/semantic/*.yml`), so that metrics of two facts can be
split by what both know. A part of which the fact does not know the segment is `(not set)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transform.kpi.meta import SEGMENTS, Grain, KpiBlock, RollsUp, Segment
from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from transform.kpi.registry import Definition

NOT_SET = "(not set)"
_ADDS_UP = ("sum", "sum_boolean", "count")
# Where there are many parts of few rows each, a day or a week of one part says nothing.
_GRAINS: dict[str, tuple[Grain, ...]] = {"landing_page": ("week", "month"), "acquisition_cohort": ("month",)}
# By day, all metrics are split by channel; further only those that somebody reads by the day.
_SPLIT_BY_DAY = ("", "channel", "source")


@dataclass(frozen=True)
class Fact:
    """A semantic model: its name, and the segments that its rows know.

    `grain_dimension`: by which MetricFlow tells its rows of a day, week and month apart, where the vendor has counted
    each of them (`config.meta.counted_by_grain` names the column); a grain then reads its own rows alone.
    """

    name: str
    segments: tuple[Segment, ...]
    grain_dimension: str = ""


@dataclass(frozen=True)
class Measure:
    """What a fact counts. `adds_up`: the sum over the parts of a segment is the total; not so of distinct counts.

    `is_stock`: a period has what there is at its end, so that periods do not add up.
    """

    fact: Fact
    adds_up: bool
    is_stock: bool = False


def with_facts(
    definitions: Mapping[str, Definition],
    entries: Mapping[str, Mapping[str, Any]],
    semantic_models: Iterable[Mapping[str, Any]],
) -> dict[str, Definition]:
    """The definitions with what their facts know: `segments`, `source`, `adds_up`, `adds_up_over_days`, `rolls_up`.

    `entries` are their YAML by name.

    A block that names no segments has every one that all of its facts know. Raises ConfigurationError, with the fact,
    for a segment that one of them does not know.
    """
    measures = _measures(semantic_models)
    leaves = {
        name: measures.get(measure_of(entries[name]), Measure(Fact(name, ()), adds_up=False))
        for name, item in definitions.items()
        if not item.inputs
    }

    def leaves_of(name: str) -> frozenset[str]:
        inputs = definitions[name].inputs
        return frozenset().union(*map(leaves_of, inputs)) if inputs else frozenset({name})

    of_stocks = (leaves_of(name) for name, item in definitions.items() if getattr(item, "is_stock", False))
    stocks = frozenset(name for name, leaf in leaves.items() if leaf.is_stock).union(*of_stocks)

    def rolls_up(item: Definition, *, is_sum: bool) -> RollsUp:
        sides = {item.numerator, item.denominator} - {None} or {item.name}
        under = frozenset().union(*(leaves_of(str(side)) for side in sides))
        if not all(leaves[leaf].adds_up for leaf in under) or not (is_sum or item.denominator):
            return "none"
        if under & stocks:
            return "sum_in_period" if is_sum else "ratio_in_period"
        return "sum" if is_sum else "ratio"

    def settled(item: Definition) -> Definition:
        sides = {name for name in (item.name, item.numerator, item.denominator, item.sample) if name}
        under = sorted(frozenset().union(*map(leaves_of, sides)))
        known = tuple(name for name in SEGMENTS if all(name in leaves[leaf].fact.segments for leaf in under))
        _refuse_unknown(item, known, {leaf: leaves[leaf].fact for leaf in under})
        is_declared = "segments" in item.model_fields_set
        entry = entries[item.name]
        source = ""
        if item.name in leaves:
            source = f"{leaves[item.name].fact.name} {entry.get('filter') or ''}".rstrip()
        grain_dimension = _grain_dimension(item, [leaves[leaf].fact for leaf in under])
        is_sum = entry.get("type") in ("simple", "derived") and item.denominator is None
        adds_up = is_sum and all(leaves[leaf].adds_up for leaf in leaves_of(item.name))
        return item.model_copy(
            update={
                "segments": item.segments if is_declared else known,
                "source": source,
                "adds_up": adds_up,
                "adds_up_over_days": adds_up and not any(leaves[leaf].is_stock for leaf in leaves_of(item.name)),
                "rolls_up": rolls_up(item, is_sum=is_sum),
                "grain_dimension": grain_dimension,
            }
        )

    found = {name: settled(item) for name, item in definitions.items()}
    for item in found.values():
        _check_overlaps(item, found)
    return found


def _check_overlaps(item: Definition, definitions: Mapping[str, Definition]) -> None:
    """Raises ConfigurationError for an overlapping segment that cannot be worked out."""
    for segment, metric in item.overlapping_segments.items() if isinstance(item, KpiBlock) else ():
        above = definitions.get(metric)
        reason = ""
        if above is None or above.denominator is not None:
            reason = f"{metric!r} is no metric that is counted"
        elif segment not in above.segments:
            reason = f"{metric!r} is not split by it"
        elif item.denominator is None:
            reason = f"{item.name} has no denominator for its parts to be a share of"
        elif segment in item.segments:
            reason = f"{item.name} is split by it already, in parts that add up"
        if reason:
            raise ConfigurationError(
                f"{item.file}: {item.kind} {item.name}: field overlapping_segments.{segment}: {reason}; name the "
                "metric that counts the numerator by that segment"
            )


def _grain_dimension(item: Definition, facts: Iterable[Fact]) -> str:
    """That of all of its facts. Raises ConfigurationError for facts that do not go together."""
    found = {fact.grain_dimension: fact.name for fact in facts}
    windows = item.trailing_months if isinstance(item, KpiBlock) else ()
    if len(found) > 1 or (any(found) and windows):
        counted = next(name for dimension, name in found.items() if dimension)
        raise ConfigurationError(
            f"{item.file}: {item.kind} {item.name}: each row of fact {counted} is counted for a day, week or month; "
            "no other fact can stand beside it, and there are no trailing_months"
        )
    return next(iter(found), "")


def _refuse_unknown(item: Definition, known: tuple[Segment, ...], facts: Mapping[str, Fact]) -> None:
    for segment in item.segments:
        for leaf, fact in facts.items():
            if segment not in fact.segments:
                raise ConfigurationError(
                    f"{item.file}: {item.kind} {item.name}: field segments: {segment!r}: fact {fact.name} of metric "
                    f"{leaf} has no such entity; all of its facts know {', '.join(known) or 'none'}"
                )


def measure_of(entry: Mapping[str, Any]) -> str:
    measure = (entry.get("type_params") or {}).get("measure")
    return str(measure.get("name") if isinstance(measure, dict) else measure)


def _measures(semantic_models: Iterable[Mapping[str, Any]]) -> dict[str, Measure]:
    return {
        str(measure.get("name")): Measure(
            _fact(model), measure.get("agg") in _ADDS_UP, measure.get("non_additive_dimension") is not None
        )
        for model in semantic_models
        for measure in model.get("measures") or []
    }


def grains_of(segment: str, grains: Iterable[Grain], *, is_read_daily: bool) -> tuple[Grain, ...]:
    """Those of a metric's `grains` at which its parts by `segment` are kept; all of them for the total ("")."""
    return tuple(
        grain
        for grain in grains
        if grain in _GRAINS.get(segment, (grain,)) and (grain != "day" or is_read_daily or segment in _SPLIT_BY_DAY)
    )


def _fact(model: Mapping[str, Any]) -> Fact:
    entities = {entity.get("name") for entity in model.get("entities") or []}
    column = ((model.get("config") or {}).get("meta") or {}).get("counted_by_grain")
    primary = [entity.get("name") for entity in model.get("entities") or [] if entity.get("type") == "primary"]
    return Fact(
        str(model.get("name")),
        tuple(segment for segment in SEGMENTS if segment in entities),
        f"{primary[0]}__{column}" if column and primary else "",
    )
