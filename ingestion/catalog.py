"""Which sources there are: every sub-package of `ingestion` that exposes SPEC and build()."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import ingestion
from ingestion.context import LoadContext, Verdict
from ingestion.spec import SourceSpec
from warehouse.errors import ConfigurationError


@dataclass(frozen=True)
class Source:
    """One source: what it declares, how it reads (`build`), how its access is tried out (`probe`).

    `build(context)` gives dlt resources, each named as one of the SPEC's tables.
    """

    spec: SourceSpec
    build: Callable[[LoadContext], Iterable[Any]]
    probe: Callable[[LoadContext], list[Verdict]]


def discover() -> dict[str, Source]:
    """All sources by name, in alphabetical order."""
    found: dict[str, Source] = {}
    for info in sorted(pkgutil.iter_modules(ingestion.__path__), key=lambda module: module.name):
        if not info.ispkg:
            continue
        package = importlib.import_module(f"ingestion.{info.name}")
        spec, build = getattr(package, "SPEC", None), getattr(package, "build", None)
        if spec is None or build is None:
            continue
        found[spec.name] = Source(spec, build, getattr(package, "probe", _no_probe))
    return found


def get(name: str) -> Source:
    """The source `name`. Raises ConfigurationError that lists the known ones."""
    sources = discover()
    if name not in sources:
        raise ConfigurationError(f"source {name!r} is unknown; the sources are {', '.join(sources)}")
    return sources[name]


def _no_probe(context: LoadContext) -> list[Verdict]:
    return [Verdict(True, context.spec.name, "has nothing to try out")]
