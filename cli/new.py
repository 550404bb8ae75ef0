"""`kpi new`: a KPI from a few answers, as a block in its fact's file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from transform.kpi.meta import AUDIENCES, STAGES, Cadence, Direction, Unit
from transform.kpi.near import nearest
from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from transform.kpi.registry import Registry

# What a KPI that is read daily, weekly or monthly may have as its newest day: the others do the same.
_DATA_AGE = {"daily": 48, "weekly": 72, "monthly": 840}
# option -> the question that is asked where it was not given; the order is that of the questions.
QUESTIONS = {
    "name": "Name, such as cost_per_lead",
    "label": "Name for people",
    "description": "What it says, in plain words",
    "measure": "Measure of a fact that it adds up (empty for a ratio)",
    "numerator": "Metric that is divided",
    "denominator": "Metric by which it is divided",
    "sample": "Metric that counts the cases it rests on, such as leads (empty for none)",
    "minimum_sample": "With fewer cases it is not judged (a number, empty for 30)",
    "formula": "How it is worked out, in words",
    "unit": f"Unit ({', '.join(get_args(Unit))})",
    "direction": "Which way is better (up, down, band)",
    "stage": f"Stage ({', '.join(STAGES)})",
    "cadence": "How often it is read (daily, weekly, monthly)",
    "audience": f"For whom, separated by commas ({', '.join(AUDIENCES)})",
    "objective": "The business objective that it serves",
    "owner": "Who answers for it",
    "minimum": "A value below is a fault of the data (a number, empty for none)",
    "maximum": "A value above is a fault of the data (a number, empty for none)",
    "target": "Target: the value to reach (a number, empty for none yet)",
    "baseline": "Where it stands today",
    "due": "The day by which the target is to be reached, such as 2027-06-30",
    "what_moves_it": "What makes it rise or fall",
    "where_it_is_wrong": "Where it misleads",
    "when_it_is_off": "What to do when it is off",
}
_MAY_BE_EMPTY = ("measure", "sample", "minimum_sample", "minimum", "maximum", "target")
_NUMBERS = ("minimum", "maximum", "target", "baseline")
_METRICS = ("numerator", "denominator", "sample")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "unit": get_args(Unit),
    "direction": get_args(Direction),
    "stage": STAGES,
    "cadence": get_args(Cadence),
    "audience": AUDIENCES,
}


@click.command(name="new")
@click.option("--name", help="Lower case with underscores; refused where it exists.")
@click.option("--label", help="Name for people.")
@click.option("--description", help="What it says, in plain words.")
@click.option("--measure", help="The measure that it adds up; else a numerator and a denominator.")
@click.option("--numerator", help="The metric that is divided.")
@click.option("--denominator", help="The metric by which it is divided.")
@click.option("--sample", help="The metric that counts the cases it rests on.")
@click.option("--minimum-sample", type=click.IntRange(1), help="With fewer cases it is not judged [default: 30].")
@click.option("--formula", help="How it is worked out, in words.")
@click.option("--unit", type=click.Choice(get_args(Unit)))
@click.option("--direction", type=click.Choice(get_args(Direction)))
@click.option("--stage", type=click.Choice(STAGES))
@click.option("--cadence", type=click.Choice(get_args(Cadence)))
@click.option("--audience", help=f"Separated by commas: {', '.join(AUDIENCES)}.")
@click.option("--objective", help="The business objective that it serves.")
@click.option("--owner", help="Who answers for it.")
@click.option("--minimum", type=float, help="A value below is a fault of the data.")
@click.option("--maximum", type=float, help="A value above is a fault of the data.")
@click.option("--target", type=float, help="The value to reach; a band is written into the block.")
@click.option("--baseline", type=float, help="Where it stands today.")
@click.option("--due", help="The day by which the target is to be reached.")
@click.option("--what-moves-it", help="What makes it rise or fall.")
@click.option("--where-it-is-wrong", help="Where it misleads.")
@click.option("--when-it-is-off", help="What to do when it is off its target.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="Semantic models [default: this project's]."
)
def command(folder: Path | None, **given: Any) -> None:
    """Define a KPI: asks for what was not given, checks it, and writes a block into the file of its fact.

    Its schedule, checks, page and dashboard card follow from the block. Other lines of the file stay as they are.

    \b
    Examples:
      kpi new
      kpi new --name pages_per_lead --label "Pages per lead" --numerator page_views --denominator leads ...
    """
    from transform.kpi.authoring import NewKpi, measures, write_kpi
    from transform.kpi.registry import SEMANTIC_MODELS, load_registry
    from warehouse.settings import as_of_now, load_settings

    settings = load_settings()
    folder = folder or SEMANTIC_MODELS
    check = checked(load_registry(settings, folder), sorted(measures(folder)))
    found = answered(given, click.prompt if sys.stdin.isatty() else None, check)
    limits = {side: float(found[key]) for side, key in (("min", "minimum"), ("max", "maximum")) if found[key] != ""}
    texts = ("what_moves_it", "where_it_is_wrong", "when_it_is_off")
    block = {
        **{name: found[name] for name in ("stage", "cadence")},
        "audience": [name.strip() for name in found["audience"].split(",")],
        **{name: found[name] for name in ("unit", "direction", "objective", "formula", "owner", *texts)},
        **({"sample": found["sample"]} if found["sample"] else {}),
        **({"minimum_sample": int(found["minimum_sample"])} if found["minimum_sample"] != "" else {}),
        "valid_range": limits,
        "max_data_age_hours": _DATA_AGE.get(found["cadence"], 48),
    }
    if found["target"] != "":
        target = {"value": float(found["target"])}
        target |= {"baseline": float(found["baseline"])} if found["baseline"] != "" else {}
        start = as_of_now().astimezone(settings.zone).date()
        due = {"due": _day(found["due"])} if found["due"] else {}
        block["targets"] = [{**target, "start": start, **due, "owner": found["owner"]}]
    new = NewKpi(
        found["name"],
        found["label"],
        found["description"],
        block,
        measure=found["measure"] or None,
        numerator=found.get("numerator"),
        denominator=found.get("denominator"),
    )
    path = write_kpi(new, settings, folder)
    more = "" if "targets" in block else "give it a target there, then "
    click.echo(f"{path}: KPI {new.name} added. Next: {more}`kpi docs` and `kpi refresh`.")


def checked(registry: Registry, known_measures: list[str]) -> Callable[[str, str], str]:
    """What tells of the answer to a question, while somebody is there to mend it, what is wrong with it.

    The result takes the question's name and the answer, and raises ConfigurationError.
    """
    from transform.kpi.authoring import check_name

    def check(name: str, answer: str) -> str:
        answer = answer.strip()
        if not answer and name in _MAY_BE_EMPTY:
            return answer
        known = {"measure": known_measures, **dict.fromkeys(_METRICS, sorted(registry.definitions))}
        options = list(_CHOICES.get(name) or known.get(name, []))
        for part in answer.split(",") if name == "audience" else [answer]:
            if options and part.strip() not in options:
                raise ConfigurationError(f"{part.strip()!r}: there is no such {name}; {nearest(part.strip(), options)}")
        if name == "name":
            check_name(answer, registry)
        elif name == "due":
            _day(answer)
        elif name == "minimum_sample":
            _cases(answer)
        elif name in _NUMBERS:
            _number(answer)
        return answer

    return check


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"due {text!r}: is no day; write one such as 2027-06-30") from None


def _cases(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ConfigurationError(f"{text!r} is no number of cases; write a whole one such as 30, or nothing")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigurationError(f"{text!r} is no number; write one such as 0.05, or nothing") from None


def answered(
    given: dict[str, Any], prompt: Callable[..., Any] | None, check: Callable[[str, str], str]
) -> dict[str, Any]:
    """The answers to QUESTIONS: those `given`, the others by `prompt`, which asks again while `check` refuses.

    Raises ConfigurationError naming what is missing where there is nobody to ask.
    """
    found = {name: "" if value is None else value for name, value in given.items()}
    if prompt is None:
        needed = [
            name for name in QUESTIONS if given[name] is None and name not in _MAY_BE_EMPTY and _asked(name, found)
        ]
        if found["minimum"] == found["maximum"] == "":
            needed.append("minimum")
        if needed:
            options = ", ".join(f"--{name.replace('_', '-')}" for name in needed)
            raise ConfigurationError(f"{options} missing; give them, or run it on a terminal to be asked")
        return found
    for name, question in QUESTIONS.items():
        if given[name] is None and _asked(name, found):
            may_be_empty = name in _MAY_BE_EMPTY and not (name == "maximum" and found["minimum"] == "")
            default = "" if may_be_empty else None
            found[name] = prompt(question, default=default, show_default=False, value_proc=_mended(name, check))
    return found


def _asked(name: str, found: Mapping[str, Any]) -> bool:
    """Whether the question `name` has a meaning beside the answers `found` so far."""
    if name in ("numerator", "denominator"):
        return not found["measure"]
    if name == "measure":
        return not (found["numerator"] or found["denominator"])
    if name == "minimum_sample":
        return bool(found["sample"])
    if name == "target":
        return bool(found["direction"] != "band")
    if name in ("baseline", "due"):
        return bool(found["target"] != "")
    return True


def _mended(name: str, check: Callable[[str, str], str]) -> Callable[[str], str]:
    def proc(answer: str) -> str:
        try:
            return check(name, answer)
        except ConfigurationError as error:
            raise click.UsageError(str(error)) from None

    return proc
