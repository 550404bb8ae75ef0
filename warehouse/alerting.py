"""Who is told what, and when: `[alerts]` of config/local.toml; docs/alerts.md says what each setting means.

The address of a service is a secret: `alerts.<name>` in .dlt/secrets.toml, or ALERTS__<NAME> in the environment.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Kind = Literal["failed_run", "blocked_source", "stale_kpi", "off_track", "anomaly"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ANYTHING = "*"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Service(_Strict):
    """One place that messages go to: a mailbox, a Slack or Teams channel, a webhook."""

    name: str = Field(description="lower case letters, digits and _; its secret has the same name")
    kinds: tuple[Kind, ...] = KINDS
    audience: str = Field(default="", description="only KPIs of this audience; empty: of all")
    focus_only: bool = Field(default=False, description="only KPIs of the focus set")
    digest: bool = Field(default=False, description="once a business day the KPIs of the audience")

    @field_validator("name")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if not value.isidentifier() or not value.isascii() or value != value.lower():
            raise ValueError(
                "is no name of a service; write one of lower case letters, digits and _, such as operators"
            )
        return value


class Silence(_Strict):
    """A known outage: what is about it is not told until it is over."""

    about: str = Field(description="a source, a KPI, or * for everything")
    kinds: tuple[Kind, ...] = KINDS
    start: date
    until: date = Field(description="the last day, in business time")
    reason: str

    @model_validator(mode="after")
    def _in_order(self) -> Silence:
        if self.until < self.start:
            raise ValueError(f"until = {self.until} is before start = {self.start}; write the last silent day")
        return self


class Alerts(_Strict):
    """Nobody is told anything while there is no service."""

    services: tuple[Service, ...] = ()
    silences: tuple[Silence, ...] = ()
    remind_days: int = Field(
        default=7, ge=0, description="what is still so after this many days is told again; 0 never"
    )
    page_url: str = Field(default="", description="where the page of the publication is served, for the links")
    dagster_url: str = Field(default="", description="where the Dagster UI is served, for the links")

    @field_validator("services")
    @classmethod
    def _named_once(cls, value: tuple[Service, ...]) -> tuple[Service, ...]:
        names = [service.name for service in value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"the service {twice!r} stands there twice; give each a name of its own")
        return value

    @field_validator("page_url", "dagster_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("is no address; write one such as https://kpi.example.com/")
        return value
