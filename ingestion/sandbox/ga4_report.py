"""The rows of a report, and what Google says about them: "(other)", thresholds, samples and days that are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from ingestion.sandbox.ga4_facts import Fact, chance_of, facts_known
from ingestion.sandbox.ga4_fields import (
    ADS_DIMENSION,
    ALIASES,
    DEMOGRAPHIC_DIMENSIONS,
    TIME_DIMENSIONS,
    dimension,
    exploded,
    metric,
)
from ingestion.sandbox.ga4_filters import compiled, fields_of
from ingestion.sandbox.model import World
from ingestion.spec import months_before

OTHER = "(other)"
# GA4 keeps so many rows a day of one report; smaller ones become one "(other)". The real limit is some 50,000.
ROWS_PER_DAY = 17
# A row with fewer users is withheld where it could tell who somebody is.
FEWEST_USERS = 10
# Google Ads' own numbers reach back so many months.
ADS_MONTHS = 36
# Events of one query from which on a standard property answers from a sample.
SAMPLED_FROM = 10_000_000


class Row(NamedTuple):
    """A row of a report, its metrics still numbers."""

    dimensions: tuple[str, ...]
    metrics: tuple[float, ...]


@dataclass
class Report:
    """Rows in Google's default order, and the flags of `metadata` that are set."""

    rows: list[Row] = field(default_factory=list)
    has_other: bool = False
    is_thresholded: bool = False
    sample: tuple[int, int] | None = None
    """Events that were read, of how many."""
    truncations: tuple[dict[str, Any], ...] = ()
    totals: tuple[float, ...] = ()
    """The metrics over all rows, users counted once; empty without rows."""

    def metadata(self) -> dict[str, Any]:
        """The flags as they are sent; what is not set is not there."""
        flags: dict[str, Any] = {}
        if self.has_other:
            flags["dataLossFromOtherRow"] = True
        if self.sample:
            read, space = self.sample
            flags["samplingMetadatas"] = [{"samplesReadCount": str(read), "samplingSpaceSize": str(space)}]
        if self.is_thresholded:
            flags["subjectToThresholding"] = True
        if self.truncations:
            flags["dataTruncationReasons"] = list(self.truncations)
        return flags


def is_thresholded(dimensions: list[str], conditions: Mapping[str, Any]) -> bool:
    """Whether Google withholds small rows: of age and gender always, of everything with Google signals."""
    has_signals = bool(conditions.get("ga4/google_signals")) and bool(set(dimensions) - TIME_DIMENSIONS)
    return has_signals or bool(DEMOGRAPHIC_DIMENSIONS & set(dimensions))


def report(
    world: World,
    now: datetime,
    days: tuple[date, date],
    *,
    dimensions: list[str],
    metrics: list[str],
    conditions: Mapping[str, Any],
    dimension_filter: Mapping[str, Any] | None = None,
    metric_filter: Mapping[str, Any] | None = None,
) -> Report:
    """The report over the first to the last of `days` as GA4 knew them at `now`.

    `conditions` of the property: `ga4/google_signals` (true), `ga4/sampling_limit` (events) and `ga4/data_begins` (the
    date before which retention has deleted the events).
    """
    result = Report(is_thresholded=is_thresholded(dimensions, conditions))
    begins = date.fromisoformat(conditions.get("ga4/data_begins", world.start.isoformat()))
    result.truncations = _truncations(
        days[0], dimensions, now.date(), begins if "ga4/data_begins" in conditions else None
    )
    by_day = _facts_by_day(world, now, max(days[0], begins), days[1])
    limit = int(conditions.get("ga4/sampling_limit", SAMPLED_FROM))
    space = sum(fact.events for facts in by_day.values() for fact in facts)
    factor = 1.0
    if space > limit:
        share = limit / space
        by_day = {day: [one for one in facts if chance_of(one.user, "sample") < share] for day, facts in by_day.items()}
        read = sum(fact.events for facts in by_day.values() for fact in facts)
        result.sample, factor = (read, space), space / max(1, read)
    readers = [dimension(name).read for name in dimensions]
    passes, divided = compiled(dimension_filter or {}), {*dimensions, *fields_of(dimension_filter or {})}
    by_key: dict[tuple[str, ...], list[Fact]] = {}
    for facts in by_day.values():
        of_day: dict[tuple[str, ...], list[Fact]] = {}
        for whole in facts:
            for fact in exploded(whole, divided):
                if dimension_filter and not passes(partial(_held, fact)):
                    continue
                of_day.setdefault(tuple([read(fact) for read in readers]), []).append(fact)
        if len(of_day) > ROWS_PER_DAY:
            result.has_other = True
            of_day = _roll_up(of_day, dimensions)
        for key, found in of_day.items():
            by_key.setdefault(key, []).extend(found)
    if result.is_thresholded:
        by_key = {key: facts for key, facts in by_key.items() if len({fact.user for fact in facts}) >= FEWEST_USERS}
    keeps = compiled(metric_filter or {})
    by_key = {key: facts for key, facts in by_key.items() if facts and keeps(partial(_counted, facts, factor))}
    result.rows = [Row(key, tuple(_measure(name, facts, factor) for name in metrics)) for key, facts in by_key.items()]
    if everything := [fact for facts in by_key.values() for fact in facts]:
        result.totals = tuple(_measure(name, everything, factor) for name in metrics)
    result.rows.sort(key=default_order)
    return result


def default_order(row: Row) -> tuple[Any, ...]:
    """Without an order of one's own: the first metric, largest first."""
    return tuple(-value for value in row.metrics[:1]), row.dimensions


def _held(fact: Fact, name: str) -> str:
    return dimension(name).read(fact)


def _facts_by_day(world: World, now: datetime, first: date, last: date) -> dict[date, list[Fact]]:
    first, last = max(first, world.start), min(last, world.today)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return {day: list(facts_known(world, day, now)) for day in days}


def _counted(facts: list[Fact], factor: float, name: str) -> float:
    return _measure(name, facts, factor)


def _measure(name: str, facts: list[Fact], factor: float) -> float:
    known = metric(name)
    value = known.of(facts)
    if factor == 1.0 or not known.is_additive:
        return value
    return round(value * factor)


def _roll_up(of_day: dict[tuple[str, ...], list[Fact]], dimensions: list[str]) -> dict[tuple[str, ...], list[Fact]]:
    ranked = sorted(of_day.items(), key=lambda item: (-len(item[1]), item[0]))
    kept = dict(ranked[: ROWS_PER_DAY - 1])
    for key, facts in ranked[ROWS_PER_DAY - 1 :]:
        other = tuple(value if name in TIME_DIMENSIONS else OTHER for name, value in zip(dimensions, key, strict=True))
        kept.setdefault(other, []).extend(facts)
    return kept


def _truncations(first: date, dimensions: list[str], today: date, begins: date | None) -> tuple[dict[str, Any], ...]:
    found = []
    if begins is not None and first < begins:
        found.append(_truncation("PROPERTY", begins, "Event data before the property's retention date is not shown."))
    ads_begin = months_before(today, ADS_MONTHS)
    if ADS_DIMENSION in {ALIASES.get(name, name) for name in dimensions} and first < ads_begin:
        found.append(_truncation("GOOGLE_ADS", ads_begin, "Google Ads data is kept for 36 months."))
    return tuple(found)


def _truncation(kind: str, day: date, message: str) -> dict[str, Any]:
    return {
        "dataTruncationType": f"DATA_TRUNCATION_TYPE_{kind}",
        "dataTruncationDate": day.isoformat(),
        "dataTruncationMessage": message,
    }
