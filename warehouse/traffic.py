"""Settings of sessions and channels: `[sessions]` and `[channels]` of config/local.toml (docs/channels.md)."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

CONDITIONS = ("source", "medium", "campaign", "landing_page")
"""What a channel rule can look at; every condition that a rule names has to hold."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sessions(_Strict):
    """How visits are counted where GA4 leaves it open."""

    timeout_minutes: int = Field(default=30, ge=1, le=475, description="a pause this long ends a session")
    engaged_seconds: int = Field(default=10, ge=1, le=60, description="attention that makes a session engaged")
    tolerated_gap: float = Field(default=0.05, ge=0, le=1, description="share by which GA4's sessions may differ")


class ChannelRule(_Strict):
    """One rule of the owner: sessions whose values match every named condition belong to `channel`.

    A condition is a regular expression (RE2) that the whole value has to match, in any case.
    """

    channel: str
    is_paid: bool | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    landing_page: str | None = None

    @field_validator("channel")
    @classmethod
    def _usable_name(cls, value: str) -> str:
        if not value.strip() or value != value.strip() or len(value) > 80:
            raise ValueError("is no name of a channel; write 1 to 80 letters without spaces around them")
        if value.startswith("("):
            raise ValueError("names in brackets are the system's own words; write another name")
        return value

    @field_validator(*CONDITIONS)
    @classmethod
    def _valid_expression(cls, value: str) -> str:
        import duckdb  # its expressions are those that the models run

        if not value:
            raise ValueError("matches nothing; write a regular expression such as partner[.]example, or leave it out")
        try:
            duckdb.execute("select regexp_matches('', ?)", [value])
        except duckdb.Error as error:
            raise ValueError(
                f"is no regular expression ({str(error).splitlines()[0]}); write one such as partner[.]example"
            ) from None
        return value

    @model_validator(mode="after")
    def _some_condition(self) -> Self:
        if not self.conditions():
            raise ValueError(f"has no condition and would take every session; name one of {', '.join(CONDITIONS)}")
        return self

    def conditions(self) -> dict[str, str]:
        """The conditions that the rule names."""
        return {name: value for name in CONDITIONS if (value := getattr(self, name)) is not None}


class Channels(_Strict):
    """The owner's own sources and channel rules."""

    source_categories: dict[str, Literal["SEARCH", "SOCIAL", "SHOPPING", "VIDEO", "AI_ASSISTANT", "NONE"]] = {}
    rules: tuple[ChannelRule, ...] = ()

    @field_validator("source_categories")
    @classmethod
    def _one_spelling(cls, value: dict[str, str]) -> dict[str, str]:
        return {source.strip().lower(): category for source, category in value.items()}

    @field_validator("rules", mode="before")
    @classmethod
    def _list_of_tables(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            raise ValueError("is no list of rules; begin each with a line [[channels.rules]]")
        return value
