"""The KPI registry: every metric of `transform/models/semantic/*.yml`, read and checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from transform.kpi.factors import check_factors
from transform.kpi.facts import with_facts
from transform.kpi.focus import check_focus, check_vanity
from transform.kpi.meta import GRAIN_OF_CADENCE, STAGES, KpiBlock, MetricBlock, RollsUp, allowed
from transform.kpi.near import nearest
from warehouse.errors import ConfigurationError
from warehouse.layout import DBT_PROJECT, PROJECT_ROOT
from warehouse.settings import Settings

# What a text that every KPI has to have is to say.
_TO_WRITE = {
    "what_moves_it": "what makes the KPI rise or fall",
    "where_it_is_wrong": "where it misleads, and what it cannot tell",
    "when_it_is_off": "what to do when it is off its target",
}
SEMANTIC_MODELS = DBT_PROJECT / "models" / "semantic"


class Metric(MetricBlock):
    """A metric as the rest of the program sees it: its block and what dbt knows of it."""

    name: str
    label: str
    description: str
    file: str
    fills_with_zero: bool = False
    """A period without a row is a period with 0 of it."""
    inputs: tuple[str, ...] = ()
    """The metrics that it is made of; none where it comes straight from a fact."""
    source: str = ""
    """The fact that it comes straight from, with its filter; empty where it is made of metrics."""
    adds_up: bool = True
    """Its parts by segment add up to the total; not so for distinct counts and medians, nor for ratios."""
    adds_up_over_days: bool = True
    """Its days add up to the week too; not so for what counts at the end of a period."""
    rolls_up: RollsUp = "none"
    """How values of several periods or segments become one."""
    grain_dimension: str = ""
    """Tells the rows of its facts for a day, week and month apart, where each was counted as a whole."""

    @property
    def kind(self) -> Literal["kpi", "metric"]:
        return "metric"

    @property
    def numerator(self) -> str | None:
        return None

    @property
    def denominator(self) -> str | None:
        return None

    @property
    def sample(self) -> str | None:
        return None


class Kpi(KpiBlock):
    """A KPI as the rest of the program sees it."""

    name: str
    label: str
    description: str
    file: str
    is_focus: bool = False
    fills_with_zero: bool = False
    inputs: tuple[str, ...] = ()
    source: str = ""
    adds_up: bool = True
    adds_up_over_days: bool = True
    rolls_up: RollsUp = "none"
    grain_dimension: str = ""

    @property
    def kind(self) -> Literal["kpi", "metric"]:
        return "kpi"


Definition = Kpi | Metric


@dataclass(frozen=True)
class Registry:
    """Every definition by name, in the order of the files."""

    definitions: dict[str, Definition]
    currency: str

    @property
    def kpis(self) -> tuple[Kpi, ...]:
        """The KPIs, by stage, then from the fastest cadence to the slowest."""
        found = [item for item in self.definitions.values() if isinstance(item, Kpi)]
        cadences = list(GRAIN_OF_CADENCE)
        return tuple(sorted(found, key=lambda kpi: (STAGES.index(kpi.stage), cadences.index(kpi.cadence))))

    @property
    def metrics(self) -> tuple[Metric, ...]:
        return tuple(item for item in self.definitions.values() if isinstance(item, Metric))

    @property
    def focus(self) -> tuple[Kpi, ...]:
        return tuple(kpi for kpi in self.kpis if kpi.is_focus)

    def __iter__(self) -> Iterator[Definition]:
        return iter((*self.kpis, *self.metrics))

    def leaves(self, name: str) -> frozenset[str]:
        """The metrics straight from a fact that `name` is made of; itself where it is one."""
        inputs = self.definitions[name].inputs
        return frozenset().union(*(self.leaves(part) for part in inputs)) if inputs else frozenset({name})

    def sources(self, names: Iterable[str]) -> frozenset[str]:
        """The facts that the metrics `names` are counted from."""
        return frozenset(self.definitions[leaf].source for name in names for leaf in self.leaves(name))

    def kpi(self, name: str) -> Kpi:
        """The KPI `name`. Raises ConfigurationError with the nearest names."""
        found = self.definitions.get(name)
        if not isinstance(found, Kpi):
            known = [kpi.name for kpi in self.kpis]
            raise ConfigurationError(f"KPI {name!r}: no such KPI; {nearest(name, known)}")
        return found


def load_registry(settings: Settings, folder: Path = SEMANTIC_MODELS) -> Registry:
    """Read every definition and mark the focus set of `settings`.

    Raises ConfigurationError naming file, KPI and field, and what would be right.
    """
    contents = {_shown(path): _content(path) for path in sorted(folder.glob("*.yml"))}
    entries = [(file, entry) for file, content in contents.items() for entry in content.get("metrics") or []]
    if not entries:
        raise ConfigurationError(f"{_shown(folder)}: no metric in any *.yml; write KPIs under `metrics:`")
    types = {str(entry.get("name")): entry for _, entry in entries}
    definitions: dict[str, Definition] = {}
    for file, entry in entries:
        definition = _definition(file, entry, set(types), settings.focus)
        if definition.name in definitions:
            other = definitions[definition.name].file
            raise ConfigurationError(
                f"{file}: metric {definition.name}: already defined in {other}; rename one of them"
            )
        definitions[definition.name] = definition
    for definition in definitions.values():
        unknown = [part for part in definition.inputs if part not in definitions]
        if unknown:
            raise ConfigurationError(
                f"{definition.file}: metric {definition.name}: type_params: {unknown[0]!r} is no metric; "
                f"{nearest(unknown[0], sorted(definitions))}"
            )
    for definition in definitions.values():
        check_factors(definition, definitions)
    models = [model for content in contents.values() for model in content.get("semantic_models") or []]
    definitions = with_facts(definitions, types, models)
    registry = Registry(definitions, settings.business.reporting_currency)
    check_vanity(registry, types)
    check_focus(settings, registry)
    return registry


def _content(path: Path) -> dict[str, Any]:
    try:
        content = _parsed(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}:" if mark else ""
        raise ConfigurationError(f"{_shown(path)}:{where} no valid YAML: {getattr(error, 'problem', error)}") from None
    return content


@cache
def _parsed(text: str) -> dict[str, Any]:
    # A refresh asks for the registry three times, and parsing it takes 0.7 s of CPU.
    content: dict[str, Any] = YAML(typ="safe").load(text) or {}
    return content


def _definition(file: str, entry: dict[str, Any], names: set[str], focus: tuple[str, ...]) -> Definition:
    name = str(entry.get("name"))
    meta = (entry.get("config") or {}).get("meta") or {}
    blocks = [key for key in ("kpi", "metric") if key in meta]
    if len(blocks) != 1:
        raise ConfigurationError(
            f"{file}: metric {name}: config.meta has {' and '.join(blocks) or 'no block'}; "
            "write either `kpi:` (with an objective, on the scorecard) or `metric:` (for drill-down)"
        )
    kind = blocks[0]
    model: type[Kpi] | type[Metric] = Kpi if kind == "kpi" else Metric
    block_model = KpiBlock if kind == "kpi" else MetricBlock
    subject = f"{file}: {'KPI' if kind == 'kpi' else 'metric'} {name}"
    block = meta[kind] or {}
    strange = sorted(set(block) - set(block_model.model_fields))
    if strange:
        known = sorted(block_model.model_fields)
        raise ConfigurationError(f"{subject}: field {strange[0]}: no such field; {nearest(strange[0], known)}")
    values = {
        **block,
        **(_sides(subject, entry, block, names) if kind == "kpi" else {}),
        "name": name,
        "label": entry.get("label") or name,
        "description": " ".join(str(entry.get("description") or "").split()),
        "file": file,
        "fills_with_zero": _fills_with_zero(entry),
        "inputs": _inputs(entry),
        **({"is_focus": name in focus} if kind == "kpi" else {}),
    }
    if not values["description"]:
        raise ConfigurationError(f"{subject}: field description: is empty; say in plain words what it tells")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(f"{subject}: {_explain(block_model, error)}") from None


def _sides(subject: str, entry: dict[str, Any], block: dict[str, Any], names: set[str]) -> dict[str, str | None]:
    """The metrics that a KPI names: its sides (of a ratio its type_params), its sample, and what it is net of."""
    params = entry.get("type_params") or {}
    is_ratio = entry.get("type") == "ratio"
    sides: dict[str, str | None] = {}
    for side in ("numerator", "denominator"):
        declared = block.get(side)
        if is_ratio:
            given = params.get(side)
            own = given.get("name") if isinstance(given, dict) else given
            if declared not in (None, own):
                raise ConfigurationError(f"{subject}: field {side}: {declared!r} differs from type_params ({own})")
            declared = own
        sides[side] = declared
    if (sides["numerator"] is None) != (sides["denominator"] is None):
        raise ConfigurationError(f"{subject}: fields numerator and denominator: write both or neither")
    if entry.get("type") == "derived" and sides["numerator"] is None:
        raise ConfigurationError(
            f"{subject}: field numerator: is missing; a derived KPI names numerator and denominator"
        )
    if block.get("is_proportion") and not is_ratio:
        raise ConfigurationError(f"{subject}: field is_proportion: only a metric of type ratio is a proportion")
    sides["net_of"] = block.get("net_of")
    if sides["net_of"] and not is_ratio:
        raise ConfigurationError(f"{subject}: field net_of: only a metric of type ratio is a net share")
    sides["sample"] = block.get("sample") or (sides["denominator"] if block.get("is_proportion") else None)
    for side, value in sides.items():
        if value is not None and value not in names:
            raise ConfigurationError(
                f"{subject}: field {side}: {value!r} is no metric; {nearest(value, sorted(names))}"
            )
    return sides


def _fills_with_zero(entry: dict[str, Any]) -> bool:
    measure = (entry.get("type_params") or {}).get("measure")
    return isinstance(measure, dict) and measure.get("fill_nulls_with") == 0


def _inputs(entry: dict[str, Any]) -> tuple[str, ...]:
    params = entry.get("type_params") or {}
    parts = [params.get("numerator"), params.get("denominator"), *(params.get("metrics") or [])]
    return tuple(str(part["name"] if isinstance(part, dict) else part) for part in parts if part)


def _explain(model: type[KpiBlock] | type[MetricBlock], error: ValidationError) -> str:
    first = error.errors()[0]
    path = tuple(part for part in first["loc"] if isinstance(part, str | int))
    field = ".".join(str(part) for part in path) or "block"
    message = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "missing":
        return f"field {field}: is missing; write {_TO_WRITE.get(field, 'it')}"
    if first["type"] == "extra_forbidden":
        return f"field {field}: no such field; {nearest(str(path[-1]), list(allowed(model, path)))}"
    shown = "" if isinstance(first.get("input"), dict) else f" = {first.get('input')!r}"
    return f"field {field}{shown}: {message}" if path else message


def _shown(path: Path) -> str:
    return str(path.relative_to(PROJECT_ROOT)) if path.is_relative_to(PROJECT_ROOT) else str(path)
