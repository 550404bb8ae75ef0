"""Settings of identity: `[identity]` of config/local.toml (docs/identity.md)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

IDENTIFIER_TYPES = (
    "contact_id",
    "ga_client_id",
    "email_hash",
    "gclid",
    "fbclid",
    "deal_id",
    "user_id",
    "wbraid",
    "gbraid",
    "msclkid",
    "transaction_id",
)
"""Every kind of identifier, in the order of the marks that name them in a node."""


class Identity(BaseModel):
    """Which identifiers are shared by too many to say who somebody is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_people: int = Field(default=10, ge=1, le=1000, description="an identifier of more people links nobody")
    max_browsers: int = Field(
        default=100, ge=1, le=100_000, description="a user id of more browsers is a placeholder and links nobody"
    )
    never_link: tuple[str, ...] = Field(
        default=(), description='identifiers that link nobody however few share them, such as "gclid:TEST"'
    )

    @field_validator("never_link")
    @classmethod
    def _typed(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        linking = [kind for kind in IDENTIFIER_TYPES if kind not in ("contact_id", "deal_id")]
        for entry in value:
            kind, _, identifier = entry.partition(":")
            if kind not in linking or not identifier.strip():
                raise ValueError(
                    f"has {entry!r}, which is no type and identifier; write one such as gclid:TEST, "
                    f"with one of {', '.join(linking)}"
                )
        return value
