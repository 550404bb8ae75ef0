from __future__ import annotations

import shutil
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from cli.new import QUESTIONS, answered
from tests.transform.kpi.conftest import settings_in
from transform.kpi.registry import SEMANTIC_MODELS, load_registry

PAGES_PER_LEAD = {
    "name": "pages_per_lead",
    "label": "Pages per lead",
    "description": "How many pages are looked at for each new lead: how much a visitor reads before writing to us, all "
    "visitors and all leads together.",
    "numerator": "page_views",
    "denominator": "leads",
    "formula": "page views / new leads",
    "unit": "number",
    "direction": "down",
    "stage": "consideration",
    "cadence": "weekly",
    "audience": "marketing_manager, channel_specialist",
    "objective": "Say what a buyer has to know on few pages.",
    "owner": "web analytics",
    "minimum": "0",
    "what-moves-it": "The number of visitors who only look, and how early a page invites to write.",
    "where-it-is-wrong": "Leads by phone have no page.",
    "when-it-is-off": "Look at the pages that many read before they leave: invite there.",
}


class Terminal(StringIO):
    """What somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEMANTIC_MODELS, tmp_path / "semantic"))


def arguments(folder: Path, **changes: str | None) -> list[str]:
    answers: dict[str, str | None] = {**PAGES_PER_LEAD, **changes}
    given = [part for name, value in answers.items() if value is not None for part in (f"--{name}", value)]
    return ["new", "--folder", str(folder), *given]


def test_a_kpi_is_written_and_every_other_line_stays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "sessions.yml").read_text(encoding="utf-8")
    assert "#" in before
    assert run(arguments(folder)) == 0, capsys.readouterr().err
    after = (folder / "sessions.yml").read_text(encoding="utf-8")
    assert after.startswith(before.rstrip("\n"))
    assert max(len(line) for line in after.removeprefix(before).splitlines()) <= 120
    kpi = load_registry(settings_in(Path("/nowhere")), folder).kpi("pages_per_lead")
    assert (kpi.numerator, kpi.denominator, kpi.unit, kpi.audience) == (
        "page_views",
        "leads",
        "number",
        ("marketing_manager", "channel_specialist"),
    )
    assert kpi.description == PAGES_PER_LEAD["description"]
    assert (kpi.valid_range.min, kpi.valid_range.max, kpi.max_data_age_hours) == (0, None, 72)
    assert kpi.targets == ()
    assert "kpi docs" in capsys.readouterr().out
    assert run(arguments(folder)) == 2
    assert "'pages_per_lead': is there already, in" in capsys.readouterr().err


def test_a_measure_goes_into_the_file_of_its_fact(folder: Path) -> None:
    one = {
        "name": "clicks_a_week",
        "numerator": None,
        "denominator": None,
        "measure": "clicks_delivered",
        "unit": "count",
    }
    assert run(arguments(folder, **one)) == 0
    kpi = load_registry(settings_in(Path("/nowhere")), folder).kpi("clicks_a_week")
    assert (Path(kpi.file).name, kpi.denominator) == ("ad_spend.yml", None)


def test_a_target_is_dated_from_the_day_it_is_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_AS_OF", "2026-11-23T23:30:00+00:00")  # the 24th in Berlin
    target = {"target": "12", "baseline": "15.5", "due": "2027-06-30"}
    assert run(arguments(folder, **target)) == 0
    (found,) = load_registry(settings_in(Path("/nowhere")), folder).kpi("pages_per_lead").targets
    assert (found.value, found.baseline, found.owner) == (12.0, 15.5, "web analytics")
    assert (found.start, found.due) == (date(2026, 11, 24), date(2027, 6, 30))


def test_a_wrong_answer_is_asked_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question on a terminal, those that can go wrong answered wrongly first."""
    wrong = {
        "name": ("Pages", "conversion_rate"),
        "measure": ("page_vues",),
        "denominator": ("leds", ""),
        "sample": ("leeds",),
        "minimum_sample": ("many", "0"),
        "unit": ("numbr",),
        "cadence": ("hourly",),
        "audience": ("ceo, boss",),
        "minimum": ("none",),
        "due": ("next year",),
    }
    right = {name.replace("-", "_"): answer for name, answer in PAGES_PER_LEAD.items()}
    right |= {"target": "12", "baseline": "15.5", "due": "2027-06-30", "sample": "leads", "minimum_sample": "20"}
    lines = [line for name in QUESTIONS for line in (*wrong.get(name, ()), right.get(name, ""))]
    monkeypatch.setattr("sys.stdin", Terminal("\n".join([*lines, ""])))
    assert run(["new", "--folder", str(folder)]) == 0
    kpi = load_registry(settings_in(Path("/nowhere")), folder).kpi("pages_per_lead")
    assert (kpi.denominator, kpi.unit, kpi.valid_range.min, kpi.targets[0].value) == ("leads", "number", 0.0, 12.0)
    assert (kpi.sample, kpi.minimum_sample) == ("leads", 20)


def test_the_cases_that_it_rests_on_may_be_left_out(folder: Path) -> None:
    assert run(arguments(folder, **{"sample": "leads", "minimum-sample": "20"})) == 0
    assert run(arguments(folder, name="pages_a_lead", sample="leads")) == 0
    assert run(arguments(folder, name="pages_for_a_lead")) == 0
    registry = load_registry(settings_in(Path("/nowhere")), folder)
    found = [registry.kpi(name) for name in ("pages_per_lead", "pages_a_lead", "pages_for_a_lead")]
    assert [(kpi.sample, kpi.minimum_sample) for kpi in found] == [("leads", 20), ("leads", 30), (None, 30)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample": "leds"}, "field sample: 'leds' is no metric; did you mean leads?"),
        ({"denominator": "leds"}, "denominator 'leds': is no metric; did you mean leads?"),
        ({"measure": "lead_cout", "numerator": None, "denominator": None}, "no fact has it; did you mean lead_count?"),
        ({"name": "Pages per lead"}, "write lower case, digits and _"),
        ({"name": "conversion_rate"}, "is there already, in transform/models/semantic/sessions.yml"),
        ({"audience": "boss"}, "sessions.yml: KPI pages_per_lead: field audience.0 = 'boss'"),
        ({"minimum": "5", "maximum": "1"}, "field valid_range: min 5 is not below max 1"),
        ({"objective": None, "owner": None}, "--objective, --owner missing"),
        ({"minimum": None}, "--minimum missing"),
        ({"target": "12", "due": "2027-06-30"}, "--baseline missing"),
        ({"target": "12", "baseline": "9", "due": "June"}, "due 'June': is no day; write one such as 2027-06-30"),
        ({"target": "12", "baseline": "9", "due": "2020-06-30"}, "field targets.0: due 2020-06-30 is not after start"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], message: str
) -> None:
    before = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.yml")}
    assert run(arguments(folder, **changes)) == 2
    line = capsys.readouterr().err
    assert message.replace("transform/models/semantic", str(folder)) in line
    assert line.count("\n") == 1
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.yml")} == before


def test_on_a_terminal_only_what_is_missing_is_asked() -> None:
    asked: list[str] = []

    def prompt(question: str, **_: object) -> str:
        asked.append(question)
        return "spend_amount" if question == QUESTIONS["measure"] else "answer"

    given: dict[str, Any] = dict.fromkeys(QUESTIONS) | {"name": "a", "unit": "count", "minimum": 0.0}
    found = answered(given, prompt, lambda _, answer: answer)
    assert QUESTIONS["name"] not in asked
    assert QUESTIONS["numerator"] not in asked  # a measure was given
    assert (found["measure"], found["label"], found["minimum"]) == ("spend_amount", "answer", 0.0)
    asked.clear()
    answered(given | {"numerator": "x"}, prompt, lambda _, answer: answer)
    assert QUESTIONS["measure"] not in asked
    assert QUESTIONS["denominator"] in asked
