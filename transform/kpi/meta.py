"""What may stand in a metric's `config.meta.kpi` and `config.meta.metric`; anything else is refused."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Stage = Literal["awareness", "consideration", "conversion", "loyalty"]
Cadence = Literal["daily", "weekly", "monthly"]
Audience = Literal["ceo", "marketing_manager", "channel_specialist"]
Unit = Literal[
    "currency", "per_mille_currency", "ratio", "multiple", "count", "number", "seconds", "hours", "days", "months"
]
Direction = Literal["up", "down", "band"]
Grain = Literal["day", "week", "month"]
Segment = Literal[
    "channel", "campaign", "country", "device", "landing_page", "acquisition_cohort", "source", "key_event"
]
# How values of several periods or segments become one: added up, or ratio of added sides; over all of them, only within
# one period (stocks), or not at all (distinct counts, medians, ages).
RollsUp = Literal["sum", "ratio", "sum_in_period", "ratio_in_period", "none"]

GRAINS: tuple[Grain, ...] = get_args(Grain)
SEGMENTS: tuple[Segment, ...] = get_args(Segment)
STAGES: tuple[Stage, ...] = get_args(Stage)
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
GRAIN_OF_CADENCE: dict[Cadence, Grain] = {"daily": "day", "weekly": "week", "monthly": "month"}
DEFAULT_MINIMUM_SAMPLE = 30


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Target(_Strict):
    """What the KPI is to reach by `due`, from `baseline` at `start` on; both days inclusive.

    `value` for a KPI that should rise or fall, `low` and `high` for one that should stay in a band (which needs no
    baseline). It is the value
    of one period at the KPI's own cadence. A new target is added to the list: the old one goes on judging the periods
    that ended in its days.
    """

    value: float | None = Field(default=None, gt=0)
    low: float | None = None
    high: float | None = None
    baseline: float | None = None
    start: date
    due: date
    owner: str = Field(min_length=1)

    @model_validator(mode="after")
    def _dated(self) -> Target:
        if self.due <= self.start:
            raise ValueError(f"due {self.due} is not after start {self.start}; write the later day as due")
        if self.value is not None and self.baseline is None:
            raise ValueError("baseline is missing; write where the KPI stands when the target is set")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        return self

    @property
    def goal(self) -> str:
        """The value or the band, as written."""
        return f"{self.value:g}" if self.value is not None else f"{self.low} to {self.high}"


class Benchmark(_Strict):
    """What others reach: a value or a band, and where that is written. One without a source is refused."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    source: str = Field(min_length=8)
    as_of: date

    @model_validator(mode="after")
    def _value_or_band(self) -> Benchmark:
        if (self.value is None) == (self.low is None or self.high is None):
            raise ValueError("write either value, or low and high")
        return self


class ValidRange(_Strict):
    """Values outside of these limits (inclusive) are a fault of the data, and stop a publication."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> ValidRange:
        if self.min is None and self.max is None:
            raise ValueError("write min, max or both")
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError(f"min {self.min:g} is not below max {self.max:g}")
        return self


class FactorBlock(_Strict):
    """One factor of a KPI: a KPI or metric, or a metric `per` another. It multiplies, or `divides`.

    `up` and `down` say in a marketer's words what it means when the factor itself rises or falls.
    """

    name: str = Field(min_length=1)
    per: str | None = None
    divides: bool = False
    up: str = Field(min_length=1)
    down: str = Field(min_length=1)


class MetricBlock(_Strict):
    """`config.meta.metric`: something that is counted for drill-down and never reaches a scorecard."""

    stage: Stage
    unit: Unit
    direction: Direction
    formula: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    segments: tuple[Segment, ...] = ()
    """By what it may be split; every segment that all of its facts know where the block leaves it out."""
    grains: tuple[Grain, ...] = Field(default=("day", "week", "month"), min_length=1)
    is_vanity: bool = False
    """It looks good and decides nothing (page views, likes): a KPI that only counts the same is refused."""

    @property
    def splits(self) -> tuple[Segment, ...]:
        """All segments by which parts are kept: those of `segments`, which add up, and those that overlap."""
        return self.segments


class KpiBlock(MetricBlock):
    """`config.meta.kpi`: a metric that serves a business objective, with all that it is judged by."""

    cadence: Cadence
    audience: tuple[Audience, ...] = Field(min_length=1)
    objective: str = Field(min_length=1)
    valid_range: ValidRange
    max_data_age_hours: int = Field(gt=0)
    numerator: str | None = None
    denominator: str | None = None
    sample: str | None = None
    """The metric whose value says how much the KPI rests on; the denominator where the KPI is a proportion."""
    minimum_sample: int = Field(default=DEFAULT_MINIMUM_SAMPLE, gt=0)
    is_proportion: bool = False
    """Each unit of the denominator either counts in the numerator or not, so that an interval can be given."""
    overlapping_segments: dict[Segment, str] = Field(default_factory=dict)
    """Segments of which one case may be in several parts: by each, the metric whose part stands above the denominator
    of the whole KPI. The parts do not add up to it."""
    net_of: str | None = None
    """The metric that counts the units which add 1 or -1 to the numerator, where the KPI is a net share: its interval
    rests on them."""
    is_stock: bool = False
    """The value of a period is that of its last day."""
    judged_when_final: bool = False
    """Its status is told, and it stands on the scorecard, only of periods that no source may restate any more: what
    comes late on one side alone would raise an alarm that goes away."""
    trailing_months: tuple[Literal[3, 12], ...] = ()
    """Windows of so many whole months that are kept beside the grains, where one month holds too few cases."""
    targets: tuple[Target, ...] = ()
    benchmark: Benchmark | None = None
    what_moves_it: str = Field(min_length=1)
    where_it_is_wrong: str = Field(min_length=1)
    when_it_is_off: str = Field(min_length=1)
    """Three paragraphs for whoever reads the KPI: its causes, its traps, and what to do."""
    factors: tuple[FactorBlock, ...] = ()
    """What the KPI is a product of, to say why it moved; the product is numerator / denominator, less the offset."""
    factors_offset: float = 0.0
    """What is added to the product: -1 where the KPI is a quotient less one."""

    @field_validator("targets")
    @classmethod
    def _one_at_a_time(cls, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        ordered = tuple(sorted(targets, key=lambda target: target.start))
        for earlier, later in pairwise(ordered):
            if later.start <= earlier.due:
                raise ValueError(
                    f"the target from {earlier.start} to {earlier.due} ({earlier.goal}) and the one from {later.start} "
                    f"to {later.due} ({later.goal}) overlap; only one is in force on a day: end the first one before "
                    f"{later.start}"
                )
        return ordered

    @model_validator(mode="after")
    def _consistent(self) -> KpiBlock:
        if self.is_vanity:
            raise ValueError("a vanity metric is no KPI; write it as `metric:`")
        if GRAIN_OF_CADENCE[self.cadence] not in self.grains:
            raise ValueError(
                f"cadence {self.cadence} is read at grain {GRAIN_OF_CADENCE[self.cadence]}, which grains leaves out"
            )
        if self.trailing_months and (self.is_stock or "month" not in self.grains):
            raise ValueError("trailing_months is for a KPI that is counted by month, and is no stock")
        for target in self.targets:
            band = target.low is not None and target.high is not None and target.value is None
            plain = target.low is None and target.high is None and target.value is not None
            if not (band if self.direction == "band" else plain):
                wanted = "low and high" if self.direction == "band" else "value"
                raise ValueError(f"a target of a KPI with direction {self.direction} has {wanted}")
        return self

    @property
    def splits(self) -> tuple[Segment, ...]:
        return (*self.segments, *self.overlapping_segments)

    @property
    def grain(self) -> Grain:
        """The grain at which the KPI is read on the scorecard."""
        return GRAIN_OF_CADENCE[self.cadence]

    @property
    def scale(self) -> float:
        """What numerator / denominator is multiplied by to give the value."""
        return 1000.0 if self.unit == "per_mille_currency" else 1.0

    def target_on(self, day: date) -> Target | None:
        """The target in force on `day`."""
        return next((target for target in self.targets if target.start <= day <= target.due), None)


def allowed(model: type[BaseModel], path: tuple[Any, ...]) -> tuple[str, ...]:
    """The field names that `model` knows at `path` (an error's location), for a message that says what is right."""
    names = set(model.model_fields)
    nested: dict[str, type[BaseModel]] = {
        "targets": Target,
        "benchmark": Benchmark,
        "valid_range": ValidRange,
        "factors": FactorBlock,
    }
    for part in path[:-1]:
        if part in nested:
            names = set(nested[part].model_fields)
    return tuple(sorted(names))
