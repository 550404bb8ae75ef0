"""Secrets by dlt's convention: the environment first, then `.dlt/secrets.toml` in the project's root."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from warehouse.errors import ConfigurationError


def secret(source: str, name: str) -> str | dict[str, Any]:
    """The secret `sources.<source>.<name>`; a dict where it holds a JSON object or a TOML table.

    Raises ConfigurationError that names the variable and the file where it is missing.
    """
    value = read(f"sources.{source}.{name}")
    if value is None:
        raise ConfigurationError(
            f".dlt/secrets.toml: sources.{source}.{name} is missing; "
            f"set it there, or SOURCES__{source.upper()}__{name.upper()} in the environment"
        )
    return value


def read(path: str) -> str | dict[str, Any] | None:
    """The secret at the dotted `path`, or None. Never log the value."""
    import dlt  # slow to import; settings and `kpi --help` do without

    value: Any = dlt.secrets.get(path)
    if isinstance(value, Mapping):
        return dict(value)
    text = "" if value is None else str(value).strip()
    if not text:  # also a blank: e-mail hashes of an empty key could be tested by anybody
        return None
    if text.startswith("{"):
        try:
            parsed = json.loads(text)
        except ValueError:
            raise ConfigurationError(
                f".dlt/secrets.toml: {path}: is no valid JSON; paste the whole key file as it was downloaded"
            ) from None
        return dict(parsed)
    return text
