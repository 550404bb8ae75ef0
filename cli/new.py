"""`kpi new`: a KPI from a few answers, as a block in its fact's file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click

from transform.kpi.meta import AUDIENCES, STAGES, Cadence, Direction, Unit
from warehouse.errors import ConfigurationError

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
    "what_moves_it": "What makes it rise or fall",
    "where_it_is_wrong": "Where it misleads",
    "when_it_is_off": "What to do when it is off",
}
_MAY_BE_EMPTY = ("measure", "minimum", "maximum")


@click.command(name="new")
@click.option("--name", help="Lower case with underscores; refused where it exists.")
@click.option("--label", help="Name for people.")
@click.option("--description", help="What it says, in plain words.")
@click.option("--measure", help="The measure that it adds up; else a numerator and a denominator.")
@click.option("--numerator", help="The metric that is divided.")
@click.option("--denominator", help="The metric by which it is divided.")
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
    from transform.kpi.authoring import NewKpi, write_kpi
    from transform.kpi.registry import SEMANTIC_MODELS
    from warehouse.settings import load_settings

    settings = load_settings()
    found = answered(given, click.prompt if sys.stdin.isatty() else None)
    limits = {side: float(found[key]) for side, key in (("min", "minimum"), ("max", "maximum")) if found[key] != ""}
    texts = ("what_moves_it", "where_it_is_wrong", "when_it_is_off")
    block = {
        **{name: found[name] for name in ("stage", "cadence")},
        "audience": [name.strip() for name in found["audience"].split(",")],
        **{name: found[name] for name in ("unit", "direction", "objective", "formula", "owner", *texts)},
        "valid_range": limits,
        "max_data_age_hours": _DATA_AGE.get(found["cadence"], 48),
    }
    new = NewKpi(
        found["name"],
        found["label"],
        found["description"],
        block,
        measure=found["measure"] or None,
        numerator=found.get("numerator"),
        denominator=found.get("denominator"),
    )
    path = write_kpi(new, settings, folder or SEMANTIC_MODELS)
    click.echo(f"{path}: KPI {new.name} added. Next: give it a target there, then `kpi docs` and `kpi refresh`.")


def answered(given: dict[str, Any], prompt: Callable[..., Any] | None) -> dict[str, Any]:
    """The answers to QUESTIONS: those `given`, the others by `prompt`.

    Raises ConfigurationError naming what is missing where there is nobody to ask.
    """
    found = {name: "" if value is None else value for name, value in given.items()}
    is_ratio = bool(found["numerator"] or found["denominator"])
    missing = [
        name
        for name in QUESTIONS
        if given[name] is None
        and not (name in ("numerator", "denominator") and found["measure"])
        and not (name == "measure" and is_ratio)
    ]
    if prompt is None:
        needed = [name for name in missing if name not in _MAY_BE_EMPTY]
        if found["minimum"] == found["maximum"] == "":
            needed.append("minimum")
        if needed:
            options = ", ".join(f"--{name.replace('_', '-')}" for name in needed)
            raise ConfigurationError(f"{options} missing; give them, or run it on a terminal to be asked")
        return found
    for name in missing:
        if name in ("numerator", "denominator") and found["measure"]:
            continue
        default = "" if name in _MAY_BE_EMPTY else None
        found[name] = prompt(QUESTIONS[name], default=default, show_default=False)
    return found
