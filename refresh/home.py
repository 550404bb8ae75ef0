"""Keeps the sandbox's invented numbers and real ones out of the same home."""

from __future__ import annotations

import os
from pathlib import Path

from warehouse.errors import ConfigurationError
from warehouse.layout import WAREHOUSE_FILE

SANDBOX_VARIABLE = "KPI_SANDBOX"
_MARK = ".sandbox"


def claim_for_sandbox(home: Path) -> None:
    """Mark a home as the sandbox's. Raises ConfigurationError when it already holds a warehouse of real numbers."""
    mark = home / _MARK
    if (home / WAREHOUSE_FILE).exists() and not mark.exists():
        raise ConfigurationError(
            f"{home}: holds a warehouse that the sandbox did not make; set KPI_HOME to another folder for it"
        )
    home.mkdir(parents=True, exist_ok=True)
    mark.touch()


def is_sandbox(home: Path) -> bool:
    """Whether a home is marked as the sandbox's."""
    return (home / _MARK).exists()


def guard(home: Path) -> None:
    """Raises ConfigurationError when a refresh of real accounts would write into the sandbox's home."""
    if is_sandbox(home) and os.environ.get(SANDBOX_VARIABLE) != "1":
        raise ConfigurationError(
            f"{home}: holds the sandbox's numbers; run `kpi sandbox run -- kpi refresh`, "
            "or set KPI_HOME to a folder of its own for real accounts"
        )
