"""Which KPIs and tables rest on what is wrong, by lineage: those keep their last good state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from refresh.faults import Fault
from warehouse.carried import Hold
from warehouse.errors import CheckFailed
from warehouse.layout import INTERMEDIATE, MARTS, PUBLISHED, STAGING, raw_schema
from warehouse.tables import KPI_VALUES

if TYPE_CHECKING:
    from transform.kpi.lineage import Lineage
    from transform.kpi.registry import Registry

# Beside the raw tables and the values of one KPI: where lineage says what rests on a table.
_KNOWN = (STAGING, INTERMEDIATE, MARTS, PUBLISHED)


@dataclass(frozen=True)
class Holds:
    """What keeps its last good state, by name: KPIs and metrics, and published tables; and the faults that did it."""

    faults: tuple[Fault, ...] = ()
    kpis: Mapping[str, Hold] = field(default_factory=dict)
    tables: Mapping[str, Hold] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    """What a person reads, a line a fault."""
    is_everything: bool = False
    """Every KPI that counts rows of a source is held."""


def holds_of(faults: Iterable[Fault], registry: Registry, lineage: Lineage) -> Holds:
    """What rests on `faults`.

    A fault of a table of which lineage knows nothing, such as those that hold all KPIs, holds everything.
    """
    faults = tuple(faults)
    kpis = {item.name: lineage.behind_metric(item.name) for item in registry}
    tables = lineage.behind_published()
    of_kpis = [(fault, _resting(fault, kpis)) for fault in faults]
    of_tables = [(fault, _resting(fault, tables)) for fault in faults]
    lines = [
        _line(fault, names, found, registry) for (fault, names), (_, found) in zip(of_kpis, of_tables, strict=True)
    ]
    held = _first(of_kpis)
    counting = [kpi.name for kpi in registry.kpis if any(place.startswith(raw_schema("")) for place in kpis[kpi.name])]
    return Holds(faults, held, _first(of_tables), tuple(lines), all(name in held for name in counting))


def refuse(holds: Holds, *, is_first: bool) -> None:
    """Raise CheckFailed where nothing is left to publish: every KPI is held, or there is no last good state of any.

    `is_first` tells that nothing was published yet.
    """
    if not holds.is_everything and not (is_first and (holds.kpis or holds.tables)):
        return
    first, *others = holds.faults
    more = f" (+ {len(others)} more: `kpi status`)" if others else ""
    raise CheckFailed(f"{first.reason}; {first.mend}{more}; nothing was published")


def _resting(fault: Fault, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(name for name, behind in known.items() if any(_is_behind(place, behind) for place in fault.places))


def _is_behind(place: str, behind: frozenset[str]) -> bool:
    if place in behind:
        return True
    if "." not in place:
        return any(name.startswith(f"{place}.") for name in behind)
    schema = place.split(".", maxsplit=1)[0]
    return not (place.startswith((f"{KPI_VALUES.relation}/", raw_schema(""))) or schema in _KNOWN)


def _first(held: Iterable[tuple[Fault, frozenset[str]]]) -> dict[str, Hold]:
    """The reason of each name: the first fault, which is the nearest to a cause."""
    found: dict[str, Hold] = {}
    for fault, names in held:
        for name in sorted(names):
            found.setdefault(name, Hold(fault.reason, fault.mend))
    return found


def _line(fault: Fault, kpis: frozenset[str], tables: frozenset[str], registry: Registry) -> str:
    named = [kpi.name for kpi in registry.kpis if kpi.name in kpis]
    what = [f"{len(named)} KPIs ({', '.join(named)})"] if named else []
    what += [f"{len(tables)} tables ({', '.join(sorted(tables))})"] if tables else []
    held = f"{' and '.join(what)} stay as they were" if what else "no KPI rests on it"
    return f"{fault.reason}; {fault.mend}; {held}"
