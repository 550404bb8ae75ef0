"""Settings of the pages for people."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Language = Literal["en", "fr", "it"]


class Dashboard(BaseModel):
    """In which languages the pages are written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Language = Field(default="en", description="of the pages that open first")
    also: tuple[Language, ...] = Field(default=(), description="further languages, with a switch on every page")

    @field_validator("language", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        if value not in ("en", "fr", "it"):
            raise ValueError('is no language of the pages; write "en", "fr" or "it"')
        return value

    @property
    def all_languages(self) -> list[str]:
        """The main language first, each once."""
        return list(dict.fromkeys((self.language, *self.also)))
