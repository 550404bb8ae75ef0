"""Whether every source and setting that somebody has set is read by something; a mistyped name would change nothing."""

from __future__ import annotations

from ingestion.catalog import discover
from ingestion.spec import SourceSpec
from refresh.names import near
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings


def check_source_names(settings: Settings) -> None:
    """Raises ConfigurationError for the first unknown source or setting, with the place where it is set."""
    specs = {name: source.spec for name, source in discover().items()}
    for source, values in settings.sources.items():
        if source not in specs:
            raise ConfigurationError(f"{settings.where('sources', source)}: no such source; {near(source, specs)}")
        for name in values.names():
            if name not in specs[source].settings:
                raise ConfigurationError(f"{settings.where('sources', source, name)}: {_mend(specs[source], name)}")


def _mend(spec: SourceSpec, name: str) -> str:
    if name in spec.secrets:
        return f"is a secret and is not read here; put it into .dlt/secrets.toml, below [sources.{spec.name}]"
    return f"no such setting of {spec.title}; {near(name, {*spec.settings, *spec.secrets})}"
