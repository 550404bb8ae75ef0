"""What may stand before people: no vanity metric on a scorecard, and a focus set that covers the customer journey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from transform.kpi.facts import measure_of
from transform.kpi.meta import STAGES
from transform.kpi.near import nearest
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from transform.kpi.registry import Registry

FOCUS_SIZE = (5, 7)


def check_vanity(registry: Registry, entries: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises ConfigurationError for a KPI that only counts what a vanity metric counts; `entries` are their YAML.

    Divided by something that costs or decides, the same count may be a KPI.
    """
    vain = {measure_of(entries[metric.name]): metric.name for metric in registry.metrics if metric.is_vanity}
    for kpi in registry.kpis:
        counted = {measure_of(entries[leaf]) for leaf in registry.leaves(kpi.name)}
        if kpi.denominator is None and counted <= vain.keys():
            names = ", ".join(sorted(vain[name] for name in counted))
            raise ConfigurationError(
                f"{kpi.file}: KPI {kpi.name}: counts nothing but {names}, a vanity metric, which never reaches a "
                "scorecard; write it as `metric:`, or divide it by what it is for"
            )


def check_focus(settings: Settings, registry: Registry) -> None:
    """The focus set of `settings` against the registry.

    Raises ConfigurationError, with the setting's place, for a name that is no KPI, for fewer than 5 or more than 7, and
    for a stage of the customer journey that none of them stands for.
    """
    focus, where = settings.focus, settings.where("focus")
    for name in focus:
        definition = registry.definitions.get(name)
        if definition is not None and definition.kind == "metric":
            raise ConfigurationError(f"{where}: {name!r} is a metric for drill-down; a focus set holds KPIs only")
        if definition is None:
            known = [kpi.name for kpi in registry.kpis]
            raise ConfigurationError(f"{where}: {name!r} is no KPI; {nearest(name, known)}")
    if len(set(focus)) != len(focus):
        raise ConfigurationError(f"{where}: a KPI stands in it twice; leave one")
    low, high = FOCUS_SIZE
    if not low <= len(focus) <= high:
        raise ConfigurationError(
            f"{where}: has {len(focus)} KPIs; choose {low} to {high}, so that each can be acted on"
        )
    covered = {kpi.stage for kpi in registry.focus}
    missing = [stage for stage in STAGES if stage not in covered]
    if missing:
        some = ", ".join(kpi.name for kpi in registry.kpis if kpi.stage == missing[0])
        raise ConfigurationError(f"{where}: no KPI of stage {missing[0]}; add one of {some}")
