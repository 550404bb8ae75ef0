"""Settings of one business: `config/kpi.toml`, over it `config/local.toml`, over both the environment.

Secrets are not settings: they follow dlt's convention (`ingestion.credentials`).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from warehouse.alerting import Alerts
from warehouse.anomalies import Anomalies
from warehouse.attribution import Attribution, known_model
from warehouse.dashboard import Dashboard
from warehouse.errors import ConfigurationError
from warehouse.identity import Identity
from warehouse.journeys import Journeys
from warehouse.layout import PROJECT_ROOT, WAREHOUSE_FILE
from warehouse.querying import Queries
from warehouse.traffic import Channels, Sessions
from warehouse.workdays import known_place


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Business(_Strict):
    """Who the numbers are for."""

    name: str = "My business"
    time_zone: str = Field(default="Europe/Berlin", description="IANA name; a business day starts and ends here")
    public_holidays: str = Field(default="", description="ISO 3166, such as DE or DE-BE; empty: none")
    reporting_currency: str = Field(default="EUR", description="ISO 4217")
    attribution_model: str = "linear"
    attribution_lookback_days: int = Field(default=90, ge=1, le=365)
    # The ECB's longest pause is Easter with four days; a shorter limit would refuse money of every Easter Monday.
    fx_max_age_days: int = Field(default=7, ge=4, le=31, description="an older exchange rate is none")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is no IANA time zone; write one such as Europe/Zurich")
        return value

    @field_validator("public_holidays")
    @classmethod
    def _known_place(cls, value: str) -> str:
        return known_place(value)

    @field_validator("reporting_currency")
    @classmethod
    def _currency_code(cls, value: str) -> str:
        if not re.fullmatch("[A-Z]{3}", value):
            raise ValueError("is no currency code; write three capital letters such as EUR")
        return value

    @field_validator("attribution_model")
    @classmethod
    def _known_model(cls, value: str) -> str:
        return known_model(value)


class SourceSettings(BaseModel):
    """What one source is configured with; a source's own fields pass through as extras."""

    model_config = ConfigDict(extra="allow", frozen=True)

    enabled: bool = False
    base_url: str | None = None
    api_version: str | None = None

    _declared: frozenset[str] | None = PrivateAttr(default=None)

    def names(self) -> list[str]:
        """The settings that somebody has set, empty ones too."""
        return sorted(self.model_fields_set)

    def declared(self, names: Iterable[str]) -> SourceSettings:
        """The same settings, of which only `names` may be read."""
        copy = self.model_copy()
        copy._declared = frozenset(names)
        return copy

    def get(self, key: str, default: Any = None) -> Any:
        """The setting `key`, or `default` where it is absent or empty. Raises RuntimeError for one not declared."""
        if self._declared is not None and key not in self._declared:
            raise RuntimeError(f"the setting {key!r} is read and not declared; add it to the source's SPEC")
        value = getattr(self, key, None)
        return default if value in (None, "") else value


class Settings(_Strict):
    """Everything that a run needs to know besides its secrets."""

    home: Path
    business: Business = Business()
    sessions: Sessions = Sessions()
    channels: Channels = Channels()
    attribution: Attribution = Attribution()
    identity: Identity = Identity()
    journeys: Journeys = Journeys()
    anomalies: Anomalies = Anomalies()
    alerts: Alerts = Alerts()
    dashboard: Dashboard = Dashboard()
    sql: Queries = Queries()
    sources: dict[str, SourceSettings] = {}
    focus: tuple[str, ...] = ()
    keep_publications: int = Field(default=3, ge=1)
    keep_runs_days: int = Field(default=180, ge=7)
    _layers: dict[str, dict[str, Any]] = PrivateAttr(default_factory=dict)
    _config: Path | None = PrivateAttr(default=None)

    @property
    def warehouse(self) -> Path:
        return self.home / WAREHOUSE_FILE

    @property
    def serving(self) -> Path:
        return self.home / "serving"

    @property
    def publication(self) -> Path:
        return self.serving / "kpi.duckdb"

    @property
    def dashboards(self) -> Path:
        return self.home / "dashboards"

    @property
    def page_files(self) -> Path | None:
        """The folder of the organisation's own pages (docs/dashboards.md); None for settings of no folder."""
        return self._config / "pages" if self._config else None

    def data_docs(self, run_id: str) -> Path:
        """The folder of what the gate found in a run, beside the run's page."""
        return self.dashboards / run_id / "checks"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.business.time_zone)

    def where(self, *place: str) -> str:
        """Where the setting at `place` is set, for an error's line: file and field, or the environment variable."""
        return _where(self._layers, place)

    def source(self, name: str) -> SourceSettings:
        """The settings of source `name`; a disabled one where nothing is configured."""
        return self.sources.get(name, SourceSettings())

    def enabled_sources(self) -> list[str]:
        return sorted(name for name, source in self.sources.items() if source.enabled)


_ENVIRONMENT = "environment"


def load_settings(home: Path | None = None, config_dir: Path | None = None) -> Settings:
    """Read the settings of this run.

    `KPI_HOME` (default `var/`) is where state lives, `KPI_CONFIG` (default `config/`) where the files are.
    `BUSINESS__<FIELD>` and `SOURCES__<SOURCE>__<FIELD>` in the environment override a field.

    Raises ConfigurationError with file, field, value and mend.
    """
    named = os.environ.get("KPI_CONFIG")
    if named and config_dir is None and not Path(named).is_dir():
        raise ConfigurationError(f"KPI_CONFIG = {named!r}: there is no such folder; name the one that holds kpi.toml")
    config_dir = config_dir or Path(named or PROJECT_ROOT / "config")
    home = home or Path(os.environ.get("KPI_HOME") or PROJECT_ROOT / "var")
    if home.expanduser().is_file():
        raise ConfigurationError(
            f"KPI_HOME = {str(home)!r}: is a file; name a folder, which is made where it is missing"
        )
    merged: dict[str, Any] = {}
    layers: dict[str, dict[str, Any]] = {}
    for name in ("kpi.toml", "local.toml"):
        path = config_dir / name
        if path.exists():
            layers[str(path)] = _read_toml(path)
    layers[_ENVIRONMENT] = _environment()
    for layer in layers.values():
        merged = _merge(merged, layer)
    try:
        settings = Settings.model_validate({"home": home.expanduser().absolute(), **merged})
    except ValidationError as error:
        first = error.errors()[0]
        where = _where(layers, [str(part) for part in first["loc"]])
        raise ConfigurationError(f"{where} = {first.get('input')!r}: {_plain(first)}") from None
    settings._layers = layers
    settings._config = config_dir
    return settings


def as_of_now(value: str | None = None) -> datetime:
    """The moment that a run takes for now, in UTC.

    `value` or `KPI_AS_OF`: an ISO date (the end of that UTC day) or timestamp. Raises ConfigurationError.
    """
    text = value or os.environ.get("KPI_AS_OF")
    if not text:
        return datetime.now(UTC)
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), datetime.max.time().replace(microsecond=0), tzinfo=UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            f"--as-of (KPI_AS_OF) = {text!r}: is no ISO date or time; write one such as 2026-11-23"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _where(layers: dict[str, dict[str, Any]], place: Sequence[str]) -> str:
    layer = next((name for name in reversed(layers) if _holds(layers[name], place)), "config/local.toml")
    return f"{layer}: {'__'.join(place).upper()}" if layer == _ENVIRONMENT else f"{layer}: {'.'.join(place)}"


def _holds(layer: Any, place: Sequence[str]) -> bool:
    for part in place:
        # An entry of a list has no place of its own: the list is what was set.
        if not isinstance(layer, dict):
            return True
        if part not in layer:
            return False
        layer = layer[part]
    return True


_MENDS = {
    "missing": "is missing there; add it",
    "extra_forbidden": "no such setting; check its spelling, or take it out",
    "bool_parsing": "is neither true nor false; write one of them",
    "int_parsing": "is no whole number; write one without quotes",
    "tuple_type": 'is no list; write one such as ["conversion_rate"]',
    "string_type": "is no text; write it in quotes",
    "model_type": "is no table of settings; write them below a [table] line of this name",
    "dict_type": "is no table of settings; write them below a [table] line of this name",
}


def _plain(error: Any) -> str:
    if error["type"] in _MENDS:
        return _MENDS[error["type"]]
    if error["type"] == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    return f"{str(error['msg']).removeprefix('Input ')}; write another value"


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is no valid TOML: {error}") from None


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        known = result.get(key)
        result[key] = _merge(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return result


# Values under these names are secrets: dlt reads them, settings never do.
_SECRET_FIELDS = {"credentials", "access_token", "refresh_token", "client_secret", "developer_token", "app_secret"}


# What dlt itself looks up below `sources`: settings of its writers, its extraction and its names, of no source.
_DLT_SECTIONS = {"data_writer", "extract", "schema"}


def _environment() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in os.environ.items():
        parts = key.lower().split("__")
        is_source = len(parts) == 3 and parts[0] == "sources" and parts[1] not in _DLT_SECTIONS
        if is_source and parts[2] not in _SECRET_FIELDS:
            found.setdefault("sources", {}).setdefault(parts[1], {})[parts[2]] = value
        elif len(parts) == 2 and parts[0] == "business":
            found.setdefault("business", {})[parts[1]] = value
    return found
