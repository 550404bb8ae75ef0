"""Settings of journeys, conversions and their paths: `[journeys]` of config/local.toml (docs/journeys.md)."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

CONVERSION_TYPES = ("lead", "qualified_lead", "first_purchase", "repeat_purchase")
"""What can end a path, besides the owner's key events."""

PURCHASES = ("first_purchase", "repeat_purchase")

PATH_TRANSFORMS = ("unique_path", "exposure_path", "first_path", "remove_if_not_all", "remove_if_last_and_not_all")
"""What a path can be turned into, by the names under which the transforms are published (fractribution, Snowplow)."""

_REMOVALS = ("remove_if_not_all", "remove_if_last_and_not_all")


class Journeys(BaseModel):
    """What ends a path, and which touches are on it.

    Every won deal always ends a path, since KPIs rest on it; `conversion_types` says what else does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    conversion_types: tuple[str, ...] = CONVERSION_TYPES
    key_events: tuple[str, ...] = Field(default=(), description="GA4 events that are conversion types of their own")
    form_events: tuple[str, ...] = Field(
        default=("generate_lead", "form_submit"), description="GA4 events that are a form_submission touchpoint"
    )
    qualified_stage: Literal["mql", "sql"] = Field(default="mql", description="the stage that makes a qualified_lead")
    lookback_days: dict[str, int] = Field(
        default={}, description="by conversion type; business.attribution_lookback_days for the others"
    )
    touchpoint_types: tuple[Literal["session", "ad_click"], ...] = Field(
        default=("session",), description="touchpoints that stand on a path and can earn credit"
    )
    engaged_only: bool = Field(default=False, description="only engaged sessions stand on a path")
    minimum_seconds: float = Field(default=0, ge=0, le=3600, description="attention that a session on a path has")
    excluded_channels: tuple[str, ...] = Field(default=(), description="channels that never stand on a path")
    path_transforms: tuple[str, ...] = Field(default=(), description="applied one after the other")
    removed_channels: tuple[str, ...] = Field(default=("Direct",), description="what the remove_if transforms remove")

    @field_validator("conversion_types")
    @classmethod
    def _known_types(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in CONVERSION_TYPES:
                raise ValueError(
                    f"{name!r} is no conversion type; write {', '.join(CONVERSION_TYPES)}, and GA4 events in key_events"
                )
        if missing := [name for name in PURCHASES if name not in value]:
            raise ValueError(f"lacks {missing[0]}, on which KPIs rest; add it")
        return value

    @field_validator("key_events", "form_events")
    @classmethod
    def _event_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not re.fullmatch(r"[A-Za-z]\w{0,39}", name, re.ASCII):
                raise ValueError(
                    f"{name!r} is no name of a GA4 event; write letters, digits and _, as in 'file_download'"
                )
            if name in (*CONVERSION_TYPES, "purchase"):
                raise ValueError(
                    f"{name!r} is a conversion type already; leave it out, won deals and leads are counted"
                )
        return value

    @field_validator("path_transforms")
    @classmethod
    def _known_transforms(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for place, name in enumerate(value):
            if name not in PATH_TRANSFORMS:
                raise ValueError(f"{name!r} is no path transform; write {', '.join(PATH_TRANSFORMS)}")
            if name in value[:place]:
                raise ValueError(f"{name!r} stands there twice; write it once")
        return value

    @field_validator("touchpoint_types", "removed_channels")
    @classmethod
    def _some(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("is empty; name at least one, or leave the setting out")
        return value

    @field_validator("lookback_days")
    @classmethod
    def _usable_days(cls, value: dict[str, int]) -> dict[str, int]:
        for name, days in value.items():
            if not 1 <= days <= 365:
                raise ValueError(f"{name} = {days}: is no number of days from 1 to 365; write another value")
        return value

    @model_validator(mode="after")
    def _types_of_days(self) -> Self:
        for name in self.lookback_days:
            if name not in self.types():
                raise ValueError(f"lookback_days.{name}: is no conversion type here; write {', '.join(self.types())}")
        return self

    def types(self) -> tuple[str, ...]:
        """Every conversion type that is in force."""
        return (*self.conversion_types, *self.key_events)

    def days(self, default: int) -> dict[str, int]:
        """The look-back of every conversion type in days; `default` where the owner names none."""
        return {name: self.lookback_days.get(name, default) for name in self.types()}

    def on_paths(self) -> str:
        """What keeps a touch off a path, in words for a column of the data."""
        parts = [f"touchpoints: {', '.join(self.touchpoint_types)}"]
        if self.engaged_only:
            parts.append("engaged sessions only")
        if self.minimum_seconds:
            parts.append(f"at least {self.minimum_seconds:g} s")
        if self.excluded_channels:
            parts.append(f"without {', '.join(self.excluded_channels)}")
        if set(self.path_transforms) & set(_REMOVALS):
            parts.append(f"removed: {', '.join(self.removed_channels)}")
        if "qualified_lead" in self.conversion_types:
            parts.append(f"qualified: {self.qualified_stage}")
        return "; ".join(parts)
