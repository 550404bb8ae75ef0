"""Settings of queries that people write: what one may take of the machine."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Queries(BaseModel):
    """Limits of `kpi sql`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeout_seconds: int = Field(default=60, ge=1, description="after which a query is stopped")
    memory_limit: str = Field(default="2GB", description="which a query may not go beyond, such as 500MB or 2GB")

    @field_validator("memory_limit")
    @classmethod
    def _size(cls, value: str) -> str:
        if not re.fullmatch(r"[1-9]\d*(MB|GB)", value):
            raise ValueError("is no size; write one such as 500MB or 2GB")
        return value
