"""How readily a KPI is called unusual: `[anomalies]` of config/local.toml; docs/anomalies.md says what it means."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Anomalies(BaseModel):
    """The share of false alarms that the owner accepts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    false_alarms_per_year: float = Field(
        default=1.0, gt=0, le=12, description="of each KPI, its segments included: more finds more, and errs more"
    )
