"""A new KPI as a block in its fact's file: checked as the registry checks it, before anything is written."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import FoldedScalarString

from transform.kpi.near import nearest
from transform.kpi.registry import SEMANTIC_MODELS, Kpi, Registry, load_registry
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

_TEXT_WIDTH = 80


@dataclass(frozen=True)
class NewKpi:
    """A KPI to be: either `measure`, or `numerator` and `denominator`; `block` is what stands under `kpi:`."""

    name: str
    label: str
    description: str
    block: Mapping[str, Any]
    measure: str | None = None
    numerator: str | None = None
    denominator: str | None = None


def write_kpi(new: NewKpi, settings: Settings, folder: Path = SEMANTIC_MODELS) -> Path:
    """Append the KPI to the file of its fact in `folder`, whose other lines stay as they are. Returns the file.

    The file is the one of the measure or of the numerator. Raises ConfigurationError, having written nothing, for a
    name that exists, a measure or metric that does not, and everything that the registry refuses.
    """
    registry = load_registry(settings, folder)
    check_name(new.name, registry)
    path = _place(new, registry, folder)
    text = path.read_text(encoding="utf-8")
    changed = _appended(text, _rendered(new), path)
    with tempfile.TemporaryDirectory() as copied:
        trial = Path(shutil.copytree(folder, Path(copied) / "semantic"))
        (trial / path.name).write_text(changed, encoding="utf-8")
        try:
            checked = load_registry(settings, trial).definitions[new.name]
        except ConfigurationError as error:
            raise ConfigurationError(str(error).replace(f"{trial}/", "")) from None
    if not isinstance(checked, Kpi):
        raise ConfigurationError(f"name {new.name!r}: is no KPI")
    path.write_text(changed, encoding="utf-8")
    return path


def check_name(name: str, registry: Registry) -> None:
    """Raises ConfigurationError for a name that is none, or that exists."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ConfigurationError(f"name {name!r}: write lower case, digits and _, such as cost_per_lead")
    if name in registry.definitions:
        where = registry.definitions[name].file
        raise ConfigurationError(f"name {name!r}: is there already, in {where}; choose another, or edit that block")


def measures(folder: Path = SEMANTIC_MODELS) -> dict[str, Path]:
    """The measures of all facts, each with the file that it stands in."""
    return {
        measure["name"]: path
        for path in sorted(folder.glob("*.yml"))
        for model in _content(path).get("semantic_models") or []
        for measure in model.get("measures") or []
    }


def _place(new: NewKpi, registry: Registry, folder: Path) -> Path:
    if new.measure:
        known = measures(folder)
        if new.measure not in known:
            raise ConfigurationError(f"measure {new.measure!r}: no fact has it; {nearest(new.measure, sorted(known))}")
        return known[new.measure]
    if not new.numerator or not new.denominator:
        raise ConfigurationError(f"KPI {new.name}: write either a measure, or a numerator and a denominator")
    for side, metric in (("numerator", new.numerator), ("denominator", new.denominator)):
        if metric not in registry.definitions:
            names = sorted(registry.definitions)
            raise ConfigurationError(f"{side} {metric!r}: is no metric; {nearest(metric, names)}")
    return folder / Path(registry.definitions[new.numerator].file).name


def _content(path: Path) -> dict[str, Any]:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}


def _rendered(new: NewKpi) -> str:
    sides = {"numerator": new.numerator, "denominator": new.denominator}
    params: dict[str, Any] = {"measure": new.measure} if new.measure else sides
    entry = CommentedMap(
        name=new.name,
        label=new.label,
        description=_folded(new.description),
        type="simple" if new.measure else "ratio",
        type_params=params,
        config={"meta": {"kpi": {name: _folded(value) for name, value in new.block.items()}}},
    )
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 10_000
    out = StringIO()
    yaml.dump({"metrics": [entry]}, out)
    return out.getvalue().removeprefix("metrics:\n")


def _folded(value: Any) -> Any:
    """A long text over several lines, each broken at a space."""
    if not isinstance(value, str) or len(value) <= _TEXT_WIDTH:
        return value
    text = FoldedScalarString(" ".join(value.split()))
    places, last = [], 0
    for space in (found.start() for found in re.finditer(" ", text)):
        if space - last > _TEXT_WIDTH:
            places.append(space)
            last = space
    text.fold_pos = places  # type: ignore[attr-defined]
    return text


def _appended(text: str, entry: str, path: Path) -> str:
    """`text` with `entry` at the end of its metrics; every other line as it was."""
    lines = text.rstrip("\n").split("\n")
    start = next((number for number, line in enumerate(lines) if re.match(r"metrics:\s*(#.*)?$", line)), None)
    if start is None:
        raise ConfigurationError(f"{path}: has no list `metrics:`; add the line, then try again")
    after = (number for number, line in enumerate(lines) if number > start and re.match(r"\w", line))
    end = next(after, len(lines))
    while not lines[end - 1].strip():
        end -= 1
    return "\n".join([*lines[:end], "", entry.rstrip("\n"), *([""] if end < len(lines) else []), *lines[end:]]) + "\n"
