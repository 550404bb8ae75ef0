"""What an injected fault answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fault:
    """A reply: HTTP status, extra headers, and a JSON value (or a text, sent as it stands)."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
