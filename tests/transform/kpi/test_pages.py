from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.transform.kpi.conftest import settings_in
from transform.kpi.meta import Benchmark
from transform.kpi.pages import PAGES, render_markdown, write
from transform.kpi.registry import load_registry


def test_the_committed_pages_are_those_of_the_registry() -> None:
    pages = render_markdown(load_registry(settings_in(Path("/nowhere"))))
    committed = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    assert committed == pages, "run `kpi docs` and commit docs/metrics"


def test_a_page_says_what_who_and_by_when() -> None:
    page = render_markdown(load_registry(settings_in(Path("/nowhere"))))["engagement_rate.md"]
    assert "engaged sessions / sessions" in page
    assert "| Read | weekly, by marketing manager, channel specialist |" in page
    assert "| 62.0 % | 58.0 % | 2026-01-01 | 2026-12-31 | web analytics |" in page
    assert "None: no comparable number with a source is known." in page
    titles = [line for line in page.splitlines() if line.startswith("## ")]
    assert titles[:4] == ["## What moves it", "## Where it is wrong", "## When it is off", "## How it is worked out"]
    assert "open it on a phone" in page


def test_the_index_lists_each_kpi_by_stage_audience_and_cadence() -> None:
    registry = load_registry(settings_in(Path("/nowhere")))
    index = render_markdown(registry)["index.md"]
    for kpi in registry.kpis:
        assert index.count(f"({kpi.name}.md)") == 1 + len(kpi.audience) + 1, kpi.name


@pytest.mark.parametrize(("limits", "shown"), [((0.541, None, None), "54.1 %"), ((None, 0.5, 0.6), "50.0 % to 60.0 %")])
def test_a_benchmark_is_shown_with_its_day_and_its_source(limits: tuple[float | None, ...], shown: str) -> None:
    registry = load_registry(settings_in(Path("/nowhere")))
    value, low, high = limits
    benchmark = Benchmark(
        value=value, low=low, high=high, source="https://example.com/survey", as_of=date(2025, 12, 31)
    )
    kpi = registry.kpi("engagement_rate").model_copy(update={"benchmark": benchmark})
    page = render_markdown(replace(registry, definitions={**registry.definitions, kpi.name: kpi}))["engagement_rate.md"]
    assert f"{shown}, as of 2025-12-31: https://example.com/survey." in page


def test_the_page_of_a_kpi_that_is_gone_goes(tmp_path: Path) -> None:
    (tmp_path / "cost_per_smile.md").write_text("# Old", encoding="utf-8")
    registry = load_registry(settings_in(tmp_path))
    written = write(registry, tmp_path)
    assert sorted(written) == sorted(tmp_path.iterdir())
    assert len(written) == len(registry.kpis) + 1
