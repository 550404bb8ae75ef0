"""Attribution models by name, and their settings: `[attribution]` of config/local.toml.

docs/attribution.md derives each model.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

MODELS = ("first", "last", "last_non_direct", "linear", "position_based", "time_decay", "markov", "shapley")


class Attribution(BaseModel):
    """What the models leave to the owner.

    Every model is always computed; `business.attribution_model` names the one that KPIs credit by.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_share: float = Field(default=0.4, gt=0, lt=1, description="position_based: share of the first touch")
    last_share: float = Field(
        default=0.4,
        gt=0,
        lt=1,
        validate_default=True,
        description="position_based: share of the last touch; those between have the rest",
    )
    half_life_days: float = Field(
        default=7.0, ge=0.01, le=3650, description="time_decay: a touch this much older has half"
    )
    markov_order: int = Field(default=1, ge=1, le=3, description="markov: visits that the next step depends on")

    @field_validator("last_share")
    @classmethod
    def _leaves_no_debt(cls, value: float, info: ValidationInfo) -> float:
        first = info.data.get("first_share", 0)
        if first + value > 1 + 1e-9:
            raise ValueError(f"and first_share {first} are more than 1; write two shares that together are at most 1")
        return value


def known_model(name: str) -> str:
    """The name itself. Raises ValueError for one that is no attribution model."""
    if name not in MODELS:
        raise ValueError(f"is no attribution model; write {', '.join(MODELS[:-1])} or {MODELS[-1]}")
    return name
