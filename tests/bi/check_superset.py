"""`make test-bi`: the bundle in a real Superset, each of whose charts is held to the publication's numbers.

Not part of `make test`: it needs an environment of its own (KPI_BI_VENV), which `make test-bi` makes. With
KPI_BI_PUBLICATION it looks at that publication in place of a small one.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bi.contents import read
from bi.superset import bundle, write
from bi.superset_datasets import identity
from dashboards.cards import AUDIENCES
from tests.bi.superset_server import Superset, superset
from tests.bi.world import build, release
from warehouse.connection import reader
from warehouse.settings import Settings

Charts = dict[str, dict[str, Any]]


def published(publication: Path, query: str) -> list[tuple[Any, ...]]:
    with reader(publication) as connection:
        connection.execute("set search_path = 'published'")
        return connection.execute(query).fetchall()


def day(moment: float) -> date:
    """Superset's milliseconds."""
    return datetime.fromtimestamp(moment / 1000, UTC).date()


def chart(charts: Charts, name: str) -> list[dict[str, Any]]:
    found = charts[identity("chart", name)]
    assert found["status"] == 200, found
    rows: list[dict[str, Any]] = found["rows"]
    return rows


def same(found: Any, expected: Any) -> bool:
    if found is None or expected is None:
        return found is expected
    return bool(found == pytest.approx(float(expected), rel=1e-9))


def hold_to(publication: Path, charts: Charts) -> None:
    """Every chart against the publication, by queries that know nothing of the bundle's SQL."""
    assert all(one["status"] == 200 for one in charts.values())
    scorecard = published(
        publication, "select kpi, label, value, status, audience, grain, period_start from kpi_scorecard"
    )
    compared = 0
    for audience in AUDIENCES:
        rows = {row["label"]: row for row in chart(charts, f"scorecard_{audience}")}
        mine = [row for row in scorecard if audience in row[4]]
        assert set(rows) == {label for _, label, *_ in mine}
        for _, label, value, status, *_ in mine:
            assert same(rows[label]["value"], value), label
            assert rows[label]["status"] == status
            compared += 1
    for kpi, label, value, _, _, grain, start in scorecard:
        line = {day(row["period_start"]): row[kpi] for row in chart(charts, f"kpi_{kpi}")}
        assert max(line) == start, label
        assert same(line[start], value), label
        history = published(
            publication,
            f"select period_start, value from kpi_values where kpi = '{kpi}' and grain = '{grain}' "
            "and segment_dimension = '' and is_complete",
        )
        assert len(line) == len(history)
        assert all(same(line[period], number) for period, number in history), label
        compared += len(history)
    for audience in AUDIENCES:
        name = identity("chart", f"channels_{audience}")
        for row in charts[name]["rows"] if name in charts else []:
            parts = published(
                publication,
                "select v.kpi, v.value from kpi_values as v join kpi_scorecard as s using (kpi, grain, period_start) "
                f"where segment_dimension = 'channel' and segment_label = '{row['segment_label']}'",
            )
            for kpi, value in parts:
                if kpi in row:
                    assert same(row[kpi], value), (kpi, row["segment_label"])
                    compared += 1
    spend = sum(row["spend"] or 0 for row in chart(charts, "campaigns"))
    assert same(spend, published(publication, "select coalesce(sum(spend_amount), 0) from campaign_daily")[0][0])
    assert [row["run_id"] for row in chart(charts, "publication")] == [
        run_id for (run_id,) in published(publication, "select run_id from publication")
    ]
    assert compared > 2 * len(scorecard)


@pytest.fixture
def environment() -> Path:
    place = os.environ.get("KPI_BI_VENV")
    assert place, "run `make test-bi`, which makes the environment that Superset needs"
    return Path(place)


def imported(answer: dict[str, Any]) -> None:
    assert answer.get("status") == 200, answer


@pytest.mark.timeout(900)
def test_each_chart_gives_the_published_numbers_also_after_a_new_publication(environment: Path, tmp_path: Path) -> None:
    given = os.environ.get("KPI_BI_PUBLICATION")
    settings = Settings(home=tmp_path / "home")
    publication = Path(given).absolute() if given else settings.publication
    if not given:
        build(settings)
        release(settings, 1)
    contents = read(publication)
    zipped = write(bundle(contents, f"duckdb:///{publication}"), tmp_path / "bundle.zip")
    with superset(environment, zipped, tmp_path) as (running, answer):
        imported(answer)
        first = running.charts()
        hold_to(publication, first)
        if not given:
            follow(settings, running, first)


def follow(settings: Settings, running: Superset, first: Charts) -> None:
    """The same process after two more publications, of which the last leaves the first one's file removed."""
    for number, factor in ((2, 2.0), (3, 1.5), (4, 1.0)):
        release(settings, number, factor)  # Superset holds no lock that a publication would meet
        charts = running.charts()
        hold_to(settings.publication, charts)
        (row,) = chart(charts, "publication")
        assert row["run_id"] == f"run-{number}"
    assert not (settings.serving / "kpi.run-1.duckdb").exists()
    before = chart(first, "kpi_cost_per_lead")[-1]["cost_per_lead"]
    assert chart(charts, "kpi_cost_per_lead")[-1]["cost_per_lead"] == pytest.approx(3 * before)
