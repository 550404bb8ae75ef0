"""The rules that turn flags into advice: `config/advice.toml`, checked against the registry."""

from __future__ import annotations

import difflib
import os
import string
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from transform.kpi.meta import Segment
from transform.kpi.registry import Kpi, Registry
from transform.kpi.scorecard import Status
from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT

FILE = "advice.toml"
SHIPPED = PROJECT_ROOT / "config" / FILE
# From this likeness on (difflib), an unknown name is a misspelling: no two KPIs of the catalogue are as much alike.
_MISSPELT = 0.85
# What a title or an evidence may name.
WORDS = (
    "kpi", "where", "period", "value", "expected", "range", "distance", "count", "target", "change", "why", "status",
    "cost", "owner", "spent", "cases", "elsewhere",
)  # fmt: skip
# Words that only a flagged period has a meaning for.
FLAG_WORDS = frozenset({"expected", "range", "distance", "count"})
# Words that only a part that is dear has a meaning for, and those of flags that it has too.
PART_WORDS = frozenset({"spent", "cases", "elsewhere"})
_OF_BOTH = frozenset({"expected", "count"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Strict):
    """A part of a price that wins less for its money than all together, over some months, and not by chance."""

    segment: Segment
    months: int = Field(default=6, ge=1, le=24)
    chance: float = Field(default=0.01, gt=0, lt=0.5)


class When(_Strict):
    """The conditions of a rule; all that are given must hold."""

    anomaly: Literal["worse", "better", "different", "missing"] | None = None
    within: int | None = Field(default=None, ge=1)
    provisional: bool = True
    status: tuple[Status, ...] = ()
    worse_by: float | None = Field(default=None, gt=0)
    beyond: Literal["above", "below"] | None = None
    others: dict[str, tuple[Status, ...]] = {}
    part: Part | None = None


class Rule(_Strict):
    """One piece of advice: of which KPIs, when, and in which words."""

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    kpis: tuple[str, ...] = Field(min_length=1)
    severity: Literal["info", "warning", "critical"]
    title: str = Field(min_length=1)
    evidence: str = Field(min_length=1)
    when: When

    @field_validator("title", "evidence")
    @classmethod
    def _known_words(cls, text: str) -> str:
        try:
            named = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
        except ValueError as error:
            raise ValueError(f"is no text with words in braces: {error}; close each brace") from None
        for name in named:
            if name not in WORDS:
                raise ValueError(f"names {{{name}}}, which is no word; write one of {', '.join(WORDS)}")
        return text


class _Rules(_Strict):
    rules: tuple[Rule, ...] = ()


def load_rules(registry: Registry, path: Path | None = None) -> tuple[Rule, ...]:
    """The rules of `path` (default: advice.toml of KPI_CONFIG, or where it has none that of the project).

    The project's own file speaks of the whole catalogue: what it says of KPIs that a smaller registry has not, is left
    out. Raises ConfigurationError naming file, rule, field, value and mend.
    """
    path = path or _default()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such file; write one, or take KPI_CONFIG away") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is no valid TOML: {error}") from None
    try:
        rules = _Rules.model_validate(content).rules
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {_explain(content, error)}") from None
    names = [rule.name for rule in rules]
    for place, rule in enumerate(rules):
        subject = f"{path}: rule {rule.name}"
        if rule.name in names[:place]:
            raise ConfigurationError(f"{subject}: stands there twice; rename one of them")
        _check(subject, rule, registry, lenient=path == SHIPPED)
    return tuple(_known(rules, registry))


def _known(rules: Iterable[Rule], registry: Registry) -> Iterable[Rule]:
    """The rules about KPIs of the registry: one that asks for the status of another KPI can never hold."""
    known = {kpi.name for kpi in registry.kpis}
    for rule in rules:
        kpis = tuple(name for name in rule.kpis if name in known)
        if kpis and known >= rule.when.others.keys():
            yield rule.model_copy(update={"kpis": kpis})


def _check_part(subject: str, rule: Rule, part: Part, registry: Registry) -> None:
    if rule.when.anomaly:
        raise ConfigurationError(f"{subject}: when: asks for an anomaly and for a part; write a rule for each")
    for name in rule.kpis:
        kpi = registry.definitions.get(name)
        if not isinstance(kpi, Kpi):
            continue
        if kpi.unit != "currency" or kpi.direction != "down" or kpi.denominator is None or "month" not in kpi.grains:
            raise ConfigurationError(
                f"{subject}: when.part: {name} is no price by month; name one such as cost_per_lead"
            )
        if part.segment not in kpi.segments:
            known = ", ".join(kpi.segments) or "nothing"
            raise ConfigurationError(f"{subject}: when.part.segment: {name} is split by {known}, not by {part.segment}")


def _check(subject: str, rule: Rule, registry: Registry, *, lenient: bool) -> None:
    known = [kpi.name for kpi in registry.kpis]
    for field, names in (("kpis", rule.kpis), ("when.others", tuple(rule.when.others))):
        for name in names:
            absent = name not in registry.definitions and not difflib.get_close_matches(name, known, 1, _MISSPELT)
            if name not in known and not (lenient and absent):
                raise ConfigurationError(f"{subject}: {field}: {name!r} is no KPI; {_nearest(name, known)}")
    when = rule.when
    if not (when.anomaly or when.status or when.worse_by or when.beyond or when.others or when.part):
        raise ConfigurationError(
            f"{subject}: when: asks for nothing; write anomaly, status, worse_by, beyond, others or part"
        )
    if when.part:
        _check_part(subject, rule, when.part, registry)
    texts = {"title": rule.title, "evidence": rule.evidence}
    for field, text in texts.items():
        named = {str(name) for _, name, _, _ in string.Formatter().parse(text)}
        of_flags = named & FLAG_WORDS - (_OF_BOTH if when.part else frozenset())
        if named & PART_WORDS and not when.part:
            raise ConfigurationError(
                f"{subject}: {field}: {{{min(named & PART_WORDS)}}} is known of a dear part only; add when.part"
            )
        if of_flags and not when.anomaly:
            raise ConfigurationError(
                f"{subject}: {field}: {{{min(of_flags)}}} is known of a flagged period only; add when.anomaly"
            )


def _default() -> Path:
    own = os.environ.get("KPI_CONFIG")
    named = Path(own) / FILE if own else None
    return named if named and named.exists() else SHIPPED


def _explain(content: dict[str, Any], error: ValidationError) -> str:
    first = error.errors()[0]
    place = [part for part in first["loc"] if isinstance(part, str | int)]
    subject = ""
    if len(place) > 1 and place[0] == "rules" and isinstance(place[1], int):
        entry = content["rules"][place[1]]
        subject = f"rule {entry.get('name', place[1] + 1)}: " if isinstance(entry, dict) else ""
        place = place[2:]
    field = ".".join(str(part) for part in place)
    if first["type"] == "extra_forbidden":
        model = When if "when" in place else Rule if subject else _Rules
        return f"{subject}{field}: no such field; {_nearest(str(place[-1]), list(model.model_fields))}"
    if first["type"] == "missing":
        return f"{subject}{field}: is missing; write it"
    message = str(first["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    shown = "" if isinstance(first.get("input"), dict | list) else f" = {first.get('input')!r}"
    return f"{subject}{field}{shown}: {message}; write another value"


def _nearest(name: str, known: Iterable[str]) -> str:
    options = list(known)
    near = difflib.get_close_matches(name, options, n=1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(options)}"
